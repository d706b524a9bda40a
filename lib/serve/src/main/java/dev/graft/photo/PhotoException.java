package dev.graft.photo;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;

/** A photo that cannot be used; the message names the file, what is wrong and what to do. */
public final class PhotoException extends GraftException {

  private static final long serialVersionUID = 1L;

  private final String photo;
  private final String reason;

  /**
   * @param photo the file, as the user knows it
   * @param reason what was expected, what was found
   */
  public PhotoException(ErrorCode code, String photo, String reason, Throwable cause) {
    super(code, photo + ": " + reason, cause);
    this.photo = photo;
    this.reason = reason;
  }

  public PhotoException(ErrorCode code, String photo, String reason) {
    this(code, photo, reason, null);
  }

  /** The file, as the user knows it. */
  public String photo() {
    return photo;
  }

  /** The message without the file's name. */
  public String reason() {
    return reason;
  }
}

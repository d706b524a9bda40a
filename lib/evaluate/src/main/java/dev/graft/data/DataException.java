package dev.graft.data;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;
import java.nio.file.Path;

/** A folder of photos that cannot be used; the message names it, what is wrong and what to do. */
public final class DataException extends GraftException {

  private static final long serialVersionUID = 1L;

  private final String reason;

  /**
   * The message is the path and the reason.
   *
   * @param path the folder or file, as the user knows it
   * @param reason what was expected, what was found, what to do
   */
  public DataException(Path path, String reason, Throwable cause) {
    super(ErrorCode.UNUSABLE_DATA, path + ": " + reason, cause);
    this.reason = reason;
  }

  public DataException(Path path, String reason) {
    this(path, reason, null);
  }

  /** The message without the path. */
  public String reason() {
    return reason;
  }
}

package dev.graft.model;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;
import java.nio.file.Path;

/** A model file that cannot be used; the message names the file, what is wrong and what to do. */
public final class ModelException extends GraftException {

  private static final long serialVersionUID = 1L;

  private final String reason;

  /**
   * The message is the file and the reason.
   *
   * @param file the model file, as the user knows it
   * @param reason what was expected, what was found, what to do
   */
  public ModelException(ErrorCode code, Path file, String reason, Throwable cause) {
    super(code, file + ": " + reason, cause);
    this.reason = reason;
  }

  public ModelException(ErrorCode code, Path file, String reason) {
    this(code, file, reason, null);
  }

  /** The message without the file's name. */
  public String reason() {
    return reason;
  }
}

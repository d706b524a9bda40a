package dev.graft.error;

import java.io.IOException;
import java.util.Objects;

/**
 * A failure that whoever calls Graft, or whoever uses the program, can mend: the message says what
 * was expected, what was found, in which file, and what to do; {@link #code} says the kind. A
 * mistake of the program itself is an {@link IllegalArgumentException}, {@link
 * IllegalStateException} or {@link NullPointerException} instead.
 *
 * <p>Subclasses know more, such as the photo. Of other failures to read or write a file, Java's own
 * {@link IOException} tells.
 */
public abstract class GraftException extends IOException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /**
   * @param cause null where there is none
   */
  protected GraftException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = Objects.requireNonNull(code, "code");
  }

  /** What kind of failure it is. */
  public final ErrorCode code() {
    return code;
  }
}

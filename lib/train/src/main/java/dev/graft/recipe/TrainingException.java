package dev.graft.recipe;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;

/** Training cannot go on or its result cannot be trusted; the message says why and what to do. */
public class TrainingException extends GraftException {

  private static final long serialVersionUID = 1L;

  public TrainingException(String message) {
    this(message, null);
  }

  public TrainingException(String message, Throwable cause) {
    this(ErrorCode.TRAINING_FAILED, message, cause);
  }

  protected TrainingException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
  }
}

package dev.graft.recipe;

/** Training cannot go on or its result cannot be trusted; the message says why and what to do. */
public class TrainingException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public TrainingException(String message) {
    super(message);
  }

  public TrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}

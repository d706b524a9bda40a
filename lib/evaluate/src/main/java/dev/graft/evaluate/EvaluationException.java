package dev.graft.evaluate;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;

/** There is nothing to evaluate; the message says why. */
public final class EvaluationException extends GraftException {

  private static final long serialVersionUID = 1L;

  public EvaluationException(String message) {
    super(ErrorCode.UNUSABLE_DATA, message, null);
  }
}

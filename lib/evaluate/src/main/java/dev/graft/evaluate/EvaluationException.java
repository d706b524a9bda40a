package dev.graft.evaluate;

import java.io.IOException;

/** There is nothing to evaluate; the message says why. */
public final class EvaluationException extends IOException {

  private static final long serialVersionUID = 1L;

  public EvaluationException(String message) {
    super(message);
  }
}

package dev.graft.recipe;

import dev.graft.error.ErrorCode;

/** Weights have grown beyond all numbers: nothing goes on from them. */
public final class DivergenceException extends TrainingException {

  private static final long serialVersionUID = 1L;

  public DivergenceException(String message) {
    super(ErrorCode.DIVERGED, message, null);
  }
}

package dev.graft.train;

/** Weights have grown beyond all numbers: nothing goes on from them. */
final class DivergenceException extends TrainingException {

  private static final long serialVersionUID = 1L;

  DivergenceException(String message) {
    super(message);
  }
}

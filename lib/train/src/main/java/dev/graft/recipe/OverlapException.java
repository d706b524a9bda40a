package dev.graft.recipe;

import dev.graft.data.Overlap;
import dev.graft.error.ErrorCode;

/** Validation or test photos are among those that are learnt from, and nobody allowed it. */
public final class OverlapException extends TrainingException {

  private static final long serialVersionUID = 1L;

  private final transient Overlap overlap;

  public OverlapException(Overlap overlap) {
    super(ErrorCode.OVERLAPPING_DATA, overlap.summary(), null);
    this.overlap = overlap;
  }

  /** All of them. */
  public Overlap overlap() {
    return overlap;
  }
}

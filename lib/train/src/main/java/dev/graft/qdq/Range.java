package dev.graft.qdq;

/**
 * The values that a tensor is taken to have. Contains 0, so that padding and ReLU's zeros are
 * exact.
 *
 * @param min at most 0
 * @param max at least 0
 */
record Range(float min, float max) {

  private static final int LEVELS = 255;

  Range {
    min = Math.min(min, 0);
    max = Math.max(max, 0);
    if (!Float.isFinite(min) || !Float.isFinite(max)) {
      throw new IllegalArgumentException(
          "expected a finite range, got %s to %s".formatted(min, max));
    }
  }

  /** Its uint8 scale: the ends of the range are the ends of 0 to 255. */
  ActivationScale scale() {
    float width = max - min;
    if (width == 0) {
      return new ActivationScale(1f / LEVELS, 0);
    }
    float scale = Math.max(width / LEVELS, Float.MIN_NORMAL);
    return new ActivationScale(scale, Math.round(-min / scale));
  }
}

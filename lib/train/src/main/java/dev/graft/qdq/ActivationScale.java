package dev.graft.qdq;

/**
 * What the uint8 values of a tensor stand for: {@code scale * (q - zeroPoint)}.
 *
 * @param scale above 0
 * @param zeroPoint 0 to 255
 */
record ActivationScale(float scale, int zeroPoint) {

  private static final int LARGEST = 255;

  ActivationScale {
    if (!(scale > 0) || zeroPoint < 0 || zeroPoint > LARGEST) {
      throw new IllegalArgumentException(
          "expected a scale above 0 and a zero point from 0 to 255, got %s and %d"
              .formatted(scale, zeroPoint));
    }
  }

  float min() {
    return -scale * zeroPoint;
  }

  float max() {
    return scale * (LARGEST - zeroPoint);
  }
}

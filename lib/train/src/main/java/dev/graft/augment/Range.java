package dev.graft.augment;

import java.math.BigDecimal;
import java.util.Random;

/**
 * What a number is drawn from, evenly.
 *
 * @param min the smallest value, finite
 * @param max the largest, finite, not below {@code min}
 */
public record Range(double min, double max) {

  public Range {
    if (!(min <= max) || Double.isInfinite(min) || Double.isInfinite(max)) {
      throw new IllegalArgumentException(
          "expected a range from a number to one that is not smaller, got %s..%s"
              .formatted(text(min), text(max)));
    }
    min += 0.0; // no -0, which would be a range of its own
    max += 0.0;
  }

  /** From {@code center - distance} to {@code center + distance}, in decimal: 1 - 0.9 is 0.1. */
  public static Range around(double center, double distance) {
    BigDecimal middle = BigDecimal.valueOf(center);
    BigDecimal reach = BigDecimal.valueOf(distance);
    return new Range(middle.subtract(reach).doubleValue(), middle.add(reach).doubleValue());
  }

  boolean isOnly(double value) {
    return min == value && max == value;
  }

  /** Whether all of it lies between these two, themselves included. */
  boolean isWithin(double low, double high) {
    return low <= min && max <= high;
  }

  double draw(Random random) {
    return min + random.nextDouble() * (max - min);
  }

  /** As {@link Augmentation#parse} reads it, {@code 0.8..1.2}. */
  @Override
  public String toString() {
    return text(min) + ".." + text(max);
  }

  /** A number in plain decimal digits, whatever the locale. */
  static String text(double number) {
    return Double.isFinite(number)
        ? BigDecimal.valueOf(number).stripTrailingZeros().toPlainString()
        : Double.toString(number);
  }
}

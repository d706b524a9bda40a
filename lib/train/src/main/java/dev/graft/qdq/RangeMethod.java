package dev.graft.qdq;

import java.util.function.Function;

/**
 * How the range of an activation is found among the values that it had.
 *
 * @param name as reports and the model file tell it
 */
record RangeMethod(String name, Function<Histogram, Range> range) {

  static final RangeMethod MIN_MAX = new RangeMethod("min-max", Histogram::minMax);
  static final RangeMethod ENTROPY = new RangeMethod("entropy", Histogram::entropy);
  static final RangeMethod LEAST_SQUARES =
      new RangeMethod("least squares", Histogram::leastSquares);

  /** All but the greatest magnitudes lie within. */
  static RangeMethod percentile(double percent) {
    return new RangeMethod("percentile " + percent, values -> values.percentile(percent / 100));
  }
}

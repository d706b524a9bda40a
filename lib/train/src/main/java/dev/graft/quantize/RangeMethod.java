package dev.graft.quantize;

/** How the range of an activation is found among the values that it had. */
sealed interface RangeMethod {

  Range range(Histogram values);

  /** All values lie within. */
  record MinMax() implements RangeMethod {
    @Override
    public Range range(Histogram values) {
      return values.minMax();
    }

    @Override
    public String toString() {
      return "min-max";
    }
  }

  /**
   * All but the greatest magnitudes lie within.
   *
   * @param percent of the values
   */
  record Percentile(double percent) implements RangeMethod {
    @Override
    public Range range(Histogram values) {
      return values.percentile(percent / 100);
    }

    @Override
    public String toString() {
      return "percentile " + percent;
    }
  }

  /** See {@link Histogram#entropy}. */
  record Entropy() implements RangeMethod {
    @Override
    public Range range(Histogram values) {
      return values.entropy();
    }

    @Override
    public String toString() {
      return "entropy";
    }
  }

  /** See {@link Histogram#leastSquares}. */
  record LeastSquares() implements RangeMethod {
    @Override
    public Range range(Histogram values) {
      return values.leastSquares();
    }

    @Override
    public String toString() {
      return "least squares";
    }
  }
}

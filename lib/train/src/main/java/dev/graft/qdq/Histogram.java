package dev.graft.qdq;

import java.util.Arrays;

/**
 * How often a tensor has which values, in one pass: the bins grow with the values that come. Not
 * thread-safe.
 */
final class Histogram {

  /** Of each sign. Halved in number at most once between growths, so at least half are in use. */
  private static final int BINS = 4096;

  private final long[] positive = new long[BINS];
  private final long[] negative = new long[BINS];
  private float width; // of a bin; 0: nothing but zeros so far
  private float min;
  private float max;
  private long n;

  /**
   * Counts values.
   *
   * @throws IllegalArgumentException if one is not finite
   */
  void add(float[] values) {
    float least = 0;
    float most = 0;
    float sum = 0;
    for (float value : values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
      sum += value * 0; // NaN if any is infinite or NaN
    }
    if (sum != 0) {
      throw new IllegalArgumentException("it has values that are infinite or not numbers");
    }
    min = Math.min(min, least);
    max = Math.max(max, most);
    n += values.length;
    grow(Math.max(-least, most));
    if (width == 0) {
      positive[0] += values.length;
      return;
    }
    float perBin = 1 / width;
    for (float value : values) {
      if (value >= 0) {
        positive[Math.min(BINS - 1, (int) (value * perBin))]++;
      } else {
        negative[Math.min(BINS - 1, (int) (-value * perBin))]++;
      }
    }
  }

  private void grow(float peak) {
    if (width == 0 && peak > 0) {
      width = Math.max(peak / BINS, Float.MIN_NORMAL);
    }
    while (width * BINS < peak) {
      width *= 2;
      halve(positive);
      halve(negative);
    }
  }

  private static void halve(long[] bins) {
    for (int i = 0; i < BINS / 2; i++) {
      bins[i] = bins[2 * i] + bins[2 * i + 1];
    }
    Arrays.fill(bins, BINS / 2, BINS, 0);
  }

  /** From the least to the greatest value. */
  Range minMax() {
    return new Range(min, max);
  }

  /**
   * Without the values of greatest magnitude.
   *
   * @param share of the values that lie within, 0 to 1
   */
  Range percentile(double share) {
    long beyond = (long) (n * (1 - share));
    for (int bin = BINS - 1; bin > 0; bin--) {
      beyond -= positive[bin] + negative[bin];
      if (beyond < 0) {
        return clipped((bin + 1) * width);
      }
    }
    return clipped(width);
  }

  /**
   * The range whose 8 bits lose the least information: of all thresholds of the magnitude the one
   * at which the divergence of Kullback and Leibler between the values cut off there and the same
   * after quantization is least (Migacz, "8-bit inference with TensorRT", GTC 2017). Zeros, which
   * are exact, are not counted.
   */
  Range entropy() {
    if (width == 0) {
      return minMax();
    }
    int levels = min < 0 && max > 0 ? 128 : 256;
    double[] counts = new double[BINS / 2];
    float coarse = 2 * width;
    int used = 0;
    for (int i = 0; i < counts.length; i++) {
      counts[i] = positive[2 * i] + positive[2 * i + 1] + negative[2 * i] + negative[2 * i + 1];
      used = counts[i] > 0 ? i + 1 : used;
    }
    counts[0] = counts[1];
    double best = Double.POSITIVE_INFINITY;
    int threshold = used;
    for (int end = levels; end <= used; end += 8) {
      double divergence = divergence(counts, end, used, levels);
      if (divergence < best) {
        best = divergence;
        threshold = end;
      }
    }
    return clipped(threshold * coarse);
  }

  private static double divergence(double[] counts, int end, int used, int levels) {
    double outside = 0;
    for (int i = end; i < used; i++) {
      outside += counts[i];
    }
    double inside = 0;
    for (int i = 0; i < end; i++) {
      inside += counts[i];
    }
    double total = inside + outside;
    if (inside == 0) {
      return Double.POSITIVE_INFINITY;
    }
    double divergence = 0;
    for (int level = 0; level < levels; level++) {
      int from = (int) ((long) level * end / levels);
      int to = (int) ((long) (level + 1) * end / levels);
      double sum = 0;
      int occupied = 0;
      for (int i = from; i < to; i++) {
        sum += counts[i];
        occupied += counts[i] > 0 ? 1 : 0;
      }
      for (int i = from; i < to; i++) {
        double count = counts[i] + (i == end - 1 ? outside : 0);
        if (count > 0) {
          // Where only what was cut off lies there, quantization has nothing: a small share.
          double spread = counts[i] > 0 ? sum / occupied : 1e-3;
          divergence += count / total * Math.log(count / total / (spread / inside));
        }
      }
    }
    return divergence;
  }

  /**
   * The range at which the squared errors of rounding to 8 bits within and cutting off outside add
   * up to the least.
   */
  Range leastSquares() {
    if (width == 0) {
      return minMax();
    }
    double least = Double.POSITIVE_INFINITY;
    Range best = minMax();
    for (double share = 1; share > 0.2; share *= 0.97) {
      Range range = new Range((float) (min * share), (float) (max * share));
      double step = (range.max() - range.min()) / 255.0;
      double error = 0;
      for (int bin = 1; bin < BINS; bin++) { // the first ones are all but 0, which is exact
        double value = (bin + 0.5) * width;
        error += positive[bin] * squaredError(value - range.max(), step);
        error += negative[bin] * squaredError(value + range.min(), step);
      }
      if (error < least) {
        least = error;
        best = range;
      }
    }
    return best;
  }

  private static double squaredError(double beyond, double step) {
    return beyond > 0 ? beyond * beyond : step * step / 12;
  }

  private Range clipped(float magnitude) {
    float least = Math.max(min, -magnitude);
    float most = Math.min(max, magnitude);
    return new Range(least, most);
  }
}

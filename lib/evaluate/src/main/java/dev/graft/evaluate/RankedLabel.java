package dev.graft.evaluate;

import java.util.List;
import java.util.stream.IntStream;

/** The photos in the order of their scores for one label, the highest first. */
@SuppressWarnings("ArrayRecordComponent") // owned by this package, never compared
record RankedLabel(int[] order, float[] scores, boolean[] positive) {

  /**
   * Column {@code label} of {@code [n][labels]}.
   *
   * @param truth 1 where the photo has the label, else 0
   */
  static RankedLabel of(List<float[]> truth, List<float[]> scores, int label) {
    int n = truth.size();
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted((a, b) -> Float.compare(scores.get(b)[label], scores.get(a)[label]))
            .mapToInt(Integer::intValue)
            .toArray();
    float[] sorted = new float[n];
    boolean[] positive = new boolean[n];
    for (int k = 0; k < n; k++) {
      sorted[k] = scores.get(order[k])[label];
      positive[k] = truth.get(order[k])[label] == 1;
    }
    return new RankedLabel(order, sorted, positive);
  }

  int n() {
    return order.length;
  }

  int positives() {
    int count = 0;
    for (boolean yes : positive) {
      count += yes ? 1 : 0;
    }
    return count;
  }

  /** Whether a threshold can lie behind rank {@code k}: the next photo has another score. */
  boolean canCutAfter(int k) {
    return k == n() - 1 || scores[k] != scores[k + 1];
  }

  /**
   * The sum over the thresholds of precision times the recall that each adds, as scikit-learn's
   * {@code average_precision_score} has it: photos of equal score count together, nothing is
   * interpolated.
   *
   * @param times how often each photo counts, {@code [n]} in their own order
   * @return NaN if no photo that counts has the label
   */
  double averagePrecision(int[] times) {
    double sum = 0;
    long seen = 0;
    long hits = 0;
    long hitsHere = 0; // since the last threshold
    for (int k = 0; k < order.length; k++) {
      int count = times[order[k]];
      seen += count;
      hitsHere += positive[k] ? count : 0;
      if (hitsHere > 0 && canCutAfter(k)) {
        hits += hitsHere;
        sum += (double) hitsHere * hits / seen;
        hitsHere = 0;
      }
    }
    return hits == 0 ? Double.NaN : sum / hits;
  }
}

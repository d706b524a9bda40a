package dev.graft.evaluate;

import java.util.List;
import java.util.stream.IntStream;

/** Chooses from which probability on a photo has a label. */
public final class Thresholds {

  /** For a label that nothing is known of. */
  private static final double MIDDLE = 0.5;

  private Thresholds() {}

  /**
   * For each label the threshold with the best F1 on these photos, midway between the two
   * probabilities around it (or between the lowest one and 0). Of thresholds that are equally good
   * the one nearest to 0.5 is taken, and of two equally near the higher. A label that all photos
   * have, or none, gets 0.5.
   *
   * <p>Thresholds fit the photos that they are chosen on: the F1 there is better than it is on
   * others.
   *
   * @param truth {@code [n][labels]}, 1 where the photo has the label, else 0; of photos that the
   *     model was not trained on
   * @param probabilities {@code [n][labels]}, 0 to 1
   * @return one for each label, 0 to 1
   * @throws IllegalArgumentException if there is no photo or the sizes differ
   */
  public static List<Double> maximizingF1(List<float[]> truth, List<float[]> probabilities) {
    MultiLabel.requireAlike(truth, probabilities);
    return IntStream.range(0, truth.get(0).length)
        .mapToObj(label -> maximizingF1(RankedLabel.of(truth, probabilities, label)))
        .toList();
  }

  /**
   * The same, from logits.
   *
   * @param logits {@code [n][labels]}, finite
   */
  public static List<Double> maximizingF1OfLogits(List<float[]> truth, List<float[]> logits) {
    return maximizingF1(truth, logits.stream().map(BinaryCrossEntropy::sigmoids).toList());
  }

  private static Double maximizingF1(RankedLabel label) {
    int positives = label.positives();
    if (positives == 0 || positives == label.n()) {
      return MIDDLE;
    }
    double best = MIDDLE;
    long bestHits = 0;
    long bestSum = 1;
    int hits = 0;
    for (int k = 0; k < label.n(); k++) {
      hits += label.positive()[k] ? 1 : 0;
      if (!label.canCutAfter(k)) {
        continue;
      }
      // F1 = 2 hits / (given + positives); compared as fractions, so that equal ones are equal.
      long sum = k + 1L + positives;
      long better = Long.compare(hits * bestSum, bestHits * sum);
      double below = k == label.n() - 1 ? 0 : label.scores()[k + 1];
      double threshold = (label.scores()[k] + below) / 2;
      if (better > 0 || (better == 0 && distance(threshold) < distance(best))) {
        best = threshold;
        bestHits = hits;
        bestSum = sum;
      }
    }
    return best;
  }

  private static double distance(double threshold) {
    return Math.abs(threshold - MIDDLE);
  }
}

package dev.graft.evaluate;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * How well a model puts the photos that have a label before those that have not; thresholds do not
 * matter. 1 is perfect; chance gives the share of the photos that have the label.
 */
final class AveragePrecision {

  private static final int RESAMPLES = 1000;

  private AveragePrecision() {}

  /**
   * The mean over the labels that a photo has of their average precision, each as scikit-learn's
   * {@code average_precision_score} has it.
   *
   * @param truth {@code [n][labels]}, 1 where the photo has the label, else 0
   * @param scores {@code [n][labels]}, probabilities or logits
   * @return 0 to 1, or null if no photo has a label
   * @throws IllegalArgumentException if there is nothing to measure or the sizes differ
   */
  static Double mean(List<float[]> truth, List<float[]> scores) {
    MultiLabel.requireAlike(truth, scores);
    double mean = mean(ranked(truth, scores), onceEach(truth.size()));
    return Double.isNaN(mean) ? null : (Double) mean;
  }

  static List<RankedLabel> ranked(List<float[]> truth, List<float[]> scores) {
    return IntStream.range(0, truth.get(0).length)
        .mapToObj(label -> RankedLabel.of(truth, scores, label))
        .toList();
  }

  static int[] onceEach(int n) {
    int[] times = new int[n];
    Arrays.fill(times, 1);
    return times;
  }

  /** NaN if no photo that counts has a label. */
  private static double mean(List<RankedLabel> labels, int[] times) {
    return labels.stream()
        .mapToDouble(label -> label.averagePrecision(times))
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }

  /**
   * The 95 % interval of the mean by the bootstrap's percentiles (B. Efron and R. Tibshirani, "An
   * Introduction to the Bootstrap", 1993, chapter 13): of {@value #RESAMPLES} times drawing as many
   * photos with replacement, the middle 95 %. A label that a draw lacks does not count in its mean.
   * The same photos give the same interval.
   *
   * @return null if no photo has a label
   */
  static ConfidenceInterval bootstrap95(List<RankedLabel> labels) {
    int n = labels.get(0).n();
    double[] means =
        IntStream.range(0, RESAMPLES)
            .parallel()
            .mapToDouble(resample -> mean(labels, drawn(n, new Random(resample))))
            .filter(value -> !Double.isNaN(value)) // a draw without any label has no mean
            .sorted()
            .toArray();
    if (means.length == 0) {
      return null;
    }
    int outside = (int) (0.025 * means.length);
    return new ConfidenceInterval(means[outside], means[means.length - 1 - outside]);
  }

  private static int[] drawn(int n, Random random) {
    int[] times = new int[n];
    for (int i = 0; i < n; i++) {
      times[random.nextInt(n)]++;
    }
    return times;
  }
}

package dev.graft.model;

/**
 * How well a model did on some photos.
 *
 * @param n how many photos, at least 1
 * @param loss mean cross-entropy in nats, finite; of a multi-label model the binary cross-entropy,
 *     its mean over photos and labels
 * @param accuracy the share whose most probable class is the true one, 0 to 1; of a multi-label
 *     model the share that has exactly the right labels
 * @param meanAveragePrecision of a multi-label model: the mean over the labels that some photo has
 *     of their average precision, 0 to 1. Null for a single-label model, or where no photo has a
 *     label
 */
public record SplitMetrics(int n, double loss, double accuracy, Double meanAveragePrecision) {

  public SplitMetrics {
    if (n < 1) {
      throw new IllegalArgumentException("expected metrics of at least 1 photo, got n = " + n);
    }
    if (!Double.isFinite(loss)) {
      throw new IllegalArgumentException("expected a finite loss, got " + loss);
    }
    if (!(accuracy >= 0 && accuracy <= 1)) {
      throw new IllegalArgumentException("expected an accuracy from 0 to 1, got " + accuracy);
    }
    if (meanAveragePrecision != null && !(meanAveragePrecision >= 0 && meanAveragePrecision <= 1)) {
      throw new IllegalArgumentException(
          "expected a mean average precision from 0 to 1, got " + meanAveragePrecision);
    }
  }

  /** Of a single-label model. */
  public SplitMetrics(int n, double loss, double accuracy) {
    this(n, loss, accuracy, null);
  }
}

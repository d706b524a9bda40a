package dev.graft.model;

/**
 * How well a model did on some photos.
 *
 * @param n how many photos, at least 1
 * @param loss mean cross-entropy in nats, finite
 * @param accuracy the share whose most probable class is the true one, 0 to 1
 */
public record SplitMetrics(int n, double loss, double accuracy) {

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
  }
}

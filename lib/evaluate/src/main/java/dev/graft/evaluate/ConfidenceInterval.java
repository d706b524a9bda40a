package dev.graft.evaluate;

/**
 * A confidence interval.
 *
 * @param low its lower end
 * @param high its upper end
 */
public record ConfidenceInterval(double low, double high) {

  /** The 0.975 quantile of the standard normal distribution. */
  private static final double Z95 = 1.959963984540054;

  /**
   * The 95 % interval of a share, after E. B. Wilson, "Probable Inference, the Law of Succession,
   * and Statistical Inference", JASA 22 (1927): right for small {@code n} and near 0 and 1 too.
   *
   * @param successes 0 to n
   * @param n at least 1
   */
  public static ConfidenceInterval wilson95(int successes, int n) {
    if (n < 1 || successes < 0 || successes > n) {
      throw new IllegalArgumentException(
          "expected 0 <= successes <= n and n >= 1, got " + successes + " of " + n);
    }
    double p = (double) successes / n;
    double z2 = Z95 * Z95 / n;
    double middle = (p + z2 / 2) / (1 + z2);
    double half = Z95 * Math.sqrt(p * (1 - p) / n + z2 / (4 * n)) / (1 + z2);
    return new ConfidenceInterval(Math.max(0, middle - half), Math.min(1, middle + half));
  }
}

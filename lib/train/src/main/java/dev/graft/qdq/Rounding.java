package dev.graft.qdq;

/**
 * Rounds weights so that a layer's results, not its weights, stay near: what is lost by rounding
 * one weight is made up for by the next ones, as far as their inputs go together (Frantar et al.,
 * "GPTQ", 2023, after Hassibi and Stork's optimal brain surgeon).
 */
final class Rounding {

  /** Share of the mean variance that is added to all, so that the covariance can be inverted. */
  private static final double DAMPING = 0.01;

  private final int size;
  private final double[][] factor; // upper triangular, of the inverse covariance

  /**
   * @param covariance of the inputs, {@code [size][size]}; taken over
   */
  Rounding(double[][] covariance) {
    size = covariance.length;
    double variance = 0;
    for (int i = 0; i < size; i++) {
      variance += covariance[i][i] / size;
    }
    double damping = Math.max(DAMPING * variance, Double.MIN_NORMAL);
    for (int i = 0; i < size; i++) {
      covariance[i][i] += damping;
    }
    // The Cholesky factor U of the inverse, inverse = U' U, from that of the matrix itself taken
    // from the last row to the first: matrix = R R' with R upper triangular, and U = R^-1.
    double[][] r = new double[size][size];
    for (int j = size - 1; j >= 0; j--) {
      double pivot = covariance[j][j];
      for (int k = j + 1; k < size; k++) {
        pivot -= r[j][k] * r[j][k];
      }
      r[j][j] = Math.sqrt(Math.max(pivot, damping * 1e-6));
      for (int i = j - 1; i >= 0; i--) {
        double sum = covariance[i][j];
        double[] left = r[i];
        double[] right = r[j];
        for (int k = j + 1; k < size; k++) {
          sum -= left[k] * right[k];
        }
        r[i][j] = sum / r[j][j];
      }
    }
    factor = new double[size][size];
    for (int i = size - 1; i >= 0; i--) {
      factor[i][i] = 1 / r[i][i];
      for (int k = i + 1; k < size; k++) {
        double share = r[i][k] / r[i][i];
        if (share != 0) {
          double[] row = factor[i];
          double[] below = factor[k];
          for (int j = k; j < size; j++) {
            row[j] -= share * below[j];
          }
        }
      }
    }
  }

  /**
   * Rounds the weights of one channel.
   *
   * @param weights of the size of the covariance; overwritten
   * @param top the greatest magnitude of the results
   */
  void round(double[] weights, float scale, int top, byte[] into, int start, int stride) {
    for (int i = 0; i < size; i++) {
      long whole = Math.max(-top, Math.min(top, Math.round(weights[i] / scale)));
      into[start + i * stride] = (byte) whole;
      double[] row = factor[i];
      double lost = (weights[i] - whole * (double) scale) / row[i];
      for (int j = i + 1; j < size; j++) {
        weights[j] -= lost * row[j];
      }
    }
  }
}

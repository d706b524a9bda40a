package dev.graft.fit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.graft.djl.TrainingDevice;
import dev.graft.recipe.Hyperparameters;
import dev.graft.shutdown.Shutdown;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * An orthonormal basis of what photos' features span. With n photos that is at most n dimensions,
 * however many numbers a feature vector has; so a dense layer that reads coordinates in the basis
 * can do to those photos whatever one that reads the features can, with a fraction of the weights.
 * What it has learnt is multiplied back into weights for the features.
 *
 * <p>The basis comes from the Gram matrix by Cholesky's decomposition with pivoting (Harbrecht,
 * Peters and Schneider, "On the low-rank approximation by the pivoted Cholesky decomposition",
 * Applied Numerical Mathematics 62, 2012), which takes the photo that is farthest from the span so
 * far, and stops at a bound of the rank or when only rounding is left. With {@code X} the features,
 * {@code P} its pivot rows and {@code L} the triangle of their Gram matrix, the basis is {@code
 * inverse(L) P}, and rows of {@code L} are the photos' coordinates.
 */
public final class SpanBasis {

  /** A residual this small, relative to the largest squared length, is float rounding. */
  private static final double ROUNDING = 1e-5;

  /** The most rows: three matrices of so many numbers squared are in memory. */
  public static final int LARGEST = 4096;

  /** As few rows take less than a second, whatever they save. */
  private static final int ALWAYS = 512;

  // Nanoseconds of one core, in the mean of some x86-64 processors. They decide about the result,
  // and are the same everywhere for that reason; to within a factor of two they need not be right.
  private static final double JAVA = 1; // a multiplication of the decomposition
  private static final double PRODUCT = 0.03; // a multiplication of PyTorch's matrix products
  private static final double STEP = 3; // a weight in a step of the optimizer

  private final float[][] pivots;

  /** {@code [rank][]}, lower triangle, its rows up to the diagonal: pivots = triangle * basis. */
  private final double[][] triangle;

  private final double left;

  private SpanBasis(float[][] pivots, double[][] triangle, double left) {
    this.pivots = pivots;
    this.triangle = triangle;
    this.left = left;
  }

  /**
   * Whether a dense layer is trained in less time in the span of the rows, the time to find it
   * included. Depends on these numbers alone, so that every machine answers alike.
   *
   * @param rows training photos, times their variants
   * @param photos training photos: each epoch sees one variant of each
   * @param validation photos that are projected as well, and measured after each epoch
   * @param inputs numbers of a row
   * @param outputs units of the layer
   */
  public static boolean isWorthwhile(
      long rows, int photos, int validation, int inputs, int outputs, Hyperparameters how) {
    if (rows >= inputs || rows > LARGEST) {
      return false;
    }
    double square = (double) rows * rows;
    double find = JAVA * square * rows / 3 + PRODUCT * square * inputs;
    double projectOne = JAVA * square / 2 + PRODUCT * rows * inputs;
    double once = find + projectOne * (rows + validation + outputs);
    return rows <= ALWAYS
        || once + training(rows, photos, validation, outputs, how)
            < training(inputs, photos, validation, outputs, how);
  }

  /** Forward and both gradients of the photos, forward of validation photos, and the steps. */
  private static double training(
      long inputs, int photos, int validation, int outputs, Hyperparameters how) {
    double weights = (double) inputs * outputs;
    double steps = Math.ceil((double) photos / how.batchSize());
    return how.epochs() * weights * (PRODUCT * (3.0 * photos + validation) + STEP * steps);
  }

  /**
   * The span of some features.
   *
   * @param rows {@code [n][inputs]}
   * @param largest the largest rank: features beyond it are approximated
   */
  public static SpanBasis of(float[][] rows, int largest) {
    int n = rows.length;
    float[][] gram = products(rows, rows);
    double[] residuals = new double[n];
    double longest = 0;
    double total = 0;
    for (int i = 0; i < n; i++) {
      residuals[i] = gram[i][i];
      longest = Math.max(longest, residuals[i]);
      total += residuals[i];
    }
    double[][] factor = new double[n][Math.min(n, largest)];
    int[] order = IntStream.range(0, n).toArray();
    int rank = 0;
    for (; rank < factor[0].length; rank++) {
      int best = rank;
      for (int i = rank + 1; i < n; i++) {
        if (residuals[order[i]] > residuals[order[best]]) {
          best = i;
        }
      }
      int pivot = order[best];
      if (residuals[pivot] <= ROUNDING * longest) {
        break;
      }
      order[best] = order[rank];
      order[rank] = pivot;
      double root = Math.sqrt(residuals[pivot]);
      double[] row = factor[pivot];
      row[rank] = root;
      int column = rank;
      IntStream.range(rank + 1, n)
          .parallel()
          .forEach(
              i -> {
                double[] other = factor[order[i]];
                double sum = gram[order[i]][pivot];
                for (int j = 0; j < column; j++) {
                  sum -= other[j] * row[j];
                }
                other[column] = sum / root;
                residuals[order[i]] -= other[column] * other[column];
              });
    }
    float[][] pivots = new float[rank][];
    double[][] triangle = new double[rank][];
    double left = 0;
    for (int i = 0; i < n; i++) {
      if (i < rank) {
        pivots[i] = rows[order[i]];
        triangle[i] = Arrays.copyOf(factor[order[i]], i + 1);
      } else {
        left += Math.max(0, residuals[order[i]]);
      }
    }
    return new SpanBasis(pivots, triangle, total == 0 ? 0 : left / total);
  }

  /** The number of its dimensions. */
  public int rank() {
    return pivots.length;
  }

  /** The share of the features' squared lengths that lies outside, 0..1. */
  double left() {
    return left;
  }

  /** Coordinates of features, {@code [n][rank]}; what lies outside the span is lost. */
  public float[][] project(float[][] rows) {
    float[][] products = products(rows, pivots);
    float[][] coordinates = new float[rows.length][];
    IntStream.range(0, rows.length)
        .parallel()
        .forEach(i -> coordinates[i] = solveForward(products[i]));
    return coordinates;
  }

  /** {@code z} of {@code triangle z = product}. */
  private float[] solveForward(float[] product) {
    double[] z = new double[rank()];
    for (int i = 0; i < z.length; i++) {
      double sum = product[i];
      for (int j = 0; j < i; j++) {
        sum -= triangle[i][j] * z[j];
      }
      z[i] = sum / triangle[i][i];
    }
    return floats(z);
  }

  /**
   * Weights for the features that do what weights for the coordinates do.
   *
   * @param weights {@code [outputs, rank]}, row by row
   * @return {@code [outputs, inputs]}, row by row
   */
  public float[] expand(float[] weights, int outputs) {
    int rank = rank();
    float[][] combined = new float[outputs][];
    IntStream.range(0, outputs)
        .parallel()
        .forEach(
            o ->
                combined[o] = solveBackward(Arrays.copyOfRange(weights, o * rank, (o + 1) * rank)));
    Shutdown.Work running = Shutdown.begin(() -> {}); // a moment
    try (NDManager manager = TrainingDevice.CPU.newManager()) {
      return array(manager, combined).matMul(array(manager, pivots)).toFloatArray();
    } finally {
      running.close();
    }
  }

  /** {@code u} of {@code u triangle = weights}: the basis is inverse(triangle) pivots. */
  private float[] solveBackward(float[] weights) {
    double[] u = new double[rank()];
    double[] rest = new double[rank()];
    for (int j = 0; j < u.length; j++) {
      rest[j] = weights[j];
    }
    for (int j = u.length - 1; j >= 0; j--) {
      u[j] = rest[j] / triangle[j][j];
      for (int i = 0; i < j; i++) {
        rest[i] -= u[j] * triangle[j][i];
      }
    }
    return floats(u);
  }

  /** {@code a b^T}, by PyTorch. */
  private static float[][] products(float[][] a, float[][] b) {
    Shutdown.Work running = Shutdown.begin(() -> {}); // the loop looks
    try (NDManager manager = TrainingDevice.CPU.newManager()) {
      NDArray transposed = array(manager, b).transpose();
      float[][] products = new float[a.length][];
      int step = 256;
      for (int from = 0; from < a.length; from += step) {
        Shutdown.requireNotBegun();
        float[][] some = Arrays.copyOfRange(a, from, Math.min(a.length, from + step));
        try (NDManager scope = manager.newSubManager()) {
          float[] values = array(scope, some).matMul(transposed).toFloatArray();
          for (int i = 0; i < some.length; i++) {
            products[from + i] = Arrays.copyOfRange(values, i * b.length, (i + 1) * b.length);
          }
        }
      }
      return products;
    } finally {
      running.close();
    }
  }

  private static NDArray array(NDManager manager, float[][] rows) {
    NDArray array = manager.create(new Shape(rows.length, rows[0].length));
    var memory = TrainingDevice.memory(array);
    for (float[] row : rows) {
      memory.put(row);
    }
    return array;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}

package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SpanBasisTest {

  private static final int INPUTS = 300;

  @Test
  void findsTheDimensionsThatThereAre() {
    float[][] rows = rows(40, 12);
    SpanBasis basis = SpanBasis.of(rows, 40);
    assertEquals(12, basis.rank());
    assertEquals(0, basis.left(), 1e-4);
  }

  /** Lengths and angles are kept to within the rounding of a sum of 300 floats. */
  @Test
  void isOrthonormal() {
    float[][] rows = rows(30, 30);
    float[][] coordinates = SpanBasis.of(rows, 30).project(rows);
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j <= i; j++) {
        assertEquals(dot(rows[i], rows[j], 0), dot(coordinates[i], coordinates[j], 0), 1e-3);
      }
    }
  }

  @Test
  void multipliesWeightsBackIntoThoseThatDoTheSame() {
    float[][] rows = rows(30, 30);
    SpanBasis basis = SpanBasis.of(rows, 30);
    float[] weights = new float[4 * basis.rank()];
    Random random = new Random(9);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.nextFloat() - 0.5f;
    }
    float[] expanded = basis.expand(weights, 4);
    assertEquals(4 * INPUTS, expanded.length);
    float[][] others = rows(5, 5); // not in the span: both see their part in it alone
    for (float[][] some : new float[][][] {rows, others}) {
      float[][] coordinates = basis.project(some);
      for (int i = 0; i < some.length; i++) {
        for (int o = 0; o < 4; o++) {
          assertEquals(
              dot(coordinates[i], weights, o * basis.rank()),
              dot(some[i], expanded, o * INPUTS),
              2e-3);
        }
      }
    }
  }

  @Test
  void saysWhatABoundOfTheRankLeavesOut() {
    float[][] rows = rows(40, 40);
    SpanBasis basis = SpanBasis.of(rows, 10);
    assertEquals(10, basis.rank());
    float[][] coordinates = basis.project(rows);
    double all = 0;
    double kept = 0;
    for (int i = 0; i < rows.length; i++) {
      all += dot(rows[i], rows[i], 0);
      kept += dot(coordinates[i], coordinates[i], 0);
    }
    assertEquals(1 - kept / all, basis.left(), 1e-4);
    assertTrue(basis.left() > 0.1 && basis.left() < 0.8, "left " + basis.left());
  }

  private static double dot(float[] a, float[] b, int from) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[from + i];
    }
    return sum;
  }

  /** Sums of so many random directions. */
  private static float[][] rows(int n, int dimensions) {
    Random random = new Random(n * 100L + dimensions);
    float[][] directions = new float[dimensions][INPUTS];
    for (float[] direction : directions) {
      for (int j = 0; j < INPUTS; j++) {
        direction[j] = (float) random.nextGaussian();
      }
    }
    float[][] rows = new float[n][INPUTS];
    for (float[] row : rows) {
      for (float[] direction : directions) {
        float amount = (float) random.nextGaussian();
        for (int j = 0; j < INPUTS; j++) {
          row[j] += amount * direction[j] / dimensions;
        }
      }
    }
    return rows;
  }
}

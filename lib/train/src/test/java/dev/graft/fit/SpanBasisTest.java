package dev.graft.fit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.recipe.Hyperparameters;
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

  @Test
  void isFoundWhereThatTakesLessThanItSaves() {
    Hyperparameters recipe = Hyperparameters.of(10, 32, 1e-4f);
    int vgg16 = 25088;
    assertTrue(SpanBasis.isWorthwhile(400, 400, 100, vgg16, 512, recipe));
    assertTrue(SpanBasis.isWorthwhile(2000, 2000, 500, vgg16, 512, recipe));
    // Each epoch sees one variant of each photo; the basis is that of all rows.
    assertFalse(SpanBasis.isWorthwhile(4000, 800, 200, vgg16, 512, recipe));
    assertFalse(SpanBasis.isWorthwhile(4000, 4000, 1000, vgg16, 64, recipe));
    assertFalse(SpanBasis.isWorthwhile(4000, 4000, 0, vgg16, 512, recipe.withEpochs(3)));
    assertFalse(SpanBasis.isWorthwhile(1000, 1000, 50_000, vgg16, 8, recipe));
    assertTrue(SpanBasis.isWorthwhile(4000, 4000, 1000, vgg16, 512, recipe.withEpochs(50)));
  }

  /** What small sets gave they go on to give, however little there is to save. */
  @Test
  void isAlwaysFoundForFewPhotosAndNeverWhereItIsNoSmaller() {
    Hyperparameters one = Hyperparameters.of(1, 512, 1e-4f);
    assertTrue(SpanBasis.isWorthwhile(512, 100, 0, 513, 1, one));
    assertFalse(SpanBasis.isWorthwhile(513, 513, 0, 514, 1, one));
    Hyperparameters many = Hyperparameters.of(1000, 1, 1e-4f);
    assertFalse(SpanBasis.isWorthwhile(400, 400, 0, 400, 512, many));
    assertFalse(SpanBasis.isWorthwhile(4097, 4097, 0, 1_000_000, 512, many));
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

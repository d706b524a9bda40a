package dev.graft.qdq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HistogramTest {

  /** The greatest width of a bin is the peak over 2048. */
  private static final float BIN = 1 / 2048f;

  private static Histogram of(float[]... values) {
    Histogram histogram = new Histogram();
    for (float[] some : values) {
      histogram.add(some);
    }
    return histogram;
  }

  @Test
  void minMaxIsTheLeastAndTheGreatestAndContainsZero() {
    assertEquals(new Range(-2, 3), of(new float[] {1, -2}, new float[] {3, 0}).minMax());
    assertEquals(new Range(0, 5), of(new float[] {4, 5}).minMax());
    assertEquals(new Range(0, 0), of(new float[] {0, 0}).minMax());
  }

  @Test
  void aPercentileLeavesOutTheGreatestMagnitudesHoweverLateTheyCome() {
    float[] even = new float[1000];
    for (int i = 0; i < even.length; i++) {
      even[i] = (i + 1) / 1000f;
    }
    Range range = of(even, new float[] {100}).percentile(0.99);
    assertEquals(0.991, range.max(), 100 * BIN, "the bins are as wide as 100 asks for");
    assertEquals(0, range.min());
    assertEquals(0.5, of(even).percentile(0.5).max(), 2 * BIN);
    assertEquals(1, of(even).percentile(1).max(), BIN);
  }

  @Test
  void entropyAndLeastSquaresCutOffALonelyOutlierAndKeepAFullRange() {
    float[] bell = new float[200_000];
    Random random = new Random(1);
    for (int i = 0; i < bell.length; i++) {
      bell[i] = (float) Math.abs(random.nextGaussian());
    }
    Histogram withOutlier = of(bell, new float[] {40});
    assertTrue(withOutlier.entropy().max() < 10, "entropy " + withOutlier.entropy());
    // n (t / 255)^2 / 12 + (40 - t)^2 is least there; tried in steps of 3 %.
    double optimum = 80 / (2 + bell.length / (6 * 255.0 * 255));
    assertEquals(optimum, withOutlier.leastSquares().max(), 0.03 * optimum);

    float[] even = new float[200_000];
    for (int i = 0; i < even.length; i++) {
      even[i] = random.nextFloat();
    }
    assertEquals(1, of(even).entropy().max(), 0.05);
    assertEquals(1, of(even).leastSquares().max(), 0.05);
  }

  @Test
  void numbersThatAreNoneAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> of(new float[] {1, Float.NaN}));
    assertThrows(IllegalArgumentException.class, () -> of(new float[] {Float.POSITIVE_INFINITY}));
  }

  @Test
  void zeroIsExactInEveryScale() {
    for (Range range : new Range[] {new Range(-0.3f, 5), new Range(0, 7), new Range(-4, 0)}) {
      ActivationScale scale = range.scale();
      assertTrue(scale.min() <= range.min() + scale.scale() / 2, range + " is cut off below");
      assertTrue(scale.max() >= range.max() - scale.scale() / 2, range + " is cut off above");
    }
    assertEquals(0, new Range(0, 7).scale().zeroPoint(), "ReLU's zeros are 0");
    assertEquals(255, new Range(-4, 0).scale().zeroPoint());
  }
}

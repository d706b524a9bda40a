package dev.graft.qdq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightScalesTest {

  @Test
  void eachOutputChannelHasItsOwnSymmetricScale() {
    float[] weights = {1, -0.5f, 0.25f, 100, 50, -100};
    WeightScales quantized = WeightScales.of(weights, 2, 1, false, null);
    assertArrayEquals(new float[] {1 / 127f, 100 / 127f}, quantized.scales(), 1e-7f);
    assertArrayEquals(new byte[] {127, -63, 32, 127, 64, -127}, quantized.quantized());
  }

  @Test
  void channelsThatAreTheLastDimensionGiveTheSame() {
    float[] together = {1, -0.5f, 0.25f, 100, 50, -100};
    float[] apart = {1, 100, -0.5f, 50, 0.25f, -100};
    WeightScales a = WeightScales.of(together, 2, 1, false, null);
    WeightScales b = WeightScales.of(apart, 2, 2, false, null);
    assertArrayEquals(a.scales(), b.scales());
    assertArrayEquals(new byte[] {127, 127, -63, 64, 32, -127}, b.quantized());
    assertArrayEquals(new float[] {b.floats(2)[2]}, new float[] {a.floats(1)[1]});
  }

  @Test
  void aReducedRangeLeavesRoomForTheSumOfTwoProducts() {
    float[] weights = new float[64];
    Arrays.setAll(new double[64], i -> weights[i] = (float) Math.sin(i));
    for (byte value : WeightScales.of(weights, 4, 1, true, null).quantized()) {
      assertTrue(2 * 255 * Math.abs(value) <= Short.MAX_VALUE, "sum of two products of " + value);
    }
  }

  @Test
  void aChannelOfZerosStaysOne() {
    WeightScales zeros = WeightScales.of(new float[8], 2, 1, false, null);
    assertArrayEquals(new float[8], zeros.floats(1));
    assertTrue(zeros.scales()[0] > 0);
  }

  @Test
  void roundedWeightsStayWhatTheyAreWhenRoundedAgain() {
    Random random = new Random(2);
    float[] weights = new float[512 * 40];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian();
    }
    float[] once = Quantizer.rounded(weights, 512, false);
    // A scale computed from rounded weights may differ in its last bit.
    assertArrayEquals(once, Quantizer.rounded(once, 512, false), 1e-6f);
  }

  @Test
  void roundingWithTheInputsInViewLosesLessOfTheOutput() {
    int size = 9;
    Random random = new Random(3);
    // Neighboring pixels are alike: what they share goes through all nine weights.
    double[][] samples = new double[2000][size];
    for (double[] sample : samples) {
      double shared = random.nextGaussian();
      for (int i = 0; i < size; i++) {
        sample[i] = shared + 0.2 * random.nextGaussian();
      }
    }
    double[][] covariance = new double[size][size];
    for (double[] sample : samples) {
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          covariance[i][j] += sample[i] * sample[j] / samples.length;
        }
      }
    }
    float[] weights = new float[64 * size];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.nextFloat() - 0.3f;
    }
    Rounding[] rounding = {new Rounding(covariance)};
    float[] nearest = WeightScales.of(weights, 64, 1, true, null).floats(1);
    float[] inView = WeightScales.of(weights, 64, 1, true, rounding).floats(1);
    double before = error(weights, nearest, samples);
    double after = error(weights, inView, samples);
    assertTrue(after < before / 3, "mean squared error " + after + ", to the nearest " + before);
  }

  private static double error(float[] exact, float[] rounded, double[][] samples) {
    double error = 0;
    int size = samples[0].length;
    for (int channel = 0; channel < exact.length / size; channel++) {
      for (double[] sample : samples) {
        double difference = 0;
        for (int i = 0; i < size; i++) {
          int at = channel * size + i;
          difference += ((double) exact[at] - rounded[at]) * sample[i];
        }
        error += difference * difference / samples.length;
      }
    }
    return error;
  }

  @Test
  void inputsThatHaveNothingInCommonAreRoundedToTheNearest() {
    double[][] identity = new double[4][4];
    for (int i = 0; i < 4; i++) {
      identity[i][i] = 1;
    }
    float[] weights = {0.1f, -0.72f, 0.33f, 0.9f};
    Rounding[] rounding = {new Rounding(identity)};
    assertArrayEquals(
        WeightScales.of(weights, 1, 1, false, null).quantized(),
        WeightScales.of(weights, 1, 1, false, rounding).quantized());
    assertEquals(127, WeightScales.largest(false));
  }
}

package dev.graft.optimize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpdaterTest {

  /** One chunk is 1024 floats, one task 131072: this needs more than one of each. */
  private static final int LARGE = 210_000;

  /**
   * DJL's Adam: the two differ by the order of float operations alone, about 1e-7 of a step; 25
   * steps of 1e-3 move a weight by at most 0.025.
   */
  @ParameterizedTest
  @ValueSource(floats = {0, 0.01f})
  void movesWeightsAsDjlsAdamDoes(float weightDecay) {
    ai.djl.training.optimizer.Optimizer djl =
        ai.djl.training.optimizer.Optimizer.adam()
            .optLearningRateTracker(Tracker.fixed(1e-3f))
            .optWeightDecays(weightDecay)
            .build();
    Updater updater = new Updater(Optimizer.adam());
    Random random = new Random(6);
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] ours = numbers(random, LARGE);
      NDArray theirs = manager.create(ours);
      FloatBuffer weights = FloatBuffer.wrap(ours);
      for (int step = 0; step < 25; step++) {
        float[] gradients = numbers(random, LARGE);
        try (NDArray gradient = manager.create(gradients)) {
          djl.update("weight", theirs, gradient);
        }
        updater.beginStep();
        updater.update("weight", weights, FloatBuffer.wrap(gradients), 1e-3, weightDecay, 1);
        assertArrayEquals(new float[LARGE], gradients, "gradients are cleared");
      }
      assertArrayEquals(theirs.toFloatArray(), ours, 2e-6f);
    }
  }

  /** torch-optimizers.tsv is torch's in float64: 1e-6 is ten steps of float32 rounding. */
  @ParameterizedTest
  @ValueSource(strings = {"adam", "adamw", "sgd", "rmsprop"})
  void movesWeightsAsTorchDoes(String name) throws IOException {
    double[] expected = golden(name);
    float[] weights = new float[expected.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) Math.cos(i);
    }
    Updater updater = new Updater(Optimizer.named(name));
    for (int step = 0; step < 10; step++) {
      float[] gradients = new float[weights.length];
      for (int i = 0; i < gradients.length; i++) {
        gradients[i] = (float) Math.sin(7 * step + 3 * i);
      }
      updater.beginStep();
      updater.update(
          "weight", FloatBuffer.wrap(weights), FloatBuffer.wrap(gradients), 0.01, 0.1f, 1);
    }
    for (int i = 0; i < weights.length; i++) {
      assertEquals(expected[i], weights[i], 1e-6, name + " " + i);
    }
  }

  @Test
  void goesOnFromAStateWithTheSameBits() {
    for (String name : List.of("adam", "adamw", "sgd", "rmsprop")) {
      Updater whole = new Updater(Optimizer.named(name));
      float[] expected = numbers(new Random(1), 3000);
      Updater stopped = new Updater(Optimizer.named(name));
      float[] weights = expected.clone();
      for (int step = 0; step < 6; step++) {
        if (step == 3) {
          Updater next = new Updater(Optimizer.named(name));
          next.restore(stopped.state());
          stopped = next;
        }
        step(whole, expected, step);
        step(stopped, weights, step);
      }
      assertArrayEquals(expected, weights, name);
    }
  }

  private static void step(Updater updater, float[] weights, int seed) {
    updater.beginStep();
    FloatBuffer gradients = FloatBuffer.wrap(numbers(new Random(seed), weights.length));
    updater.update("weight", FloatBuffer.wrap(weights), gradients, 0.01, 0.01f, 0.5);
  }

  @Test
  void addsUpSquares() {
    float[] numbers = numbers(new Random(3), LARGE);
    double expected = IntStream.range(0, LARGE).mapToDouble(i -> numbers[i]).map(x -> x * x).sum();
    assertEquals(expected, Updater.sumOfSquares(FloatBuffer.wrap(numbers)), 1e-9 * expected);
  }

  private static float[] numbers(Random random, int n) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = random.nextFloat() - 0.5f;
    }
    return numbers;
  }

  private static double[] golden(String name) throws IOException {
    try (InputStream in = UpdaterTest.class.getResourceAsStream("torch-optimizers.tsv")) {
      String row =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.startsWith(name + "\t"))
              .findFirst()
              .orElseThrow();
      String[] fields = row.split("\t", -1);
      return IntStream.range(1, fields.length)
          .mapToDouble(i -> Double.parseDouble(fields[i]))
          .toArray();
    }
  }
}

package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class HeadTrainerTest {

  private static final int CLASSES = 3;
  private static final int INPUTS = 20;
  private static final Hyperparameters QUICK = new Hyperparameters(30, 16, 1e-2f, 0);

  @Test
  void learnsClassesThatOnlyAHiddenLayerCanTellApart() {
    HeadTrainer.Result dense = train(Head.flattenDense(32, 0.2f), 42, rings(200, 1), rings(100, 2));
    HeadTrainer.Result linear = train(Head.linear(), 42, rings(200, 1), rings(100, 2));
    assertTrue(dense.validation().accuracy() > 0.9, dense.validation().toString());
    assertTrue(linear.validation().accuracy() < 0.8, linear.validation().toString());
  }

  @Test
  void reportsWhatTheReturnedWeightsDoWithoutDropout() {
    Features train = rings(200, 1);
    HeadTrainer.Result result = train(Head.flattenDense(32, 0.5f), 42, train, rings(50, 2));
    double[] lossAndAccuracy = inJava(result.layers(), train);
    assertEquals(lossAndAccuracy[0], result.train().loss(), 1e-5);
    assertEquals(lossAndAccuracy[1], result.train().accuracy(), 1e-9);
    assertEquals(QUICK.epochs(), result.epochs().size());
  }

  @Test
  void givesTheSameBitsForTheSameSeedAndOthersForAnother() {
    Head head = Head.flattenDense(16, 0.5f);
    List<DenseLayer> first = train(head, 7, rings(60, 1), rings(10, 2)).layers();
    List<DenseLayer> again = train(head, 7, rings(60, 1), rings(10, 2)).layers();
    List<DenseLayer> other = train(head, 8, rings(60, 1), rings(10, 2)).layers();
    for (int i = 0; i < first.size(); i++) {
      assertArrayEquals(first.get(i).weight(), again.get(i).weight());
      assertArrayEquals(first.get(i).bias(), again.get(i).bias());
      assertFalse(Arrays.equals(first.get(i).weight(), other.get(i).weight()));
    }
  }

  @Test
  void neverLetsValidationPhotosInfluenceTheWeights() {
    Head head = Head.flattenDense(16, 0.5f);
    List<DenseLayer> with = train(head, 7, rings(60, 1), rings(40, 2)).layers();
    List<DenseLayer> without = train(head, 7, rings(60, 1), rings(0, 2)).layers();
    assertArrayEquals(with.get(0).weight(), without.get(0).weight());
    assertArrayEquals(with.get(1).weight(), without.get(1).weight());
  }

  @Test
  void saysSoWhenTheLossIsNoLongerANumber() {
    Hyperparameters wild = new Hyperparameters(20, 16, 1e38f, 0);
    TrainingException e =
        assertThrows(
            TrainingException.class,
            () ->
                new HeadTrainer(Head.linear(), wild, 1)
                    .train(rings(60, 1), rings(0, 2), CLASSES, metrics -> {}));
    assertTrue(
        e.getMessage()
            .matches(
                "the loss became (NaN|Infinity) in epoch \\d+: use a lower"
                    + " learning rate than 1.0E38"),
        e.getMessage());
  }

  @Test
  void stopsBetweenBatchesWhenItIsInterrupted() {
    HeadTrainer trainer = new HeadTrainer(Head.linear(), QUICK, 1);
    assertThrows(
        CancellationException.class,
        () ->
            trainer.train(
                rings(60, 1), rings(0, 2), CLASSES, metrics -> Thread.currentThread().interrupt()));
    assertFalse(Thread.interrupted(), "the interrupt is answered");
    train(Head.linear(), 1, rings(60, 1), rings(0, 2)); // DJL is free for the next
  }

  private static HeadTrainer.Result train(
      Head head, long seed, Features train, Features validation) {
    return new HeadTrainer(head, QUICK, seed).train(train, validation, CLASSES, metrics -> {});
  }

  /** Class by distance from the origin: no linear function tells them apart. */
  private static Features rings(int n, long seed) {
    Random random = new Random(seed);
    float[][] rows = new float[n][INPUTS];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % CLASSES;
      double angle = random.nextDouble() * 2 * Math.PI;
      double radius = 1.5 * labels[i] + 0.3 * random.nextDouble();
      for (int j = 0; j < INPUTS; j++) {
        rows[i][j] = (float) (radius * Math.cos(angle + j * Math.PI / 2));
      }
    }
    return new Features(rows, labels);
  }

  /** Loss and accuracy of dense layers with ReLU between them, computed here. */
  private static double[] inJava(List<DenseLayer> layers, Features features) {
    double loss = 0;
    int correct = 0;
    for (int i = 0; i < features.n(); i++) {
      double[] values = new double[INPUTS];
      Arrays.setAll(values, featuresAt(features, i));
      for (int l = 0; l < layers.size(); l++) {
        values = apply(layers.get(l), values, l < layers.size() - 1);
      }
      double sum = Arrays.stream(values).map(Math::exp).sum();
      int label = features.labels()[i];
      loss -= Math.log(Math.exp(values[label]) / sum);
      double max = Arrays.stream(values).max().getAsDouble();
      correct += values[label] == max ? 1 : 0;
    }
    return new double[] {loss / features.n(), (double) correct / features.n()};
  }

  private static IntToDoubleFunction featuresAt(Features features, int row) {
    return j -> features.rows()[row][j];
  }

  private static double[] apply(DenseLayer layer, double[] inputs, boolean relu) {
    double[] outputs = new double[layer.outputs()];
    for (int o = 0; o < outputs.length; o++) {
      outputs[o] = layer.bias()[o];
      for (int j = 0; j < inputs.length; j++) {
        outputs[o] += layer.weight()[o * inputs.length + j] * inputs[j];
      }
      outputs[o] = relu ? Math.max(0, outputs[o]) : outputs[o];
    }
    return outputs;
  }
}

package dev.graft.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.graft.djl.TrainingDevice;
import dev.graft.fit.FrozenFeatures;
import dev.graft.fit.NetworkTrainer;
import dev.graft.fit.NetworkTrainer.Treatment;
import dev.graft.fit.SingleLabelTargets;
import dev.graft.fit.SpanBasis;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.recipe.Hyperparameters;
import dev.graft.recipe.TrainingException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * Times an epoch of the flatten-dense head on VGG16's features against its matrix products alone,
 * in turn, and prints the medians.
 */
final class HeadBenchmark {

  private static final int INPUTS = 25088;
  private static final int HIDDEN = 512;
  private static final int CLASSES = 5;
  private static final int BATCH = 32;
  private static final int PHOTOS = 400;
  private static final int ROUNDS = 7;

  private HeadBenchmark() {}

  public static void main(String[] args) throws TrainingException {
    FrozenFeatures features = features();
    long[] products = new long[ROUNDS];
    products(); // warm-up
    // In turn: an epoch, its products, an epoch ...
    long[] epochs = epochs(features, INPUTS, round -> products[round] = products());
    SpanBasis[] basis = new SpanBasis[1];
    long begun = System.nanoTime();
    basis[0] = SpanBasis.of(features.rows(), PHOTOS);
    FrozenFeatures coordinates = features.withRows(basis[0].project(features.rows()));
    double spanSeconds = (System.nanoTime() - begun) / 1e9;
    double span = median(epochs(coordinates, basis[0].rank(), round -> {}));
    double epoch = median(epochs);
    double product = median(products);
    System.out.printf(
        Locale.ROOT,
        "epoch of %d photos: %.0f ms; its matrix products alone: %.0f ms; ratio %.2f (medians of"
            + " %d)%n",
        PHOTOS,
        epoch / 1e6,
        product / 1e6,
        epoch / product,
        epochs.length);
    System.out.printf(
        Locale.ROOT,
        "in the span of the photos, %d dimensions: %.2f s to find it, then %.0f ms an epoch%n",
        basis[0].rank(),
        spanSeconds,
        span / 1e6);
  }

  /** Nanoseconds of epochs; the first, with the engine's start, is left out. */
  private static long[] epochs(FrozenFeatures features, int inputs, IntConsumer between)
      throws TrainingException {
    long[] epochs = new long[ROUNDS - 1];
    long[] mark = {0};
    new NetworkTrainer(
            TrainingDevice.CPU,
            Hyperparameters.of(ROUNDS, BATCH, 1e-4f),
            1,
            name -> Treatment.USUAL)
        .train(
            untrained(inputs),
            features,
            FrozenFeatures.of(new float[0][], new SingleLabelTargets(new int[0], CLASSES)),
            null,
            state -> {
              int round = state.epoch() - 1;
              if (round > 0) {
                epochs[round - 1] = System.nanoTime() - mark[0];
              }
              between.accept(round);
              mark[0] = System.nanoTime();
            });
    return epochs;
  }

  /** The flatten-dense head, its weights random. */
  private static OnnxGraph untrained(int inputs) {
    OnnxGraphBuilder graph =
        OnnxGraph.builder("head", 17).input("x", ElementType.FLOAT, "N", inputs);
    dense(graph, "dense1", "x", inputs, HIDDEN);
    graph
        .node("Relu", List.of("dense1"), "positive")
        .initializer("ratio", new long[0], 0.5f)
        .node("Dropout", List.of("positive", "ratio"), "dropped");
    dense(graph, "logits", "dropped", HIDDEN, CLASSES);
    return graph.output("logits", ElementType.FLOAT, "N", CLASSES).build();
  }

  private static void dense(
      OnnxGraphBuilder graph, String name, String input, int inputs, int outputs) {
    Random random = new Random(1);
    float limit = (float) Math.sqrt(6.0 / (inputs + outputs));
    float[] weights = new float[inputs * outputs];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = limit * (2 * random.nextFloat() - 1);
    }
    graph
        .initializer(name + ".weight", new long[] {outputs, inputs}, weights)
        .initializer(name + ".bias", new long[] {outputs}, new float[outputs])
        .node(
            "Gemm",
            List.of(input, name + ".weight", name + ".bias"),
            name,
            Attribute.of("transB", 1));
  }

  /** Nanoseconds for the products of an epoch: forward, both gradients; no optimiser. */
  private static long products() {
    try (NDManager manager = TrainingDevice.CPU.newManager()) {
      NDArray x = manager.randomUniform(0, 1, new Shape(BATCH, INPUTS), DataType.FLOAT32);
      NDArray w1 = manager.randomUniform(-1, 1, new Shape(HIDDEN, INPUTS), DataType.FLOAT32);
      NDArray w2 = manager.randomUniform(-1, 1, new Shape(CLASSES, HIDDEN), DataType.FLOAT32);
      NDArray dy = manager.randomUniform(-1, 1, new Shape(BATCH, CLASSES), DataType.FLOAT32);
      long start = System.nanoTime();
      for (int batch = 0; batch < (PHOTOS + BATCH - 1) / BATCH; batch++) {
        try (NDManager scope = manager.newSubManager()) {
          x.attach(scope);
          NDArray h = x.matMul(w1.transpose());
          NDArray y = h.matMul(w2.transpose());
          NDArray dh = dy.matMul(w2);
          NDArray dw2 = dy.transpose().matMul(h);
          NDArray dw1 = dh.transpose().matMul(x);
          y.getFloat(0, 0);
          dw2.getFloat(0, 0);
          dw1.getFloat(0, 0);
          x.attach(manager);
        }
      }
      return System.nanoTime() - start;
    }
  }

  private static double median(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
  }

  /** 90 % zeros, as VGG16's features are. */
  private static FrozenFeatures features() {
    Random random = new Random(1);
    float[][] rows = new float[PHOTOS][INPUTS];
    int[] labels = new int[PHOTOS];
    for (int i = 0; i < PHOTOS; i++) {
      labels[i] = i % CLASSES;
      for (int j = 0; j < INPUTS; j++) {
        rows[i][j] = random.nextInt(10) == 0 ? 20 * random.nextFloat() : 0;
      }
    }
    return FrozenFeatures.of(rows, new SingleLabelTargets(labels, CLASSES));
  }
}

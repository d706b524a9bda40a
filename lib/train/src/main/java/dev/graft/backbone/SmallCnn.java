package dev.graft.backbone;

import dev.graft.file.Sha256;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The convolutions of TensorFlow's tutorial "Convolutional Neural Network (CNN)"
 * (https://www.tensorflow.org/tutorials/images/cnn), with random weights.
 */
final class SmallCnn {

  private static final int SMALLEST = 18;
  private static final int[] CHANNELS = {32, 64, 64};

  private SmallCnn() {}

  static Backbone backbone(int size, long seed) {
    if (size < SMALLEST) {
      throw new IllegalArgumentException(
          "expected photos of at least %1$d x %1$d pixels, got %2$d".formatted(SMALLEST, size));
    }
    List<CutPoint> cutPoints = new ArrayList<>();
    OnnxGraph graph = graph(size, seed, cutPoints);
    byte[] bytes = graph.toBytes();
    long parameters = 0;
    for (int i = 0, inputs = 3; i < CHANNELS.length; inputs = CHANNELS[i++]) {
      parameters += (9L * inputs + 1) * CHANNELS[i];
    }
    CutPoint features = cutPoints.remove(cutPoints.size() - 1);
    BackboneCard card =
        new BackboneCard(
            Backbones.NONE,
            "Three convolutions, not pretrained",
            "the network of TensorFlow's tutorial, https://www.tensorflow.org/tutorials/images/cnn",
            "Apache-2.0",
            "none: its weights come from your photos",
            "random weights, seed " + seed,
            Sha256.of(bytes),
            bytes.length,
            size,
            Normalization.rescale().name(),
            features.tensor(),
            features.shape(),
            cutPoints,
            parameters,
            List.of(),
            null,
            null);
    return new Backbone(card, Normalization.rescale(), new InMemory(graph), false);
  }

  private static OnnxGraph graph(int size, long seed, List<CutPoint> cutPoints) {
    OnnxGraphBuilder graph =
        OnnxGraph.builder(Backbones.NONE).input("input", ElementType.FLOAT, "N", 3, size, size);
    Random random = new Random(seed);
    String last = "input";
    int inputs = 3;
    int side = size;
    for (int i = 0; i < CHANNELS.length; i++) {
      int outputs = CHANNELS[i];
      String conv = "conv" + (i + 1);
      boolean top = i == CHANNELS.length - 1;
      String result = top ? "features" : conv + "_relu";
      side -= 2;
      graph
          .initializer(
              conv + ".weight",
              new long[] {outputs, inputs, 3, 3},
              glorot(random, 9 * inputs * outputs, 9 * inputs, 9 * outputs))
          .initializer(conv + ".bias", new long[] {outputs}, new float[outputs])
          .node("Conv", List.of(last, conv + ".weight", conv + ".bias"), conv)
          .node("Relu", List.of(conv), result);
      last = result;
      if (!top) {
        last = "pool" + (i + 1);
        side /= 2;
        graph
            .node(
                "MaxPool",
                List.of(result),
                last,
                Attribute.ints("kernel_shape", 2, 2),
                Attribute.ints("strides", 2, 2))
            .value(last, ElementType.FLOAT, "N", outputs, side, side);
      }
      cutPoints.add(new CutPoint(last, List.of(outputs, side, side)));
      inputs = outputs;
    }
    return graph.output("features", ElementType.FLOAT, "N", inputs, side, side).build();
  }

  /** Glorot and Bengio 2010, equation 16. */
  private static float[] glorot(Random random, int size, int fanIn, int fanOut) {
    double limit = Math.sqrt(6.0 / (fanIn + fanOut));
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * limit);
    }
    return values;
  }

  private record InMemory(OnnxGraph features) implements Backbone.Source {
    @Override
    public OnnxGraph full() {
      return features;
    }

    @Override
    public List<String> classes() {
      return List.of();
    }
  }
}

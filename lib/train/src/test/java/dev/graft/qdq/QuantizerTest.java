package dev.graft.qdq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.OnnxRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** On a residual network of a few layers with weights from a seed. */
class QuantizerTest {

  private static final int SIZE = 12;
  private static final int CHANNELS = 16;

  private final Random random = new Random(7);

  private float[] numbers(int n, float spread) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = spread * (float) random.nextGaussian();
    }
    return numbers;
  }

  /** Conv, BatchNormalization, ReLU; depthwise Conv, Clip; 1 x 1 Conv; Add; pool; Gemm. */
  private OnnxGraph network(int opset) {
    float[] variances = new float[CHANNELS];
    for (int i = 0; i < CHANNELS; i++) {
      variances[i] = 0.5f + random.nextFloat();
    }
    long[] vector = {CHANNELS};
    return OnnxGraph.builder("net", opset)
        .input("x", ElementType.FLOAT, "N", 3, SIZE, SIZE)
        .initializer("stem.w", new long[] {CHANNELS, 3, 3, 3}, numbers(CHANNELS * 27, 0.2f))
        .initializer("bn.scale", vector, numbers(CHANNELS, 1))
        .initializer("bn.shift", vector, numbers(CHANNELS, 0.5f))
        .initializer("bn.mean", vector, numbers(CHANNELS, 0.1f))
        .initializer("bn.var", vector, variances)
        .initializer("dw.w", new long[] {CHANNELS, 1, 3, 3}, numbers(CHANNELS * 9, 0.3f))
        .initializer("dw.b", vector, numbers(CHANNELS, 0.2f))
        .initializer("zero", new long[0], 0f)
        .initializer("six", new long[0], 6f)
        .initializer("pw.w", new long[] {CHANNELS, CHANNELS, 1, 1}, numbers(256, 0.25f))
        .initializer("pw.b", vector, numbers(CHANNELS, 0.2f))
        .initializer("fc.w", new long[] {5, CHANNELS * 36}, numbers(5 * CHANNELS * 36, 0.05f))
        .initializer("fc.b", new long[] {5}, numbers(5, 0.1f))
        .node("Conv", List.of("x", "stem.w"), "stem", Attribute.ints("pads", 1, 1, 1, 1))
        .node(
            "BatchNormalization",
            List.of("stem", "bn.scale", "bn.shift", "bn.mean", "bn.var"),
            "bn")
        .node("Relu", List.of("bn"), "relu")
        .node(
            "Conv",
            List.of("relu", "dw.w", "dw.b"),
            "dw",
            Attribute.of("group", CHANNELS),
            Attribute.ints("pads", 1, 1, 1, 1))
        .node("Clip", List.of("dw", "zero", "six"), "clip")
        .node("Conv", List.of("clip", "pw.w", "pw.b"), "pw")
        .node("Add", List.of("pw", "relu"), "sum")
        .node(
            "MaxPool",
            List.of("sum"),
            "pool",
            Attribute.ints("kernel_shape", 2, 2),
            Attribute.ints("strides", 2, 2))
        .node("Flatten", List.of("pool"), "flat")
        .node("Gemm", List.of("flat", "fc.w", "fc.b"), "logits", Attribute.of("transB", 1))
        .output("logits", ElementType.FLOAT, "N", 5)
        .build();
  }

  private List<Initializer> examples(int n) {
    List<Initializer> examples = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      examples.add(Initializer.of("x", new long[] {1, 3, SIZE, SIZE}, numbers(3 * SIZE * SIZE, 1)));
    }
    return examples;
  }

  private static float[] run(OnnxGraph graph, String output, Initializer example) {
    try (OnnxRun run = new OnnxRun(graph, List.of(output))) {
      return run.floats(example).get(output);
    }
  }

  @Test
  void everyLayerComputesWithIntegersAndTheResultsStayNear() {
    OnnxGraph network = network(17);
    List<Initializer> examples = examples(16);
    Int8Graph int8 = Quantizer.quantize(network, "logits", examples, false);
    assertEquals(List.of(), int8.floatLayers());
    assertEquals(4, int8.int8Layers());
    assertEquals(12, int8.calibrated());
    assertEquals(4, int8.heldOut());
    // 8 bits of a bell curve that spans 4 standard deviations are about 37 dB; four layers follow
    // one another.
    assertTrue(int8.signalToNoise() > 25, int8.signalToNoise() + " dB");
    assertEquals(network.inputs(), int8.graph().inputs());
    assertEquals(network.outputs(), int8.graph().outputs());

    Map<String, OnnxNode> makers = new HashMap<>();
    int8.graph().nodes().forEach(node -> makers.put(node.outputs().get(0), node));
    for (OnnxNode node : int8.graph().nodes()) {
      if (Set.of("Conv", "Gemm", "Add", "MaxPool").contains(node.opType())) {
        for (String input : node.inputs()) {
          assertEquals("DequantizeLinear", makers.get(input).opType(), input + " of " + node);
        }
      }
      assertFalse(
          Set.of("BatchNormalization", "Relu", "Clip").contains(node.opType()),
          node + " is in the weights or the range of its neighbours");
    }
    for (Initializer constant : int8.graph().initializers().values()) {
      assertTrue(constant.size() <= CHANNELS || constant.type() == ElementType.INT8, constant + "");
    }
  }

  @Test
  void weightsWithAZeroPointMeanTheSame() {
    OnnxGraph graph =
        OnnxGraph.builder("large enough to be given one")
            .input("x", ElementType.FLOAT, "N", 128, 4, 4)
            .initializer("w", new long[] {8, 128, 3, 3}, numbers(8 * 1152, 1))
            .node("Conv", List.of("x", "w"), "y")
            .output("y", ElementType.FLOAT, "N", 8, 2, 2)
            .build();
    List<QuantizedLayer> quantized =
        Layer.of(graph).stream().map(layer -> QuantizedLayer.of(layer, false, null)).toList();
    Map<String, ActivationScale> scales =
        Map.of("x", new Range(-3, 3).scale(), "y", new Range(-200, 200).scale());
    OnnxGraph direct = QdqGraph.write(graph, quantized, scales, false);
    OnnxGraph shifted = QdqGraph.write(graph, quantized, scales, true);
    assertFalse(direct.equals(shifted));
    Initializer example = Initializer.of("x", new long[] {1, 128, 4, 4}, numbers(2048, 1));
    assertArrayEquals(run(direct, "y", example), run(shifted, "y", example));
  }

  @Test
  void normalizationIsFoldedIntoTheWeightsWithoutChangingTheResult() {
    OnnxGraph network = network(17);
    Initializer example = examples(1).get(0);
    // Products in another order: float rounding.
    assertArrayEquals(
        run(network, "logits", example), run(FoldedGraph.of(network), "logits", example), 1e-5f);
  }

  @Test
  void theMeanErrorOfRoundingIsTakenBackFromTheBias() {
    OnnxGraph network = FoldedGraph.of(network(17));
    List<Initializer> examples = examples(24);
    Layer pointwise = Layer.of(network).get(2);
    Calibration calibration = Calibration.of(network, List.of(pointwise), examples, Set.of());
    QuantizedLayer plain = QuantizedLayer.of(pointwise, true, null);
    QuantizedLayer corrected =
        QuantizedLayer.of(pointwise, true, calibration.moments().get(pointwise));
    assertArrayEquals(plain.weights().quantized(), corrected.weights().quantized());
    double[] before = meanErrors(network, pointwise, plain, examples);
    double[] after = meanErrors(network, pointwise, corrected, examples);
    // The means are those of sampled places.
    assertTrue(norm(after) < norm(before) / 3, norm(after) + " after " + norm(before));
  }

  private static double[] meanErrors(
      OnnxGraph network, Layer layer, QuantizedLayer quantized, List<Initializer> examples) {
    OnnxGraph rounded =
        network.withInitializers(
            Map.of(
                layer.weight().name(),
                quantized.weights().floats(1),
                layer.bias().name(),
                quantized.bias()));
    double[] errors = new double[CHANNELS];
    for (Initializer example : examples) {
      float[] exact = run(network, "pw", example);
      float[] found = run(rounded, "pw", example);
      for (int i = 0; i < exact.length; i++) {
        errors[i / (SIZE * SIZE)] += ((double) found[i] - exact[i]) / (SIZE * SIZE);
      }
    }
    return errors;
  }

  private static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  @Test
  void layersThatIntegersCannotDoWellStayInFloatAndAreNamed() {
    // One channel between the first two layers is ten thousand times as loud as the others, and
    // the second layer does not listen to it: 8 bits leave nothing of the others.
    float[] loud = numbers(CHANNELS * 3, 0.5f);
    float[] deaf = numbers(CHANNELS * CHANNELS, 0.25f);
    for (int i = 0; i < 3; i++) {
      loud[i] *= 1e4f;
    }
    for (int i = 0; i < CHANNELS; i++) {
      deaf[i * CHANNELS] = 0;
    }
    OnnxGraphBuilder network =
        OnnxGraph.builder("net")
            .input("x", ElementType.FLOAT, "N", 3, SIZE, SIZE)
            .initializer("w0", new long[] {CHANNELS, 3, 1, 1}, loud)
            .initializer("w1", new long[] {CHANNELS, CHANNELS, 1, 1}, deaf)
            .node("Conv", List.of("x", "w0"), "conv0")
            .node("Conv", List.of("conv0", "w1"), "conv1");
    for (int layer = 2; layer < 5; layer++) {
      network
          .initializer("w" + layer, new long[] {CHANNELS, CHANNELS, 1, 1}, numbers(256, 0.25f))
          .node("Conv", List.of("conv" + (layer - 1), "w" + layer), "conv" + layer);
    }
    OnnxGraph graph = network.output("conv4", ElementType.FLOAT, "N", CHANNELS, SIZE, SIZE).build();
    Int8Graph int8 = Quantizer.quantize(graph, "conv4", examples(8), false);
    assertEquals(List.of("conv0", "conv1"), int8.floatLayers());
    assertEquals(3, int8.int8Layers());
    assertTrue(int8.signalToNoise() > 20, int8.signalToNoise() + " dB");
  }

  @Test
  void aChannelThatIsAllButDeadKeepsItsBias() {
    OnnxGraph network = network(17);
    float[] weights = network.initializers().get("pw.w").floats();
    for (int i = 0; i < CHANNELS; i++) {
      weights[3 * CHANNELS + i] *= 1e-20f;
    }
    float[] bias = network.initializers().get("pw.b").floats();
    bias[3] = 2;
    OnnxGraph dying = network.withInitializers(Map.of("pw.w", weights, "pw.b", bias));
    Int8Graph int8 = Quantizer.quantize(dying, "logits", examples(16), false);
    assertTrue(int8.signalToNoise() > 25, int8.signalToNoise() + " dB");
  }

  @Test
  void namesThatTheGraphHasAlreadyAreNotTakenTwice() {
    long[] one = {1};
    OnnxGraph graph =
        OnnxGraph.builder("net")
            .input("x", ElementType.FLOAT, "N", 3, SIZE, SIZE)
            .initializer("y_scale", one, 3f)
            .initializer("y_weight", new long[] {CHANNELS, 3, 1, 1}, numbers(3 * CHANNELS, 1))
            .node("Conv", List.of("x", "y_weight"), "y")
            .node("Mul", List.of("y", "y_scale"), "x_quantized")
            .output("x_quantized", ElementType.FLOAT, "N", CHANNELS, SIZE, SIZE)
            .build();
    Int8Graph int8 = Quantizer.quantize(graph, "x_quantized", examples(8), false);
    assertTrue(int8.signalToNoise() > 30, int8.signalToNoise() + " dB");
    assertEquals(graph.outputs(), int8.graph().outputs());
  }

  @Test
  void oneLayerMoreReadsTheIntegersThatAreThere() {
    OnnxGraph network = network(17);
    List<Initializer> examples = examples(8);
    Int8Graph backbone =
        Quantizer.quantize(network.cut("pool", "features"), "features", examples, false);
    float[] weights = numbers(5 * CHANNELS * 36, 0.1f);
    OnnxGraph head =
        OnnxGraph.builder("head")
            .input("features", ElementType.FLOAT, "N", CHANNELS, 6, 6)
            .initializer("dense.w", new long[] {5, CHANNELS * 36}, weights)
            .initializer("dense.b", new long[] {5}, numbers(5, 1))
            .node("Flatten", List.of("features"), "vector")
            .node(
                "Gemm", List.of("vector", "dense.w", "dense.b"), "dense", Attribute.of("transB", 1))
            .output("dense", ElementType.FLOAT, "N", 5)
            .build();
    OnnxGraph rounded =
        head.withInitializers(Map.of("dense.w", Quantizer.rounded(weights, 5, false)));
    OnnxGraph floats = backbone.graph().then(rounded);
    OnnxGraph integers = Quantizer.quantizeLayer(floats, "dense", false);
    assertFalse(floats.equals(integers));
    // The same numbers, added up as integers: float rounding, of sums of 576 products.
    assertArrayEquals(
        run(floats, "dense", examples.get(0)), run(integers, "dense", examples.get(0)), 1e-4f);
    assertEquals(head, Quantizer.quantizeLayer(head, "dense", false), "it reads floats");
  }

  @Test
  void whatCannotBeQuantizedIsRefusedWithTheReason() {
    OnnxGraph network = network(17);
    refuses("opset 13", network(12), examples(8));
    refuses("at least 4 examples", network, examples(3));
    Int8Graph int8 = Quantizer.quantize(network, "logits", examples(4), false);
    refuses("quantised already", int8.graph(), examples(4));
  }

  private static void refuses(String reason, OnnxGraph graph, List<Initializer> examples) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Quantizer.quantize(graph, "logits", examples, false));
    assertTrue(e.getMessage().contains(reason), e.getMessage());
  }
}

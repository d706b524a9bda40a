package dev.graft.qdq;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a graph with QuantizeLinear and DequantizeLinear around the tensors of its quantized
 * layers, as ONNX's QDQ form wants it: a runtime that knows the form computes with integers, any
 * other the same with floats. Names of tensors stay.
 */
final class QdqGraph {

  /** The first opset whose DequantizeLinear knows a scale a channel. */
  static final int LEAST_OPSET = 13;

  /** Below this many products a number, building the matrix costs more than it saves. */
  private static final int LEAST_MATRIX = 1024;

  private final OnnxGraph graph;
  private final Map<String, QuantizedLayer> layers = new HashMap<>(); // by output
  private final QdqTensors tensors;
  private final Map<String, ActivationScale> scales;
  private final boolean shifted;
  private final OnnxGraphBuilder written;
  private final Set<String> constants = new HashSet<>();
  private final FreshNames fresh;

  private QdqGraph(
      OnnxGraph graph,
      Collection<QuantizedLayer> layers,
      Map<String, ActivationScale> scales,
      boolean shifted) {
    this.graph = graph;
    layers.forEach(layer -> this.layers.put(layer.layer().output(), layer));
    this.tensors = new QdqTensors(graph, layers.stream().map(QuantizedLayer::layer).toList());
    this.scales = scales;
    this.shifted = shifted;
    this.written = graph.withoutNodes();
    this.fresh = new FreshNames(graph);
  }

  /**
   * Quantizes.
   *
   * @param layers those of the graph that are to be
   * @param scales of all tensors of {@link QdqTensors}
   * @param shifted whether the weights of large convolutions have a zero point that is not 0 in one
   *     channel, with the same meaning: ONNX Runtime then multiplies matrices instead of convolving
   *     directly, which is faster on processors with AMX
   */
  static OnnxGraph write(
      OnnxGraph graph,
      Collection<QuantizedLayer> layers,
      Map<String, ActivationScale> scales,
      boolean shifted) {
    return new QdqGraph(graph, layers, scales, shifted).write();
  }

  private OnnxGraph write() {
    Map<String, String> renamed = new HashMap<>();
    for (TensorInfo input : graph.inputs()) {
      if (tensors.contains(input.name())) {
        String dequantized = fresh.of(input.name() + "_dequantized");
        quantize(input.name(), input.name(), dequantized);
        renamed.put(input.name(), dequantized);
      }
    }
    Set<String> absorbed = new HashSet<>(); // by output
    for (OnnxNode node : graph.nodes()) {
      if (absorbed.contains(node.outputs().get(0))) {
        continue;
      }
      List<String> inputs = new ArrayList<>();
      node.inputs().forEach(input -> inputs.add(renamed.getOrDefault(input, input)));
      List<String> results = new ArrayList<>();
      List<String> raw = new ArrayList<>();
      for (String output : node.outputs()) {
        OnnxNode activation = tensors.absorbed(output, scales).orElse(null);
        String result = output;
        if (activation != null) {
          result = activation.outputs().get(0);
          absorbed.add(result);
        }
        results.add(result);
        raw.add(tensors.contains(result) ? fresh.of(result + "_raw") : result);
      }
      QuantizedLayer layer = layers.get(node.outputs().get(0));
      if (layer != null) {
        quantizeWeights(layer, inputs);
      }
      if (node.opType().equals("Relu") && node.domain().isEmpty() && followsInFloat(node)) {
        // ONNX Runtime fuses Gemm and Relu before it looks for integers, and would then turn the
        // weights back into floats at each run. It does not fuse Max.
        String zero = fresh.of("quantization_zero");
        if (constants.add(zero)) {
          written.initializer(zero, new long[0], 0f);
        }
        written.node(node.name(), "Max", List.of(inputs.get(0), zero), raw);
      } else {
        written.node(node, inputs, raw);
      }
      for (int i = 0; i < raw.size(); i++) {
        if (!raw.get(i).equals(results.get(i))) {
          quantize(raw.get(i), results.get(i), results.get(i));
        }
      }
    }
    return written.build();
  }

  /** Whether it reads a quantized Gemm whose result stays in float. */
  private boolean followsInFloat(OnnxNode activation) {
    QuantizedLayer layer = layers.get(activation.inputs().get(0));
    return layer != null && layer.layer().node().opType().equals("Gemm");
  }

  private void quantize(String from, String name, String to) {
    ActivationScale scale = scales.get(name);
    String scaleName = fresh.of(tensors.scaleOf(name) + "_scale");
    String zeroPoint = fresh.of(tensors.scaleOf(name) + "_zero_point");
    if (constants.add(scaleName)) {
      written.initializer(scaleName, new long[0], scale.scale());
      written.initializer(Initializer.ofUint8(zeroPoint, new long[0], (byte) scale.zeroPoint()));
    }
    String quantized = fresh.of(name + "_quantized");
    written
        .node(quantized, "QuantizeLinear", List.of(from, scaleName, zeroPoint), List.of(quantized))
        .node(
            fresh.of(name + "_dequantize"),
            "DequantizeLinear",
            List.of(quantized, scaleName, zeroPoint),
            List.of(to));
  }

  /** Two layers may share their weights: each gets its own. */
  private void quantizeWeights(QuantizedLayer quantized, List<String> inputs) {
    Layer layer = quantized.layer();
    float[] bias = quantized.bias();
    float inputScale = scales.get(layer.input()).scale();
    WeightScales weights = quantized.weights();
    if (bias != null) {
      weights = weights.withRoomFor(bias, inputScale, layer.stride());
    }
    byte[] zeroPoints = new byte[layer.channels()];
    byte[] values = weights.quantized();
    if (shifted && multipliesMatrices(layer)) {
      values = values.clone();
      Arrays.fill(zeroPoints, (byte) -1); // ONNX Runtime wants the same for all
      for (int i = 0; i < values.length; i++) {
        values[i]--; // at least -128, for weights are at least -127
      }
    }
    long[] perChannel = {layer.channels()};
    String name = layer.output() + "_weight";
    String stored = fresh.of(name + "_quantized");
    String scale = fresh.of(name + "_scale");
    String zeroPoint = fresh.of(name + "_zero_point");
    written
        .initializer(Initializer.ofInt8(stored, layer.weight().shape(), values))
        .initializer(scale, perChannel, weights.scales())
        .initializer(Initializer.ofInt8(zeroPoint, perChannel, zeroPoints))
        .node(
            "DequantizeLinear",
            List.of(stored, scale, zeroPoint),
            fresh.of(name),
            Attribute.of("axis", layer.axis()));
    inputs.set(1, fresh.of(name));
    if (bias != null) {
      name = layer.output() + "_bias";
      stored = fresh.of(name + "_quantized");
      scale = fresh.of(name + "_scale");
      int[] whole = new int[bias.length];
      float[] biasScales = new float[bias.length];
      for (int c = 0; c < bias.length; c++) {
        biasScales[c] = inputScale * weights.scales()[c];
        whole[c] = (int) Math.rint(bias[c] / (double) biasScales[c]);
      }
      written
          .initializer(Initializer.ofInt32(stored, perChannel, whole))
          .initializer(scale, perChannel, biasScales)
          .node(
              "DequantizeLinear", List.of(stored, scale), fresh.of(name), Attribute.of("axis", 0));
      inputs.set(2, fresh.of(name));
    }
  }

  private static boolean multipliesMatrices(Layer layer) {
    return layer.isConvolution()
        && layer.node().intAttribute("group", 1) == 1
        && layer.products() >= LEAST_MATRIX;
  }
}

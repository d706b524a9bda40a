package dev.graft.qdq;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.onnx.OnnxNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph as quantization wants it: constants are initializers, and a BatchNormalization behind a
 * Conv is in the weights of the Conv.
 */
final class FoldedGraph {

  private static final Set<String> CONTROL_FLOW = Set.of("If", "Loop", "Scan");

  private final OnnxGraph graph;
  private final Map<String, Initializer> constants;
  private final Map<String, Integer> reads = new HashMap<>();
  private final Map<String, OnnxNode> makers = new HashMap<>();

  private FoldedGraph(OnnxGraph graph) {
    this.graph = graph;
    this.constants = new HashMap<>(graph.initializers());
    for (OnnxNode node : graph.nodes()) {
      if (CONTROL_FLOW.contains(node.opType())) {
        throw new IllegalArgumentException(
            "%s has a graph inside the %s, which cannot be quantised"
                .formatted(graph.name(), node));
      }
      node.inputs().forEach(input -> reads.merge(input, 1, Integer::sum));
      node.outputs().forEach(output -> makers.put(output, node));
    }
    graph.outputs().forEach(output -> reads.merge(output.name(), 1, Integer::sum));
  }

  static OnnxGraph of(OnnxGraph graph) {
    return new FoldedGraph(graph).fold();
  }

  private OnnxGraph fold() {
    OnnxGraphBuilder folded = graph.withoutNodes();
    for (OnnxNode node : graph.nodes()) {
      if (isConstant(node)) {
        Initializer constant = node.tensorAttribute("value").orElseThrow();
        constant = constant.named(node.outputs().get(0));
        constants.put(constant.name(), constant);
        folded.initializer(constant);
      }
    }
    Map<String, OnnxNode> normalized = new HashMap<>(); // by the output of the Conv
    Set<String> gone = new HashSet<>();
    for (OnnxNode node : graph.nodes()) {
      if (normalizesConv(node)) {
        normalized.put(node.inputs().get(0), node);
        gone.add(node.outputs().get(0));
      }
    }
    for (OnnxNode node : graph.nodes()) {
      String output = node.outputs().get(0);
      if (isConstant(node) || gone.contains(output)) {
        continue;
      }
      OnnxNode normalization = normalized.get(output);
      if (normalization == null) {
        folded.node(node, node.inputs(), node.outputs());
      } else {
        fold(node, normalization, folded);
      }
    }
    return folded.build();
  }

  private static boolean isConstant(OnnxNode node) {
    return node.domain().isEmpty()
        && node.opType().equals("Constant")
        && node.attributeNames().equals(List.of("value"));
  }

  private boolean normalizesConv(OnnxNode node) {
    if (!node.domain().isEmpty() || !node.opType().equals("BatchNormalization")) {
      return false;
    }
    OnnxNode conv = makers.get(node.inputs().get(0));
    return conv != null
        && conv.domain().isEmpty()
        && conv.opType().equals("Conv")
        && reads.get(node.inputs().get(0)) == 1
        && node.outputs().stream().skip(1).allMatch(String::isEmpty)
        && node.intAttribute("training_mode", 0) == 0
        && node.inputs().stream().skip(1).allMatch(this::isFloats)
        && conv.inputs().stream().skip(1).allMatch(this::isFloats);
  }

  private boolean isFloats(String tensor) {
    Initializer constant = constants.get(tensor);
    return constant != null && constant.type() == ElementType.FLOAT;
  }

  private void fold(OnnxNode conv, OnnxNode normalization, OnnxGraphBuilder folded) {
    List<String> parameters = normalization.inputs();
    float[] scale = floats(parameters.get(1));
    float[] shift = floats(parameters.get(2));
    float[] mean = floats(parameters.get(3));
    float[] variance = floats(parameters.get(4));
    float epsilon = normalization.floatAttribute("epsilon", 1e-5f);
    Initializer weight = constants.get(conv.inputs().get(1));
    float[] weights = weight.floats();
    boolean hasBias = conv.inputs().size() > 2;
    float[] bias = hasBias ? floats(conv.inputs().get(2)) : new float[scale.length];
    int each = weights.length / scale.length;
    for (int channel = 0; channel < scale.length; channel++) {
      double factor = scale[channel] / Math.sqrt((double) variance[channel] + epsilon);
      for (int i = channel * each; i < (channel + 1) * each; i++) {
        weights[i] *= (float) factor;
      }
      bias[channel] = (float) ((bias[channel] - mean[channel]) * factor + shift[channel]);
    }
    String output = normalization.outputs().get(0);
    folded
        .initializer(Initializer.of(output + "_folded_weight", weight.shape(), weights))
        .initializer(Initializer.of(output + "_folded_bias", new long[] {scale.length}, bias))
        .node(
            conv,
            List.of(conv.inputs().get(0), output + "_folded_weight", output + "_folded_bias"),
            List.of(output));
  }

  private float[] floats(String constant) {
    return constants.get(constant).floats();
  }
}

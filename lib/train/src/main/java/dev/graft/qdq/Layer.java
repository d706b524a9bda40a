package dev.graft.qdq;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An operation with constant weights that integers can do: Conv, Gemm, MatMul.
 *
 * @param bias of one number a channel, or null
 * @param channels of its output
 * @param stride in the weights from one number of a channel to the next
 * @param products how many make one number of its output
 */
record Layer(
    OnnxNode node, Initializer weight, Initializer bias, int channels, int stride, int products) {

  /** What it is called in lists for people. */
  String name() {
    return node.name().isEmpty() ? output() : node.name();
  }

  String input() {
    return node.inputs().get(0);
  }

  String output() {
    return node.outputs().get(0);
  }

  /** The dimension of its weights that is that of its output channels. */
  int axis() {
    return stride == 1 ? 0 : 1;
  }

  boolean isConvolution() {
    return node.opType().equals("Conv");
  }

  /** Where in the weights the i-th number of a channel is. */
  int at(int channel, int i) {
    return stride == 1 ? channel * products + i : channel + i * stride;
  }

  int groups() {
    return isConvolution() ? Math.toIntExact(node.intAttribute("group", 1)) : 1;
  }

  /** Those of a graph, in its order. */
  static List<Layer> of(OnnxGraph graph) {
    Map<String, Initializer> constants = graph.initializers();
    List<Layer> layers = new ArrayList<>();
    for (OnnxNode node : graph.nodes()) {
      if (!node.domain().isEmpty()) {
        continue;
      }
      Layer layer =
          switch (node.opType()) {
            case "Conv" -> of(node, constants, true);
            case "Gemm" -> isPlain(node) ? of(node, constants, transposed(node)) : null;
            case "MatMul" -> of(node, constants, false);
            default -> null;
          };
      if (layer != null) {
        layers.add(layer);
      }
    }
    return layers;
  }

  private static boolean isPlain(OnnxNode gemm) {
    return gemm.intAttribute("transA", 0) == 0
        && gemm.floatAttribute("alpha", 1) == 1
        && gemm.floatAttribute("beta", 1) == 1;
  }

  private static boolean transposed(OnnxNode gemm) {
    return gemm.intAttribute("transB", 0) == 1;
  }

  /** Null where it is none. */
  private static Layer of(
      OnnxNode node, Map<String, Initializer> constants, boolean channelsFirst) {
    Initializer weight = constants.get(node.inputs().get(1));
    boolean readsConstant = constants.containsKey(node.inputs().get(0));
    if (readsConstant
        || weight == null
        || weight.type() != ElementType.FLOAT
        || weight.size() == 0) {
      return null;
    }
    long[] shape = weight.shape();
    if (node.opType().equals("Conv") ? shape.length < 3 : shape.length != 2) {
      return null;
    }
    int channels = Math.toIntExact(channelsFirst ? shape[0] : shape[1]);
    Initializer bias = null;
    if (node.inputs().size() > 2 && !node.inputs().get(2).isEmpty()) {
      bias = constants.get(node.inputs().get(2));
      if (bias == null
          || bias.type() != ElementType.FLOAT
          || bias.shape().length != 1
          || bias.size() != channels) {
        return null;
      }
    }
    return new Layer(
        node, weight, bias, channels, channelsFirst ? 1 : channels, weight.size() / channels);
  }
}

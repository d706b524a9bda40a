package dev.graft.qdq;

import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.TensorInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which activations of a graph become uint8, so that its quantized layers, and what lies between
 * them, read and make integers.
 */
final class QdqTensors {

  /** Give some of the numbers that they are given: their result has the scale of their input. */
  static final Set<String> PASSING =
      Set.of("Identity", "MaxPool", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose");

  /** Done with integers wherever their inputs are. */
  private static final Set<String> INTEGER = Set.of("MaxPool", "Add");

  private static final Set<String> ACTIVATIONS = Set.of("Relu", "Clip");

  private final Map<String, Initializer> constants;
  private final Map<String, OnnxNode> makers = new HashMap<>();
  private final Map<String, List<OnnxNode>> readers = new HashMap<>();
  private final Set<String> outputs = new HashSet<>();

  /** Each with the one whose scale it shares, itself where it has its own. */
  private final Map<String, String> scaleOf = new LinkedHashMap<>();

  /**
   * @param layers those of the graph that are to be quantized
   */
  QdqTensors(OnnxGraph graph, Collection<Layer> layers) {
    constants = graph.initializers();
    graph.outputs().stream().map(TensorInfo::name).forEach(outputs::add);
    List<OnnxNode> nodes = graph.nodes();
    for (OnnxNode node : nodes) {
      node.inputs()
          .forEach(input -> readers.computeIfAbsent(input, key -> new ArrayList<>()).add(node));
      node.outputs().forEach(output -> makers.put(output, node));
    }
    Set<String> chosen = new HashSet<>();
    for (Layer layer : layers) {
      chosen.add(layer.input());
      if (layer.isConvolution()) {
        chosen.add(activated(layer.output()));
      }
    }
    List<OnnxNode> backwards = new ArrayList<>(nodes);
    Collections.reverse(backwards);
    for (OnnxNode node : backwards) {
      OnnxNode before = makers.get(node.inputs().isEmpty() ? "" : node.inputs().get(0));
      if (PASSING.contains(node.opType())
          && chosen.contains(node.outputs().get(0))
          && before != null
          && !before.opType().equals("DequantizeLinear")) { // such are quantized already
        chosen.add(node.inputs().get(0));
      }
    }
    for (OnnxNode node : nodes) {
      if (INTEGER.contains(node.opType()) && chosen.containsAll(node.inputs())) {
        chosen.add(activated(node.outputs().get(0)));
      }
    }
    for (OnnxNode node : nodes) {
      for (String output : node.outputs()) {
        if (chosen.contains(output)) {
          boolean shares =
              PASSING.contains(node.opType()) && scaleOf.containsKey(node.inputs().get(0));
          scaleOf.put(output, shares ? scaleOf.get(node.inputs().get(0)) : output);
        }
      }
    }
    for (TensorInfo input : graph.inputs()) {
      if (chosen.contains(input.name())) {
        scaleOf.put(input.name(), input.name());
      }
    }
  }

  /** The tensor itself, or what the only activation that reads it makes of it. */
  private String activated(String tensor) {
    List<OnnxNode> reading = readers.getOrDefault(tensor, List.of());
    return reading.size() == 1
            && !outputs.contains(tensor)
            && activationRange(reading.get(0)).isPresent()
        ? reading.get(0).outputs().get(0)
        : tensor;
  }

  /** Those whose values must be seen to choose the scales. */
  Set<String> measured() {
    return new HashSet<>(scaleOf.values());
  }

  /** All of them. */
  Set<String> names() {
    return scaleOf.keySet();
  }

  boolean contains(String tensor) {
    return scaleOf.containsKey(tensor);
  }

  /** Which of the measured ones has its scale. */
  String scaleOf(String tensor) {
    return scaleOf.get(tensor);
  }

  /**
   * The activation that may be left out, because the uint8 range of its result cuts off what it
   * would: the only reader of this tensor.
   */
  Optional<OnnxNode> absorbed(String tensor, Map<String, ActivationScale> scales) {
    String result = activated(tensor);
    if (result.equals(tensor) || contains(tensor) || !contains(result)) {
      return Optional.empty();
    }
    OnnxNode activation = makers.get(result);
    Range kept = activationRange(activation).orElseThrow();
    ActivationScale scale = scales.get(result);
    float rounding = 1e-6f * (scale.max() - scale.min());
    return scale.min() >= kept.min() - rounding && scale.max() <= kept.max() + rounding
        ? Optional.of(activation)
        : Optional.empty();
  }

  /** What a ReLU or Clip gives; empty if it is neither, or its bounds are computed. */
  private Optional<Range> activationRange(OnnxNode node) {
    if (!node.domain().isEmpty() || !ACTIVATIONS.contains(node.opType())) {
      return Optional.empty();
    }
    if (node.opType().equals("Relu")) {
      return Optional.of(new Range(0, Float.MAX_VALUE));
    }
    float[] bounds = {
      node.floatAttribute("min", -Float.MAX_VALUE), node.floatAttribute("max", Float.MAX_VALUE)
    };
    for (int i = 0; i < 2; i++) {
      if (node.inputs().size() > i + 1 && !node.inputs().get(i + 1).isEmpty()) {
        Initializer bound = constants.get(node.inputs().get(i + 1));
        if (bound == null) {
          return Optional.empty();
        }
        bounds[i] = bound.floats()[0];
      }
    }
    return bounds[0] <= 0 && bounds[1] >= 0
        ? Optional.of(new Range(bounds[0], bounds[1]))
        : Optional.empty();
  }
}

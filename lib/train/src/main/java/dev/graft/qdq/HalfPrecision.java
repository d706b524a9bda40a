package dev.graft.qdq;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.onnx.OnnxNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Half the size: weights stored as 16-bit floats (IEEE 754 binary16), with a Cast in front of each
 * that gives 32-bit floats. Runtimes do that once, when they load the file; computing in 16 bits is
 * slower on most processors.
 */
public final class HalfPrecision {

  /** Smaller ones are not worth a Cast. */
  private static final int LEAST_SIZE = 256;

  /** The greatest finite number of 16 bits. */
  private static final float LARGEST = 65504;

  private static final String HALVES = "_fp16";
  private static final String FLOATS = "_fp32";

  private HalfPrecision() {}

  /** The graph with its weights rounded to 16 bits; those beyond their range stay as they are. */
  public static OnnxGraph of(OnnxGraph graph) {
    OnnxGraphBuilder written = graph.withoutNodes();
    FreshNames fresh = new FreshNames(graph);
    Set<String> outputs = new HashSet<>();
    graph.outputs().forEach(output -> outputs.add(output.name()));
    Map<String, Initializer> constants = graph.initializers();
    Set<String> stored = new HashSet<>();
    constants.forEach(
        (name, constant) -> {
          if (isHalved(constant) && !outputs.contains(name)) {
            stored.add(name);
          }
        });
    for (String name : constants.keySet()) {
      if (stored.contains(name)) {
        Initializer constant = constants.get(name);
        String half = fresh.of(name + HALVES);
        written
            .initializer(Initializer.ofFloat16(half, constant.shape(), constant.floats()))
            .node(
                fresh.of(name + "/Cast"),
                "Cast",
                List.of(half),
                List.of(fresh.of(name + FLOATS)),
                Attribute.of("to", ElementType.FLOAT.code()));
      }
    }
    for (OnnxNode node : graph.nodes()) {
      List<String> inputs =
          node.inputs().stream()
              .map(name -> stored.contains(name) ? fresh.of(name + FLOATS) : name)
              .toList();
      written.node(node, inputs, node.outputs());
    }
    return written.build();
  }

  /** What becomes of these weights: each the nearest number of 16 bits. */
  public static float[] rounded(float[] weights) {
    return Initializer.ofFloat16("", new long[] {weights.length}, weights).floats();
  }

  private static boolean isHalved(Initializer constant) {
    if (constant.type() != ElementType.FLOAT || constant.size() < LEAST_SIZE) {
      return false;
    }
    for (float value : constant.floats()) {
      if (!(Math.abs(value) <= LARGEST)) {
        return false;
      }
    }
    return true;
  }
}

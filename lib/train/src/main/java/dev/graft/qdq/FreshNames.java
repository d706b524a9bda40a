package dev.graft.qdq;

import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Names for what is added to a graph. */
final class FreshNames {

  private final Set<String> taken = new HashSet<>();
  private final Map<String, String> found = new HashMap<>(); // by what was wished

  FreshNames(OnnxGraph graph) {
    graph.inputs().forEach(input -> taken.add(input.name()));
    taken.addAll(graph.initializers().keySet());
    for (OnnxNode node : graph.nodes()) {
      taken.add(node.name());
      taken.addAll(node.outputs());
    }
  }

  /** A name that the graph does not have; the same one for the same wish. */
  String of(String wished) {
    return found.computeIfAbsent(
        wished,
        name -> {
          String free = name;
          while (!taken.add(free)) {
            free += "_";
          }
          return free;
        });
  }
}

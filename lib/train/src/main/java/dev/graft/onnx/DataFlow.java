package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which tensors of a graph come from which. The values of a tensor that is only asked for its shape
 * go nowhere: Shape and Size end the flow.
 */
final class DataFlow {

  private final GraphProto graph;

  /** What each node reads, subgraphs included, in the order of the nodes. */
  private final List<Set<String>> reads = new ArrayList<>();

  DataFlow(GraphProto graph) {
    this.graph = graph;
    for (NodeProto node : graph.getNodeList()) {
      Set<String> tensors = new LinkedHashSet<>();
      GraphNames.collectReads(node, tensors);
      tensors.remove("");
      reads.add(tensors);
    }
  }

  static boolean asksForTheShape(NodeProto node) {
    boolean standard = node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
    return standard && (node.getOpType().equals("Shape") || node.getOpType().equals("Size"));
  }

  /** These tensors and all that is computed from their values. */
  Set<String> from(Collection<String> tensors) {
    Set<String> reached = new HashSet<>(tensors);
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto node = graph.getNode(i);
      if (!asksForTheShape(node) && reads.get(i).stream().anyMatch(reached::contains)) {
        reached.addAll(node.getOutputList());
      }
    }
    reached.remove("");
    return reached;
  }

  /**
   * The tensors that every path from the inputs to the outputs goes through, in the order of the
   * paths, both ends included.
   *
   * @param inputs without the initializers
   */
  List<String> cutPoints(List<String> inputs) {
    Set<String> fromInputs = from(inputs);
    // The number of the last node that reads a tensor on a path.
    Map<String, Integer> lastRead = new HashMap<>();
    for (ValueInfoProto output : graph.getOutputList()) {
      lastRead.put(output.getName(), Integer.MAX_VALUE);
    }
    boolean[] onPath = new boolean[graph.getNodeCount()];
    for (int i = graph.getNodeCount() - 1; i >= 0; i--) {
      NodeProto node = graph.getNode(i);
      onPath[i] =
          !asksForTheShape(node)
              && reads.get(i).stream().anyMatch(fromInputs::contains)
              && node.getOutputList().stream().anyMatch(lastRead::containsKey);
      if (onPath[i]) {
        for (String read : reads.get(i)) {
          if (fromInputs.contains(read)) {
            lastRead.putIfAbsent(read, i);
          }
        }
      }
    }
    // Nodes are in the order in which they compute: what a tensor on every path needs was computed
    // before it, what needs it comes later. So when it is made, nothing else waits to be read.
    Set<String> waiting = new LinkedHashSet<>(inputs);
    waiting.retainAll(lastRead.keySet());
    List<String> points = new ArrayList<>();
    if (waiting.size() == 1) {
      points.addAll(waiting);
    }
    for (int i = 0; i < onPath.length; i++) {
      if (onPath[i]) {
        for (String read : reads.get(i)) {
          waiting.remove(lastRead.getOrDefault(read, -1) == i ? read : "");
        }
        for (String output : graph.getNode(i).getOutputList()) {
          if (lastRead.containsKey(output)) {
            waiting.add(output);
          }
        }
        if (waiting.size() == 1) {
          points.addAll(waiting);
        }
      }
    }
    return points;
  }

  Set<String> reads(int node) {
    return reads.get(node);
  }
}

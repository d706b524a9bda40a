package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The names in a graph. */
final class GraphNames {

  private GraphNames() {}

  /** Those of everything in it and in the graphs inside its nodes; a new set. */
  static Set<String> all(GraphProto graph) {
    Set<String> names = tensors(graph);
    graph.getValueInfoList().forEach(value -> names.add(value.getName()));
    for (NodeProto node : graph.getNodeList()) {
      names.add(node.getName());
      subgraphs(node).forEach(inner -> names.addAll(all(inner)));
    }
    names.remove("");
    return names;
  }

  /** Those of the tensors that it makes or is given; a new set. */
  static Set<String> tensors(GraphProto graph) {
    Set<String> tensors = new LinkedHashSet<>();
    graph.getInputList().forEach(value -> tensors.add(value.getName()));
    graph.getInitializerList().forEach(tensor -> tensors.add(tensor.getName()));
    graph.getSparseInitializerList().forEach(tensor -> tensors.add(tensor.getValues().getName()));
    graph.getNodeList().forEach(node -> tensors.addAll(node.getOutputList()));
    tensors.remove("");
    return tensors;
  }

  /** Adds the names of what a node reads, by itself and by the graphs inside it. */
  static void collectReads(NodeProto node, Set<String> into) {
    into.addAll(node.getInputList());
    for (GraphProto inner : subgraphs(node)) {
      inner.getNodeList().forEach(step -> collectReads(step, into));
      inner.getOutputList().forEach(output -> into.add(output.getName()));
    }
  }

  private static List<GraphProto> subgraphs(NodeProto node) {
    List<GraphProto> graphs = new ArrayList<>();
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        graphs.add(attribute.getG());
      }
      graphs.addAll(attribute.getGraphsList());
    }
    return graphs;
  }

  /** Those five that are most like a name that is none of them. */
  static List<String> nearest(String wanted, Collection<String> names) {
    Map<String, Integer> distances =
        names.stream().collect(Collectors.toMap(name -> name, name -> distance(wanted, name)));
    return names.stream().sorted(Comparator.comparing(distances::get)).limit(5).toList();
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}

package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.HashSet;
import java.util.Set;

/** Finds what is wrong with a graph that a file or a builder brings. */
final class GraphCheck {

  private GraphCheck() {}

  /** What is wrong with a graph, or null. */
  static String complaint(GraphProto graph) {
    Set<String> known = new HashSet<>();
    graph.getInputList().forEach(input -> known.add(input.getName()));
    for (TensorProto tensor : graph.getInitializerList()) {
      String complaint = Initializer.complaint(tensor);
      if (complaint != null) {
        return complaint;
      }
      known.add(tensor.getName());
    }
    graph.getSparseInitializerList().forEach(tensor -> known.add(tensor.getValues().getName()));
    known.add("");
    for (NodeProto node : graph.getNodeList()) {
      for (String input : node.getInputList()) {
        if (!known.contains(input)) {
          return new OnnxNode(node) + " reads " + input + ", which nothing before it makes";
        }
      }
      for (String output : node.getOutputList()) {
        if (!known.add(output) && !output.isEmpty()) {
          return output + " is made twice, the second time by the " + new OnnxNode(node);
        }
      }
    }
    if (graph.getOutputCount() == 0) {
      return "it has no output";
    }
    for (ValueInfoProto output : graph.getOutputList()) {
      if (!known.contains(output.getName())) {
        return "nothing makes its output " + output.getName();
      }
    }
    return null;
  }
}

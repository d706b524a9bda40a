package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorAnnotation;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes from a graph what is not needed. */
final class Pruning {

  private Pruning() {}

  /** {@link OnnxGraph#withOutputs}. */
  static OnnxGraph outputs(OnnxGraph whole, TensorInfo... outputs) {
    GraphProto graph = whole.model().getGraph();
    Set<String> needed = new HashSet<>();
    for (TensorInfo output : outputs) {
      whole.requireTensor(output.name());
      needed.add(output.name());
    }
    List<NodeProto> kept = new ArrayList<>();
    for (int i = graph.getNodeCount() - 1; i >= 0; i--) {
      NodeProto node = graph.getNode(i);
      if (node.getOutputList().stream().anyMatch(needed::contains)) {
        kept.add(node);
        GraphNames.collectReads(node, needed);
      }
    }
    Collections.reverse(kept);
    GraphProto.Builder pruned =
        graph.toBuilder()
            .clearNode()
            .addAllNode(kept)
            .clearInput()
            .clearInitializer()
            .clearSparseInitializer()
            .clearOutput()
            .clearValueInfo()
            .clearQuantizationAnnotation();
    Set<String> present = new HashSet<>(needed);
    kept.forEach(node -> present.addAll(node.getOutputList()));
    for (ValueInfoProto input : graph.getInputList()) {
      if (needed.contains(input.getName())) {
        pruned.addInput(input);
      }
    }
    for (TensorProto tensor : graph.getInitializerList()) {
      if (needed.contains(tensor.getName())) {
        pruned.addInitializer(tensor);
      }
    }
    for (SparseTensorProto tensor : graph.getSparseInitializerList()) {
      if (needed.contains(tensor.getValues().getName())) {
        pruned.addSparseInitializer(tensor);
      }
    }
    Set<String> outputNames = new HashSet<>();
    for (TensorInfo output : outputs) {
      outputNames.add(output.name());
      pruned.addOutput(output.proto());
    }
    for (ValueInfoProto value : graph.getValueInfoList()) {
      if (present.contains(value.getName()) && !outputNames.contains(value.getName())) {
        pruned.addValueInfo(value);
      }
    }
    for (TensorAnnotation annotation : graph.getQuantizationAnnotationList()) {
      if (present.contains(annotation.getTensorName())) {
        pruned.addQuantizationAnnotation(annotation);
      }
    }
    return whole.withGraph(pruned.build());
  }

  /** {@link OnnxGraph#cut}. */
  static OnnxGraph cut(OnnxGraph whole, String tensor, String outputName) {
    OnnxGraph pruned = outputs(whole, whole.tensor(tensor));
    if (outputName.equals(tensor)) {
      return pruned;
    }
    GraphProto graph = pruned.model().getGraph();
    if (GraphNames.all(graph).contains(outputName)) {
      throw new IllegalArgumentException(
          "the cut at %s cannot be called %s: a tensor has that name already"
              .formatted(tensor, outputName));
    }
    GraphProto.Builder renamed =
        graph.toBuilder()
            .addNode(
                NodeProto.newBuilder()
                    .setName(outputName)
                    .setOpType("Identity")
                    .addInput(tensor)
                    .addOutput(outputName))
            .setOutput(0, graph.getOutput(0).toBuilder().setName(outputName));
    if (graph.getValueInfoList().stream().noneMatch(value -> value.getName().equals(tensor))) {
      renamed.addValueInfo(graph.getOutput(0));
    }
    return whole.withGraph(renamed.build());
  }

  /** {@link OnnxGraph#without}. */
  static OnnxGraph without(OnnxGraph whole, String operator) {
    Map<String, String> passed = new HashMap<>();
    GraphProto.Builder rest = whole.model().getGraph().toBuilder().clearNode();
    for (NodeProto node : whole.model().getGraph().getNodeList()) {
      if (new OnnxNode(node).domain().isEmpty() && node.getOpType().equals(operator)) {
        String from = node.getInput(0);
        passed.put(node.getOutput(0), passed.getOrDefault(from, from));
      } else {
        NodeProto.Builder kept = node.toBuilder();
        for (int i = 0; i < kept.getInputCount(); i++) {
          kept.setInput(i, passed.getOrDefault(kept.getInput(i), kept.getInput(i)));
        }
        rest.addNode(kept);
      }
    }
    for (TensorInfo output : whole.outputs()) {
      if (passed.containsKey(output.name())) {
        throw new IllegalArgumentException(
            "the graph %s cannot do without %s: it makes the output %s"
                .formatted(whole.name(), operator, output.name()));
      }
    }
    return outputs(whole.withGraph(rest.build()), whole.outputs().toArray(TensorInfo[]::new));
  }
}

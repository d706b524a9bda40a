package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorAnnotation;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Makes one graph of two, and renames what would be called alike. */
final class Joining {

  private Joining() {}

  /** {@link OnnxGraph#then}. */
  static OnnxGraph join(OnnxGraph before, OnnxGraph next) {
    if (before.outputs().size() != 1 || next.inputs().size() != 1) {
      throw new IllegalArgumentException(
          "graphs are joined at one tensor: expected one output of %s and one input of %s, found %s"
                  .formatted(before.name(), next.name(), before.outputs())
              + " and "
              + next.inputs());
    }
    TensorInfo entry = next.inputs().get(0);
    OnnxGraph freed =
        freeing(
            before,
            next.outputs().stream()
                .map(TensorInfo::name)
                .filter(name -> !name.equals(entry.name())) // passed on, under its name here
                .toList());
    TensorInfo joint = freed.outputs().get(0);
    if (joint.type() != entry.type()) {
      throw new IllegalArgumentException(
          "cannot join %s of %s to %s of %s".formatted(joint, before.name(), entry, next.name()));
    }
    Map<String, Long> opsets = new LinkedHashMap<>(before.opsets());
    next.opsets()
        .forEach(
            (domain, version) -> {
              Long ours = opsets.putIfAbsent(domain, version);
              if (ours != null && !ours.equals(version)) {
                throw new IllegalArgumentException(
                    "cannot join %s of opset %d to %s of opset %d; convert one of them with"
                            .formatted(before.name(), ours, next.name(), version)
                        + " onnx.version_converter");
              }
            });
    GraphProto first = freed.model().getGraph();
    GraphProto second = renamed(next, first, joint.name(), entry.name());
    GraphProto.Builder joined =
        first.toBuilder()
            .clearOutput()
            .addAllNode(second.getNodeList())
            .addAllInitializer(second.getInitializerList())
            .addAllSparseInitializer(second.getSparseInitializerList())
            .addAllOutput(second.getOutputList())
            .addAllValueInfo(second.getValueInfoList())
            .addAllQuantizationAnnotation(second.getQuantizationAnnotationList());
    if (next.outputs().stream().noneMatch(output -> output.name().equals(entry.name()))) {
      joined.addValueInfo(first.getOutput(0)); // an output declares itself
    }
    for (ValueInfoProto input : second.getInputList()) {
      if (!input.getName().equals(joint.name())) {
        joined.addInput(input);
      }
    }
    ModelProto.Builder both =
        before.model().toBuilder()
            .setIrVersion(Math.max(before.irVersion(), next.irVersion()))
            .clearOpsetImport()
            .setGraph(joined)
            .addAllFunctions(next.model().getFunctionsList());
    opsets.forEach(
        (domain, version) ->
            both.addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version)));
    return new OnnxGraph(both.build()).withMetadata(next.metadata());
  }

  /** A graph with other names for what is called so in it, but for its inputs. */
  private static OnnxGraph freeing(OnnxGraph whole, Collection<String> wanted) {
    GraphProto graph = whole.model().getGraph();
    Set<String> own = GraphNames.all(graph);
    Map<String, String> renamed = new HashMap<>();
    for (String name : wanted) {
      if (own.contains(name)
          && whole.inputs().stream().noneMatch(input -> input.name().equals(name))) {
        String fresh = graph.getName() + "/" + name;
        while (own.contains(fresh) || wanted.contains(fresh)) {
          fresh = graph.getName() + "/" + fresh;
        }
        renamed.put(name, fresh);
      }
    }
    return renamed.isEmpty()
        ? whole
        : whole.withGraph(rename(graph, name -> renamed.getOrDefault(name, name)));
  }

  /** A graph with its input named as the joint, and its other names unlike those of first. */
  private static GraphProto renamed(OnnxGraph next, GraphProto first, String joint, String entry) {
    GraphProto graph = next.model().getGraph();
    Set<String> taken = GraphNames.all(first);
    for (TensorInfo output : next.outputs()) {
      if (taken.contains(output.name()) && !output.name().equals(entry)) {
        throw new IllegalArgumentException(
            "the output %s of %s is also the name of a tensor or node of %s; give it another name"
                .formatted(output.name(), graph.getName(), first.getName()));
      }
    }
    Set<String> own = GraphNames.all(graph);
    own.remove(entry);
    Map<String, String> renamed = new HashMap<>();
    renamed.put(entry, joint);
    for (String name : own) {
      if (taken.contains(name)) {
        String fresh = graph.getName() + "/" + name;
        while (taken.contains(fresh) || own.contains(fresh)) {
          fresh = graph.getName() + "/" + fresh;
        }
        renamed.put(name, fresh);
      }
    }
    return rename(graph, name -> renamed.getOrDefault(name, name));
  }

  private static GraphProto rename(GraphProto graph, UnaryOperator<String> to) {
    GraphProto.Builder changed = graph.toBuilder();
    changed.getInputBuilderList().forEach(value -> value.setName(to.apply(value.getName())));
    changed.getOutputBuilderList().forEach(value -> value.setName(to.apply(value.getName())));
    changed.getValueInfoBuilderList().forEach(value -> value.setName(to.apply(value.getName())));
    changed.getInitializerBuilderList().forEach(value -> value.setName(to.apply(value.getName())));
    for (SparseTensorProto.Builder tensor : changed.getSparseInitializerBuilderList()) {
      tensor.getValuesBuilder().setName(to.apply(tensor.getValues().getName()));
    }
    for (TensorAnnotation.Builder annotation : changed.getQuantizationAnnotationBuilderList()) {
      annotation.setTensorName(to.apply(annotation.getTensorName()));
      annotation
          .getQuantParameterTensorNamesBuilderList()
          .forEach(entry -> entry.setValue(to.apply(entry.getValue())));
    }
    for (NodeProto.Builder node : changed.getNodeBuilderList()) {
      node.setName(to.apply(node.getName()));
      List<String> inputs = node.getInputList().stream().map(to).toList();
      List<String> outputs = node.getOutputList().stream().map(to).toList();
      node.clearInput().addAllInput(inputs).clearOutput().addAllOutput(outputs);
      for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
        if (attribute.hasG()) {
          attribute.setG(rename(attribute.getG(), to));
        }
        for (int i = 0; i < attribute.getGraphsCount(); i++) {
          attribute.setGraphs(i, rename(attribute.getGraphs(i), to));
        }
      }
    }
    return changed.build();
  }
}

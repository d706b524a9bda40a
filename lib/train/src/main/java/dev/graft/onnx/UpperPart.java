package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes a graph apart: what is above one of its tensors. */
final class UpperPart {

  private final OnnxGraph whole;
  private final GraphProto graph;
  private final TensorInfo cutPoint;
  private final Set<String> inputs = new HashSet<>();

  /** All that comes from the inputs, and what of that comes from the cut point. */
  private final Set<String> fromInputs;

  private final Set<String> fromCutPoint;

  /** The nodes that ask for the shape of a tensor below the cut point, by what they make. */
  private final Map<String, NodeProto> asking = new HashMap<>();

  UpperPart(OnnxGraph whole, GraphProto graph, TensorInfo cutPoint) {
    this.whole = whole;
    this.graph = graph;
    this.cutPoint = cutPoint;
    whole.inputs().forEach(input -> inputs.add(input.name()));
    DataFlow flow = new DataFlow(graph);
    fromInputs = flow.from(inputs);
    fromCutPoint = flow.from(List.of(cutPoint.name()));
  }

  /** With the cut point as its only input; still with all nodes, needed or not. */
  GraphProto build() {
    for (TensorInfo output : whole.outputs()) {
      if (!fromCutPoint.contains(output.name()) || output.name().equals(cutPoint.name())) {
        throw refused("the output " + output.name() + " is not computed from it");
      }
    }
    if (!whole.cutPoints().contains(cutPoint.name())) {
      throw refused(bypass());
    }
    GraphProto.Builder part = graph.toBuilder().clearInput().clearValueInfo().clearNode();
    part.addInput(cutPoint.proto());
    graph.getInputList().stream()
        .filter(input -> !inputs.contains(input.getName()))
        .forEach(part::addInput);
    graph.getValueInfoList().stream()
        .filter(value -> !value.getName().equals(cutPoint.name()))
        .forEach(part::addValueInfo);
    for (NodeProto node : graph.getNodeList()) {
      int made = node.getOutputList().indexOf(cutPoint.name());
      if (made >= 0) {
        part.addNode(node.toBuilder().setOutput(made, ""));
      } else if (asksBelow(node)) {
        // Of whatever is there, for now: its own tensor would bring all that is below it.
        part.addNode(node.toBuilder().setInput(0, cutPoint.name()));
        asking.put(node.getOutput(0), node);
      } else {
        part.addNode(node);
      }
    }
    return part.build();
  }

  /**
   * With the declared shapes in place of the nodes that ask for those of tensors below the cut
   * point.
   */
  GraphProto withShapes(GraphProto part) {
    GraphProto.Builder known = part.toBuilder().clearNode();
    Set<String> taken = GraphNames.all(part);
    for (NodeProto node : part.getNodeList()) {
      NodeProto original = asking.get(node.getOutput(0));
      if (original == null) {
        known.addNode(node);
      } else {
        addShape(known, original, taken);
      }
    }
    return known.build();
  }

  private boolean asksBelow(NodeProto node) {
    return DataFlow.asksForTheShape(node)
        && fromInputs.contains(node.getInput(0))
        && !fromCutPoint.contains(node.getInput(0));
  }

  private String bypass() {
    DataFlow flow = new DataFlow(graph);
    for (int i = 0; i < graph.getNodeCount(); i++) {
      if (graph.getNode(i).getOutputList().stream().anyMatch(fromCutPoint::contains)
          && !graph.getNode(i).getOutputList().contains(cutPoint.name())) {
        for (String read : flow.reads(i)) {
          if (fromInputs.contains(read) && !fromCutPoint.contains(read)) {
            return "the %s also reads %s, which does not come from it"
                .formatted(new OnnxNode(graph.getNode(i)), read);
          }
        }
      }
    }
    return "the outputs need more than it";
  }

  private IllegalArgumentException refused(String why) {
    return new IllegalArgumentException(
        "the graph %s cannot be taken apart at %s: %s"
            .formatted(whole.name(), cutPoint.name(), why));
  }

  /** The declared shape in place of a node that asks for it. */
  private void addShape(GraphProto.Builder part, NodeProto node, Set<String> taken) {
    String tensor = node.getInput(0);
    Shape shape = whole.tensor(tensor).shape();
    OnnxNode question = new OnnxNode(node);
    if (shape.equals(Shape.UNKNOWN) || node.getOpType().equals("Size")) {
      throw refused("the %s asks for the shape of %s".formatted(question, tensor));
    }
    int rank = shape.rank();
    int start = position(question.intAttribute("start", 0), rank);
    int end = Math.max(start, position(question.intAttribute("end", rank), rank));
    String output = node.getOutput(0);
    List<Shape.Dim> dims = shape.dims().subList(start, end);
    if (dims.stream().allMatch(dim -> dim.size() >= 0)) {
      long[] sizes = dims.stream().mapToLong(Shape.Dim::size).toArray();
      part.addInitializer(Initializer.tensor(output, new long[] {sizes.length}, sizes));
      return;
    }
    Shape.Dim first = cutPoint.shape().rank() > 0 ? cutPoint.shape().dims().get(0) : null;
    if (!isBatch(first) || !dims.stream().allMatch(dim -> dim.size() >= 0 || isBatch(dim))) {
      throw refused(
          "the %s asks for the size of %s %s, which is declared neither as a number nor as that of"
                  .formatted(question, tensor, shape)
              + " the input, or "
              + cutPoint
              + " does not begin with it");
    }
    String cutPointShape = fresh(output + "/of_" + cutPoint.name(), taken);
    String zero = fresh(output + "/first", taken);
    String rows = fresh(output + "/rows", taken);
    part.addInitializer(Initializer.tensor(zero, new long[] {1}, new long[] {0}));
    part.addNode(operation("Shape", cutPointShape, List.of(cutPoint.name())));
    part.addNode(operation("Gather", rows, List.of(cutPointShape, zero)));
    List<String> sizes = new ArrayList<>();
    for (Shape.Dim dim : dims) {
      if (dim.size() < 0) {
        sizes.add(rows);
      } else {
        String size = fresh(output + "/size", taken);
        part.addInitializer(Initializer.tensor(size, new long[] {1}, new long[] {dim.size()}));
        sizes.add(size);
      }
    }
    part.addNode(
        operation("Concat", output, sizes).toBuilder()
            .addAttribute(
                AttributeProto.newBuilder().setName("axis").setType(AttributeType.INT).setI(0)));
  }

  private boolean isBatch(Shape.Dim dim) {
    Shape input = whole.inputs().get(0).shape();
    return dim != null
        && dim.symbol() != null
        && !dim.symbol().equals("?")
        && input.rank() > 0
        && dim.equals(input.dims().get(0));
  }

  private static int position(long index, int rank) {
    return (int) Math.max(0, Math.min(rank, index < 0 ? index + rank : index));
  }

  private static String fresh(String name, Set<String> taken) {
    String fresh = name;
    while (!taken.add(fresh)) {
      fresh += "_";
    }
    return fresh;
  }

  private static NodeProto operation(String operator, String output, List<String> inputs) {
    return NodeProto.newBuilder()
        .setName(output)
        .setOpType(operator)
        .addAllInput(inputs)
        .addOutput(output)
        .build();
  }
}

package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Frees a graph of the size of a batch that was written into it. */
final class FreeBatch {

  private final GraphProto graph;
  private final Set<String> computed;
  private final Set<String> taken;
  private GraphProto.Builder freed;

  FreeBatch(OnnxGraph whole, GraphProto graph) {
    this.graph = graph;
    computed = whole.computedFrom(whole.inputs().stream().map(TensorInfo::name).toList());
    taken = GraphNames.all(graph);
  }

  /** The shapes that are reshaped to, and the constants that are joined. */
  Set<String> tensors() {
    Set<String> tensors = new LinkedHashSet<>();
    for (NodeProto node : graph.getNodeList()) {
      if (isReshape(node)) {
        tensors.add(node.getInput(1));
      } else if (isJoin(node)) {
        node.getInputList().stream().filter(i -> !computed.contains(i)).forEach(tensors::add);
      }
    }
    return tensors;
  }

  GraphProto free(long batch, Map<String, Initializer> values) {
    freed = graph.toBuilder().clearNode();
    for (NodeProto node : graph.getNodeList()) {
      if (isReshape(node)) {
        freed.addNode(reshape(node, batch, values.get(node.getInput(1))));
      } else if (isJoin(node)) {
        freed.addNode(join(node, batch, values));
      } else {
        freed.addNode(node);
      }
    }
    return freed.build();
  }

  private boolean isReshape(NodeProto node) {
    return node.getOpType().equals("Reshape")
        && node.getInputCount() == 2
        && computed.contains(node.getInput(0))
        && !computed.contains(node.getInput(1));
  }

  /** Of a constant and of what comes from the input, along another axis than the batch. */
  private boolean isJoin(NodeProto node) {
    return node.getOpType().equals("Concat")
        && new OnnxNode(node).intAttribute("axis", 0) != 0
        && node.getInputList().stream().anyMatch(computed::contains)
        && !node.getInputList().stream().allMatch(computed::contains);
  }

  private NodeProto reshape(NodeProto node, long batch, Initializer shape) {
    long[] free = shape.longs();
    boolean rest = Arrays.stream(free).anyMatch(size -> size == -1);
    // 0 says "as it was" only where allowzero is not set.
    boolean zero = new OnnxNode(node).intAttribute("allowzero", 0) == 0;
    if (free.length == 0 || free[0] != batch || (rest && !zero)) {
      return node;
    }
    free[0] = rest ? 0 : -1;
    return node.toBuilder().setInput(1, constant(node.getInput(1) + "/free", free)).build();
  }

  private NodeProto join(NodeProto node, long batch, Map<String, Initializer> values) {
    String model = node.getInputList().stream().filter(computed::contains).findFirst().orElse("");
    NodeProto.Builder joined = node.toBuilder();
    for (int i = 0; i < node.getInputCount(); i++) {
      String tensor = node.getInput(i);
      long[] shape = computed.contains(tensor) ? new long[0] : values.get(tensor).shape();
      // In a larger batch each row might be another.
      if (shape.length > 1 && shape[0] == 1 && batch == 1) {
        String repeated = fresh(node.getOutput(0) + "/repeated");
        String size = fresh(repeated + "/shape");
        String rows = fresh(repeated + "/rows");
        String full = fresh(repeated + "/size");
        add("Shape", List.of(model), size);
        add("Gather", List.of(size, constant(repeated + "/first", 0)), rows);
        String others = constant(repeated + "/others", Arrays.copyOfRange(shape, 1, shape.length));
        freed.addNode(
            operation("Concat", List.of(rows, others), full)
                .addAttribute(
                    AttributeProto.newBuilder()
                        .setName("axis")
                        .setType(AttributeType.INT)
                        .setI(0)));
        add("Expand", List.of(tensor, full), repeated);
        joined.setInput(i, repeated);
      }
    }
    return joined.build();
  }

  private String constant(String name, long... values) {
    String fresh = fresh(name);
    freed.addInitializer(Initializer.tensor(fresh, new long[] {values.length}, values));
    return fresh;
  }

  private void add(String operator, List<String> inputs, String output) {
    freed.addNode(operation(operator, inputs, output));
  }

  private static NodeProto.Builder operation(String operator, List<String> inputs, String output) {
    return NodeProto.newBuilder()
        .setName(output)
        .setOpType(operator)
        .addAllInput(inputs)
        .addOutput(output);
  }

  private String fresh(String name) {
    String fresh = name;
    while (!taken.add(fresh)) {
      fresh += "_";
    }
    return fresh;
  }
}

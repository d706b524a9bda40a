package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import com.google.protobuf.ByteString;
import java.util.List;

/** Builds a graph; nodes in the order in which they compute. Not thread-safe. */
public final class OnnxGraphBuilder {

  static final int OPSET = 17;
  private static final int IR_VERSION = 8;

  private final ModelProto model;
  private final GraphProto.Builder graph;
  private final boolean prune;

  OnnxGraphBuilder(String name, int opset) {
    model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("graft")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset))
            .buildPartial();
    graph = GraphProto.newBuilder().setName(name);
    prune = false;
  }

  OnnxGraphBuilder(ModelProto model) {
    this.model = model;
    graph = model.getGraph().toBuilder().clearNode();
    prune = true;
  }

  /**
   * Adds what a caller feeds.
   *
   * @param dims each a name (String) or a size (Integer, Long)
   */
  public OnnxGraphBuilder input(String name, ElementType type, Object... dims) {
    graph.addInput(new TensorInfo(name, type, Shape.of(dims)).proto());
    return this;
  }

  /**
   * Names a result that a caller gets.
   *
   * @param dims each a name (String) or a size (Integer, Long)
   */
  public OnnxGraphBuilder output(String name, ElementType type, Object... dims) {
    graph.addOutput(new TensorInfo(name, type, Shape.of(dims)).proto());
    return this;
  }

  /** Says the shape of an intermediate result: a place to cut the graph at. */
  public OnnxGraphBuilder value(String name, ElementType type, Object... dims) {
    graph.addValueInfo(new TensorInfo(name, type, Shape.of(dims)).proto());
    return this;
  }

  /**
   * Adds a constant of floats.
   *
   * @param shape empty for a scalar
   * @param values last dimension fastest
   */
  public OnnxGraphBuilder initializer(String name, long[] shape, float... values) {
    graph.addInitializer(Initializer.tensor(name, shape, values));
    return this;
  }

  /**
   * Adds a constant of whole numbers, stored as INT64.
   *
   * @param shape empty for a scalar
   * @param values last dimension fastest
   */
  public OnnxGraphBuilder initializer(String name, long[] shape, long... values) {
    graph.addInitializer(Initializer.tensor(name, shape, values));
    return this;
  }

  /** Adds a constant. */
  public OnnxGraphBuilder initializer(Initializer constant) {
    graph.addInitializer(constant.proto());
    return this;
  }

  /** Adds an operation with one result, which names the node too. */
  public OnnxGraphBuilder node(
      String operator, List<String> inputs, String output, Attribute... attributes) {
    return node(output, operator, inputs, List.of(output), attributes);
  }

  /** Adds an operation. */
  public OnnxGraphBuilder node(
      String name,
      String operator,
      List<String> inputs,
      List<String> outputs,
      Attribute... attributes) {
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setName(name)
            .setOpType(operator)
            .addAllInput(inputs)
            .addAllOutput(outputs);
    for (Attribute attribute : attributes) {
      node.addAttribute(proto(attribute));
    }
    graph.addNode(node);
    return this;
  }

  /** Adds an operation like another, under its name and with its attributes. */
  public OnnxGraphBuilder node(OnnxNode like, List<String> inputs, List<String> outputs) {
    graph.addNode(
        like.proto().toBuilder()
            .clearInput()
            .addAllInput(inputs)
            .clearOutput()
            .addAllOutput(outputs));
    return this;
  }

  /**
   * The finished graph.
   *
   * @throws IllegalStateException if a node reads what nothing before it makes, two make the same,
   *     or there is no output
   */
  public OnnxGraph build() {
    String complaint = GraphCheck.complaint(graph.build());
    if (complaint != null) {
      throw new IllegalStateException("graph " + graph.getName() + ": " + complaint);
    }
    OnnxGraph built = new OnnxGraph(model.toBuilder().setGraph(graph).build());
    return prune ? built.withOutputs(built.outputs().toArray(TensorInfo[]::new)) : built;
  }

  private static AttributeProto proto(Attribute attribute) {
    AttributeProto.Builder proto = AttributeProto.newBuilder().setName(attribute.name());
    if (attribute instanceof Attribute.Int number) {
      proto.setType(AttributeType.INT).setI(number.value());
    } else if (attribute instanceof Attribute.Real number) {
      proto.setType(AttributeType.FLOAT).setF(number.value());
    } else if (attribute instanceof Attribute.Text text) {
      proto.setType(AttributeType.STRING).setS(ByteString.copyFromUtf8(text.value()));
    } else if (attribute instanceof Attribute.Ints numbers) {
      proto.setType(AttributeType.INTS).addAllInts(numbers.values());
    }
    return proto.build();
  }
}

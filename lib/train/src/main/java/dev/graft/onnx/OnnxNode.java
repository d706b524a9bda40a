package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import java.util.Optional;

/** One operation of a graph. */
public final class OnnxNode {

  private final NodeProto node;

  OnnxNode(NodeProto node) {
    this.node = node;
  }

  NodeProto proto() {
    return node;
  }

  /** Its name in the file; may be empty, may occur twice. */
  public String name() {
    return node.getName();
  }

  /** The operator's name, such as "Conv". */
  public String opType() {
    return node.getOpType();
  }

  /** The operator set it comes from: empty for ONNX's own. */
  public String domain() {
    return node.getDomain().equals("ai.onnx") ? "" : node.getDomain();
  }

  /** The tensors it reads, "" where an optional one is left out. */
  public List<String> inputs() {
    return List.copyOf(node.getInputList());
  }

  /** The tensors it makes, "" where an optional one is left out. */
  public List<String> outputs() {
    return List.copyOf(node.getOutputList());
  }

  public List<String> attributeNames() {
    return node.getAttributeList().stream().map(AttributeProto::getName).toList();
  }

  /** The whole number of that name, or the operator's default. */
  public long intAttribute(String name, long otherwise) {
    return attribute(name, AttributeType.INT).map(AttributeProto::getI).orElse(otherwise);
  }

  /** The number of that name, or the operator's default. */
  public float floatAttribute(String name, float otherwise) {
    return attribute(name, AttributeType.FLOAT).map(AttributeProto::getF).orElse(otherwise);
  }

  /** The text of that name, or the operator's default. */
  public String stringAttribute(String name, String otherwise) {
    return attribute(name, AttributeType.STRING)
        .map(attribute -> attribute.getS().toStringUtf8())
        .orElse(otherwise);
  }

  /** The whole numbers of that name, or the operator's default. */
  public long[] intsAttribute(String name, long... otherwise) {
    return attribute(name, AttributeType.INTS)
        .map(attribute -> attribute.getIntsList().stream().mapToLong(Long::longValue).toArray())
        .orElse(otherwise);
  }

  /** The constant tensor of that name: a Constant node keeps its own under "value". */
  public Optional<Initializer> tensorAttribute(String name) {
    return attribute(name, AttributeType.TENSOR).map(AttributeProto::getT).map(Initializer::new);
  }

  private Optional<AttributeProto> attribute(String name, AttributeType type) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals(name)) {
        if (attribute.getType() != type) {
          throw new IllegalStateException(
              "attribute %s of %s should be %s, found %s"
                  .formatted(name, this, type, attribute.getType()));
        }
        return Optional.of(attribute);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return node.getOpType() + " node \"" + node.getName() + "\" that makes " + outputs();
  }
}

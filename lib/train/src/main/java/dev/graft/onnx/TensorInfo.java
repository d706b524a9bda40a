package dev.graft.onnx;

import java.util.Objects;

/** An input or output of a graph, as the file declares it. */
public record TensorInfo(String name, ElementType type, Shape shape) {

  public TensorInfo {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(shape, "shape");
  }

  @Override
  public String toString() {
    return name + " " + type + " " + shape;
  }
}

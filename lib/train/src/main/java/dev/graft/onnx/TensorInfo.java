package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** An input or output of a graph, as the file declares it. */
public record TensorInfo(String name, ElementType type, Shape shape) {

  public TensorInfo {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(shape, "shape");
  }

  static TensorInfo of(ValueInfoProto value) {
    TypeProto.Tensor tensor = value.getType().getTensorType();
    if (!tensor.hasShape()) {
      return new TensorInfo(value.getName(), ElementType.of(tensor.getElemType()), Shape.UNKNOWN);
    }
    List<Shape.Dim> dims = new ArrayList<>();
    for (TensorShapeProto.Dimension dim : tensor.getShape().getDimList()) {
      if (dim.hasDimValue() && dim.getDimValue() >= 0) {
        dims.add(new Shape.Dim(null, dim.getDimValue()));
      } else {
        dims.add(new Shape.Dim(dim.hasDimParam() ? dim.getDimParam() : "?", -1));
      }
    }
    return new TensorInfo(value.getName(), ElementType.of(tensor.getElemType()), new Shape(dims));
  }

  ValueInfoProto proto() {
    if (type == ElementType.OTHER) {
      return ValueInfoProto.newBuilder().setName(name).build();
    }
    TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(type.code());
    if (!shape.equals(Shape.UNKNOWN)) {
      TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
      for (Shape.Dim dim : shape.dims()) {
        if (dim.symbol() == null) {
          sizes.addDimBuilder().setDimValue(dim.size());
        } else if (dim.symbol().equals("?")) {
          sizes.addDimBuilder();
        } else {
          sizes.addDimBuilder().setDimParam(dim.symbol());
        }
      }
      tensor.setShape(sizes);
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  @Override
  public String toString() {
    return name + " " + type + " " + shape;
  }
}

package dev.graft.onnx;

import java.util.List;
import java.util.stream.LongStream;

/** A node's attribute, as {@link OnnxGraphBuilder#node} takes it. */
public sealed interface Attribute {

  String name();

  record Int(String name, long value) implements Attribute {}

  record Real(String name, float value) implements Attribute {}

  record Text(String name, String value) implements Attribute {}

  record Ints(String name, List<Long> values) implements Attribute {
    public Ints {
      values = List.copyOf(values);
    }
  }

  static Attribute of(String name, long value) {
    return new Int(name, value);
  }

  static Attribute of(String name, float value) {
    return new Real(name, value);
  }

  static Attribute of(String name, String value) {
    return new Text(name, value);
  }

  static Attribute ints(String name, long... values) {
    return new Ints(name, LongStream.of(values).boxed().toList());
  }
}

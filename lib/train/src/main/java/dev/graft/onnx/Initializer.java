package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A constant tensor of a graph: a weight, or a number that an operator needs. */
public final class Initializer {

  private final TensorProto tensor;

  Initializer(TensorProto tensor) {
    this.tensor = tensor;
  }

  /**
   * A tensor of floats.
   *
   * @param shape empty for a scalar
   * @param values last dimension fastest
   */
  public static Initializer of(String name, long[] shape, float... values) {
    return new Initializer(tensor(name, shape, values));
  }

  /**
   * A tensor of whole numbers, INT64.
   *
   * @param shape empty for a scalar
   * @param values last dimension fastest
   */
  public static Initializer of(String name, long[] shape, long... values) {
    return new Initializer(tensor(name, shape, values));
  }

  public String name() {
    return tensor.getName();
  }

  public ElementType type() {
    return ElementType.of(tensor.getDataType());
  }

  /** The sizes of its dimensions, empty for a scalar. */
  public long[] shape() {
    return tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
  }

  /** The number of its elements. */
  public int size() {
    return Math.toIntExact(elements(tensor));
  }

  /**
   * Its numbers, last dimension fastest.
   *
   * @throws IllegalStateException if it holds no 32-bit floats
   */
  public float[] floats() {
    if (type() != ElementType.FLOAT) {
      throw new IllegalStateException("initializer " + name() + " holds " + type() + ", not FLOAT");
    }
    float[] floats = new float[size()];
    if (tensor.hasRawData()) {
      raw().asFloatBuffer().get(floats);
    } else {
      for (int i = 0; i < floats.length; i++) {
        floats[i] = tensor.getFloatData(i);
      }
    }
    return floats;
  }

  /**
   * Its whole numbers, last dimension fastest.
   *
   * @throws IllegalStateException if it holds neither INT64 nor INT32
   */
  public long[] longs() {
    return switch (type()) {
      case INT64 -> {
        long[] longs = new long[size()];
        if (tensor.hasRawData()) {
          raw().asLongBuffer().get(longs);
        } else {
          Arrays.setAll(longs, tensor::getInt64Data);
        }
        yield longs;
      }
      case INT32 -> {
        long[] longs = new long[size()];
        if (tensor.hasRawData()) {
          ByteBuffer raw = raw();
          Arrays.setAll(longs, i -> raw.getInt(4 * i));
        } else {
          Arrays.setAll(longs, tensor::getInt32Data);
        }
        yield longs;
      }
      default ->
          throw new IllegalStateException(
              "initializer " + name() + " holds " + type() + ", not INT64 or INT32");
    };
  }

  private ByteBuffer raw() {
    return tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  static TensorProto tensor(String name, long[] shape, float[] values) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return tensor(name, ElementType.FLOAT, shape, values.length, raw);
  }

  static TensorProto tensor(String name, long[] shape, long[] values) {
    ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asLongBuffer().put(values);
    return tensor(name, ElementType.INT64, shape, values.length, raw);
  }

  private static TensorProto tensor(
      String name, ElementType type, long[] shape, int found, ByteBuffer raw) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.code());
    for (long size : shape) {
      tensor.addDims(size);
    }
    long expected = elements(tensor.build());
    if (expected != found) {
      throw new IllegalArgumentException(
          "initializer %s of shape %s needs %d numbers, found %d"
              .formatted(name, Arrays.toString(shape), expected, found));
    }
    return tensor.setRawData(ByteString.copyFrom(raw)).build();
  }

  /** What is wrong with a tensor from a file, or null. */
  static String complaint(TensorProto tensor) {
    String name = "initializer " + tensor.getName();
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL
        || tensor.getExternalDataCount() > 0) {
      return name
          + " is stored in another file (external data), which is not supported; store the model in"
          + " one file: onnx.save(onnx.load(path), path, save_as_external_data=False)";
    }
    long expected;
    try {
      expected = elements(tensor);
    } catch (ArithmeticException | IllegalArgumentException e) {
      return name + " has the impossible shape " + tensor.getDimsList();
    }
    ElementType type = ElementType.of(tensor.getDataType());
    long found;
    if (tensor.hasRawData() && type.bytes() > 0) {
      found = tensor.getRawData().size();
      expected *= type.bytes();
    } else if (type == ElementType.FLOAT) {
      found = tensor.getFloatDataCount();
    } else if (type == ElementType.INT64) {
      found = tensor.getInt64DataCount();
    } else if (type == ElementType.INT32) {
      found = tensor.getInt32DataCount();
    } else {
      return null;
    }
    return expected == found
        ? null
        : "%s of shape %s needs %d %s, found %d"
            .formatted(
                name,
                tensor.getDimsList(),
                expected,
                tensor.hasRawData() ? "bytes" : "numbers",
                found);
  }

  private static long elements(TensorProto tensor) {
    long count = 1;
    for (long size : tensor.getDimsList()) {
      if (size < 0) {
        throw new IllegalArgumentException("negative size in " + tensor.getDimsList());
      }
      count = Math.multiplyExact(count, size);
    }
    // An array of Java holds no more.
    if (count > Integer.MAX_VALUE) {
      throw new ArithmeticException("too many elements: " + tensor.getDimsList());
    }
    return count;
  }

  @Override
  public String toString() {
    return name() + " " + type() + " " + Arrays.toString(shape());
  }
}

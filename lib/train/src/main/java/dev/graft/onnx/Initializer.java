package dev.graft.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.platform.Fp16Conversions;
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

  /**
   * A tensor of INT8.
   *
   * @param shape empty for a scalar
   * @param values last dimension fastest
   */
  public static Initializer ofInt8(String name, long[] shape, byte... values) {
    return new Initializer(
        tensor(name, ElementType.INT8, shape, values.length, ByteBuffer.wrap(values)));
  }

  /**
   * A tensor of UINT8.
   *
   * @param shape empty for a scalar
   * @param values last dimension fastest; as unsigned numbers
   */
  public static Initializer ofUint8(String name, long[] shape, byte... values) {
    return new Initializer(
        tensor(name, ElementType.UINT8, shape, values.length, ByteBuffer.wrap(values)));
  }

  /**
   * A tensor of INT32.
   *
   * @param shape empty for a scalar
   * @param values last dimension fastest
   */
  public static Initializer ofInt32(String name, long[] shape, int... values) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asIntBuffer().put(values);
    return new Initializer(tensor(name, ElementType.INT32, shape, values.length, raw));
  }

  /**
   * A tensor of FLOAT16: each value rounded to the nearest of IEEE 754's binary16, infinite beyond
   * 65504.
   *
   * @param shape empty for a scalar
   * @param values last dimension fastest
   */
  public static Initializer ofFloat16(String name, long[] shape, float... values) {
    ByteBuffer raw = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      raw.putShort(Fp16Conversions.floatToFp16(value));
    }
    return new Initializer(tensor(name, ElementType.FLOAT16, shape, values.length, raw.flip()));
  }

  /** The same numbers under another name. */
  public Initializer named(String name) {
    return new Initializer(tensor.toBuilder().setName(name).build());
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
   * @throws IllegalStateException if it holds neither 32-bit nor 16-bit floats
   */
  public float[] floats() {
    if (type() == ElementType.FLOAT16 && tensor.hasRawData()) {
      ByteBuffer raw = raw();
      float[] floats = new float[size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = Fp16Conversions.fp16ToFloat(raw.getShort(2 * i));
      }
      return floats;
    }
    if (type() != ElementType.FLOAT) {
      throw new IllegalStateException(
          "initializer " + name() + " holds " + type() + ", not floats");
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
   * @throws IllegalStateException if it holds none of INT64, INT32, INT8 and UINT8
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
      case INT8, UINT8 -> {
        long[] longs = new long[size()];
        if (tensor.hasRawData()) {
          ByteBuffer raw = raw();
          int mask = type() == ElementType.UINT8 ? 0xff : -1;
          Arrays.setAll(longs, i -> raw.get(i) & mask);
        } else {
          Arrays.setAll(longs, tensor::getInt32Data);
        }
        yield longs;
      }
      default ->
          throw new IllegalStateException(
              "initializer " + name() + " holds " + type() + ", not whole numbers");
    };
  }

  private ByteBuffer raw() {
    return tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  TensorProto proto() {
    return tensor;
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

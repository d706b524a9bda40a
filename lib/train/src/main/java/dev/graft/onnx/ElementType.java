package dev.graft.onnx;

/** The element types of tensors, numbered as in onnx.proto's {@code TensorProto.DataType}. */
public enum ElementType {
  FLOAT(1, 4),
  UINT8(2, 1),
  INT8(3, 1),
  UINT16(4, 2),
  INT16(5, 2),
  INT32(6, 4),
  INT64(7, 8),
  STRING(8, 0),
  BOOL(9, 1),
  FLOAT16(10, 2),
  DOUBLE(11, 8),
  UINT32(12, 4),
  UINT64(13, 8),
  BFLOAT16(16, 2),
  /** Anything else: newer element types, sequences, maps. */
  OTHER(0, 0);

  private final int code;
  private final int bytes;

  ElementType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** The number that stands for this type in a file and in a Cast's attribute {@code to}. */
  public int code() {
    return code;
  }

  /** Bytes of one element in {@code raw_data}, 0 where it has no fixed width. */
  int bytes() {
    return bytes;
  }

  /** The type of a number found in a file, {@link #OTHER} where it is unknown here. */
  public static ElementType of(int code) {
    for (ElementType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    return OTHER;
  }
}

package dev.graft.protobuf;

import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Walks the fields of one protobuf message that may be damaged: {@link #next}, then one of the
 * others, and so on. Throws {@link EOFException} where the message ends early and {@link
 * StreamCorruptedException} where it is none; takes no memory for what it skips.
 */
public final class ProtobufFields {

  public static final int VARINT = 0;

  private static final int FIXED64 = 1;
  public static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  private final ByteBuffer in;
  private int field;
  private int wireType;

  /** Of all that is left in a buffer, whose position stays. */
  public ProtobufFields(ByteBuffer message) {
    this.in = message.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Goes on to the next field; false at the end. */
  public boolean next() throws IOException {
    if (!in.hasRemaining()) {
      return false;
    }
    long tag = varint();
    // Wide enough for every field of ONNX, narrow enough to turn other files away.
    if (tag >>> 3 < 1 || tag >>> 3 > 1000) {
      throw new StreamCorruptedException("field " + (tag >>> 3));
    }
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    return true;
  }

  public int field() {
    return field;
  }

  public int wireType() {
    return wireType;
  }

  /** The message, text or bytes of this field, not copied. */
  public ByteBuffer bytes() throws IOException {
    if (wireType != LENGTH_DELIMITED) {
      throw new StreamCorruptedException("wire type " + wireType);
    }
    int length = left(varint());
    ByteBuffer bytes = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + length);
    return bytes;
  }

  /** A text of at most {@code most} bytes. */
  public String text(int most) throws IOException {
    ByteBuffer utf8 = bytes();
    if (utf8.remaining() > most) {
      throw new StreamCorruptedException("a text of " + utf8.remaining() + " bytes");
    }
    return StandardCharsets.UTF_8.decode(utf8).toString();
  }

  long number() throws IOException {
    if (wireType != VARINT) {
      throw new StreamCorruptedException("wire type " + wireType);
    }
    return varint();
  }

  /**
   * Adds whole numbers of a repeated field, one alone or several packed, as long as there are fewer
   * than {@code most}.
   */
  void numbers(List<Long> into, int most) throws IOException {
    if (wireType == VARINT) {
      long number = varint();
      if (into.size() < most) {
        into.add(number);
      }
      return;
    }
    ProtobufFields packed = new ProtobufFields(bytes());
    while (into.size() < most && packed.in.hasRemaining()) {
      into.add(packed.varint());
    }
  }

  public void skip() throws IOException {
    switch (wireType) {
      case VARINT -> varint();
      case FIXED64 -> in.position(in.position() + left(8));
      case LENGTH_DELIMITED -> {
        int length = left(varint());
        in.position(in.position() + length);
      }
      case FIXED32 -> in.position(in.position() + left(4));
      default -> throw new StreamCorruptedException("wire type " + wireType);
    }
  }

  private long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      left(1);
      int next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new StreamCorruptedException("a varint of more than 10 bytes");
  }

  private int left(long length) throws EOFException {
    if (length < 0 || length > in.remaining()) {
      throw new EOFException("it ends early");
    }
    return (int) length;
  }
}

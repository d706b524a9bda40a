package dev.graft.model;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StreamCorruptedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@code metadata_props} of an ONNX file. Only the outermost fields of the protobuf are walked
 * (field numbers from onnx.proto's ModelProto); the graph, nearly all of the file, is skipped.
 */
final class OnnxMetadata {

  private static final int IR_VERSION = 1;
  private static final int GRAPH = 7;
  private static final int METADATA_PROPS = 14;

  /** 64 MiB: what is longer is no text that a person or a tool has put there. */
  private static final long LONGEST_TEXT = 1 << 26;

  private OnnxMetadata() {}

  static Map<String, String> read(Path file) throws ModelException {
    if (Files.isDirectory(file)) {
      throw new ModelException(
          file, "a folder; expected a model file, as graft train writes it (.onnx)");
    }
    if (Files.notExists(file)) {
      throw new ModelException(file, "no such file");
    }
    if (!Files.isRegularFile(file)) {
      throw new ModelException(file, "not a regular file; expected a model file (.onnx)");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      return read(new Fields(in, Files.size(file)), file);
    } catch (ModelException e) {
      throw e;
    } catch (AccessDeniedException e) {
      throw new ModelException(file, "cannot be read: permission denied", e);
    } catch (IOException e) {
      throw new ModelException(file, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> read(Fields model, Path file) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    boolean onnx = false;
    boolean graph = false;
    try {
      while (model.next()) {
        onnx |= model.field == IR_VERSION && model.wireType == Fields.VARINT;
        graph |= model.field == GRAPH;
        if (model.field == METADATA_PROPS) {
          Fields entry = new Fields(model.bytes());
          String key = "";
          String value = "";
          while (entry.next()) {
            switch (entry.field) {
              case 1 -> key = entry.string();
              case 2 -> value = entry.string();
              default -> entry.skip();
            }
          }
          metadata.put(key, value);
        } else {
          model.skip();
        }
      }
    } catch (EOFException e) {
      if (onnx) {
        throw new ModelException(file, "truncated: the ONNX file ends early; copy it again", e);
      }
      throw notOnnx(file, e);
    } catch (StreamCorruptedException e) {
      throw notOnnx(file, e);
    }
    if (!onnx || !graph) {
      throw notOnnx(file, null);
    }
    return metadata;
  }

  private static ModelException notOnnx(Path file, Exception cause) {
    return new ModelException(
        file, "not an ONNX file; expected a model file, as graft train writes it (.onnx)", cause);
  }

  /** Walks the fields of one protobuf message. */
  private static final class Fields {

    static final int VARINT = 0;

    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    private final InputStream in;
    private long left;
    private int field;
    private int wireType;

    Fields(InputStream in, long size) {
      this.in = in;
      this.left = size;
    }

    Fields(byte[] message) {
      this(new ByteArrayInputStream(message), message.length);
    }

    boolean next() throws IOException {
      if (left == 0) {
        return false;
      }
      long tag = varint();
      // Wide enough for every field of ModelProto, narrow enough to turn other files away.
      if (tag >>> 3 < 1 || tag >>> 3 > 1000) {
        throw new StreamCorruptedException("field " + (tag >>> 3));
      }
      field = (int) (tag >>> 3);
      wireType = (int) (tag & 7);
      return true;
    }

    String string() throws IOException {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    byte[] bytes() throws IOException {
      if (wireType != LENGTH_DELIMITED) {
        throw new StreamCorruptedException("wire type " + wireType);
      }
      long length = take(varint());
      if (length > LONGEST_TEXT) {
        throw new StreamCorruptedException("a text of " + length + " bytes");
      }
      byte[] bytes = in.readNBytes((int) length);
      if (bytes.length < length) {
        throw new EOFException();
      }
      return bytes;
    }

    void skip() throws IOException {
      switch (wireType) {
        case VARINT -> varint();
        case FIXED64 -> in.skipNBytes(take(8));
        case LENGTH_DELIMITED -> in.skipNBytes(take(varint()));
        case FIXED32 -> in.skipNBytes(take(4));
        default -> throw new StreamCorruptedException("wire type " + wireType);
      }
    }

    private long varint() throws IOException {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        take(1);
        int next = in.read();
        if (next < 0) {
          throw new EOFException();
        }
        value |= (long) (next & 0x7F) << shift;
        if (next < 0x80) {
          return value;
        }
      }
      throw new StreamCorruptedException("a varint of more than 10 bytes");
    }

    private long take(long length) throws IOException {
      if (length < 0 || length > left) {
        throw new EOFException();
      }
      left -= length;
      return length;
    }
  }
}

package dev.graft.model;

import dev.graft.error.ErrorCode;
import dev.graft.protobuf.ProtobufFields;
import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@code metadata_props} of an ONNX file. Only the outermost fields of the protobuf are walked
 * (field numbers from onnx.proto's ModelProto); the graph, nearly all of the file, is skipped.
 */
final class OnnxMetadata {

  static final int METADATA_PROPS = 14;

  private static final int IR_VERSION = 1;
  private static final int GRAPH = 7;

  /** 4 MiB: room for 100,000 classes. More is no text that a person or a tool has put there. */
  private static final int MOST_TEXT = 1 << 22;

  private OnnxMetadata() {}

  /** Its entries in their order. */
  static Map<String, String> read(ByteBuffer bytes, Path file) throws ModelException {
    Map<String, String> metadata = new LinkedHashMap<>();
    boolean onnx = false;
    boolean graph = false;
    int text = 0;
    try {
      ProtobufFields model = new ProtobufFields(bytes);
      while (model.next()) {
        onnx |= model.field() == IR_VERSION && model.wireType() == ProtobufFields.VARINT;
        graph |= model.field() == GRAPH;
        if (model.field() == METADATA_PROPS) {
          ByteBuffer entry = model.bytes();
          text += Math.min(entry.remaining(), MOST_TEXT + 1);
          if (text > MOST_TEXT) {
            throw new ModelException(
                ErrorCode.NOT_A_MODEL,
                file,
                "its metadata has more than %d MiB of text; expected a model as graft train writes"
                        .formatted(MOST_TEXT >> 20)
                    + " it");
          }
          put(new ProtobufFields(entry), metadata);
        } else {
          model.skip();
        }
      }
    } catch (EOFException e) {
      if (onnx) {
        throw new ModelException(
            ErrorCode.MODEL_DAMAGED, file, "truncated: the ONNX file ends early; copy it again", e);
      }
      throw notOnnx(file, e);
    } catch (StreamCorruptedException e) {
      throw notOnnx(file, e);
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new AssertionError("bytes in memory can be read", e);
    }
    if (!onnx || !graph) {
      throw notOnnx(file, null);
    }
    return metadata;
  }

  private static void put(ProtobufFields entry, Map<String, String> metadata) throws IOException {
    String key = "";
    String value = "";
    while (entry.next()) {
      switch (entry.field()) {
        case 1 -> key = entry.text(MOST_TEXT);
        case 2 -> value = entry.text(MOST_TEXT);
        default -> entry.skip();
      }
    }
    metadata.put(key, value);
  }

  private static ModelException notOnnx(Path file, Exception cause) {
    return new ModelException(
        ErrorCode.NOT_A_MODEL,
        file,
        "not an ONNX file; expected a model file, as graft train writes it (.onnx)",
        cause);
  }
}

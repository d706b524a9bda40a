package dev.graft.safetensors;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file.
 *
 * @param tensors by name, in its order
 * @param metadata the texts of {@code __metadata__} by name, in its order
 */
record Header(Map<String, Tensor> tensors, Map<String, String> metadata) {

  enum DataType {
    BOOL(1),
    U8(1),
    I8(1),
    U16(2),
    I16(2),
    F16(2),
    BF16(2),
    U32(4),
    I32(4),
    F32(4),
    U64(8),
    I64(8),
    F64(8);

    private final int bytes;

    DataType(int bytes) {
      this.bytes = bytes;
    }

    int bytes() {
      return bytes;
    }
  }

  /**
   * Where the numbers of a tensor are.
   *
   * @param begin in bytes from the start of the data
   * @param end behind its last byte
   */
  record Tensor(DataType type, List<Long> shape, long begin, long end) {}

  /**
   * Reads a header strictly: what JSON does not have, unknown keys and keys that stand twice are
   * errors.
   *
   * @param file what messages call it
   * @throws IOException if it is not what it should be; the message says why
   */
  static Header parse(ByteBuffer json, String file) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    try {
      read(StandardCharsets.UTF_8.newDecoder().decode(json).toString(), file, tensors, metadata);
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": the safetensors header is not UTF-8", e);
    } catch (MalformedJsonException | EOFException | IllegalStateException e) {
      // Gson's advice on how to be lenient is not for the user.
      String place = e.getMessage().replaceFirst("(?s).*(line \\d+ column \\d+).*", " ($1)");
      throw new IOException(
          file + ": the safetensors header is not the JSON it should be" + place, e);
    }
    return new Header(tensors, metadata);
  }

  private static void read(
      String json, String file, Map<String, Tensor> tensors, Map<String, String> texts)
      throws IOException {
    if (!json.startsWith("{")) {
      throw new IOException(file + ": the safetensors header does not start with {");
    }
    try (JsonReader reader = new JsonReader(new StringReader(json))) {
      reader.setStrictness(Strictness.STRICT);
      reader.beginObject();
      boolean metadata = false;
      while (reader.hasNext()) {
        String name = reader.nextName();
        if (name.equals("__metadata__")) {
          if (metadata) {
            throw new IOException(file + ": the safetensors header has two __metadata__");
          }
          metadata = true;
          reader.beginObject();
          while (reader.hasNext()) {
            String key = reader.nextName();
            if (reader.peek() != JsonToken.STRING) {
              throw new IOException(file + ": __metadata__ " + key + " is not a text");
            }
            texts.put(key, reader.nextString());
          }
          reader.endObject();
        } else if (tensors.put(name, tensor(reader, name, file)) != null) {
          throw new IOException(file + ": the safetensors header has two tensors " + name);
        }
      }
      reader.endObject();
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new IOException(file + ": the safetensors header goes on after its last }");
      }
    }
  }

  private static Tensor tensor(JsonReader reader, String name, String file) throws IOException {
    DataType type = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    reader.beginObject();
    while (reader.hasNext()) {
      String key = reader.nextName();
      boolean again =
          switch (key) {
            case "dtype" -> {
              boolean seen = type != null;
              type = dataType(reader.nextString(), name, file);
              yield seen;
            }
            case "shape" -> {
              boolean seen = shape != null;
              shape = numbers(reader, name, key, file);
              yield seen;
            }
            case "data_offsets" -> {
              boolean seen = offsets != null;
              offsets = numbers(reader, name, key, file);
              yield seen;
            }
            default -> throw new IOException(file + ": tensor " + name + " has an unknown " + key);
          };
      if (again) {
        throw new IOException(file + ": tensor " + name + " has two " + key);
      }
    }
    reader.endObject();
    if (type == null || shape == null || offsets == null) {
      throw new IOException(file + ": tensor " + name + " must have dtype, shape and data_offsets");
    }
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw new IOException(
          "%s: tensor %s: data_offsets must be [begin, end], found %s"
              .formatted(file, name, offsets));
    }
    Tensor tensor = new Tensor(type, shape, offsets.get(0), offsets.get(1));
    long expected;
    try {
      expected = type.bytes;
      for (long size : shape) {
        expected = Math.multiplyExact(expected, size);
      }
    } catch (ArithmeticException e) {
      throw new IOException(
          "%s: tensor %s: shape %s is impossibly large".formatted(file, name, shape), e);
    }
    if (expected != tensor.end - tensor.begin) {
      throw new IOException(
          "%s: tensor %s: %s of shape %s needs %d bytes, its offsets %s span %d"
              .formatted(file, name, type, shape, expected, offsets, tensor.end - tensor.begin));
    }
    return tensor;
  }

  private static DataType dataType(String text, String name, String file) throws IOException {
    for (DataType type : DataType.values()) {
      if (type.name().equals(text)) {
        return type;
      }
    }
    throw new IOException(
        "%s: tensor %s: unknown dtype %s, expected one of %s"
            .formatted(file, name, text, Arrays.toString(DataType.values())));
  }

  private static List<Long> numbers(JsonReader reader, String name, String key, String file)
      throws IOException {
    List<Long> numbers = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      String number = reader.peek() == JsonToken.NUMBER ? reader.nextString() : reader.getPath();
      if (!number.matches("0|[1-9][0-9]{0,17}")) {
        throw new IOException(
            "%s: tensor %s: %s must hold whole numbers from 0, found %s"
                .formatted(file, name, key, number));
      }
      numbers.add(Long.valueOf(number));
    }
    reader.endArray();
    return numbers;
  }

  /**
   * The tensors must cover the data exactly: no gap, no overlap, nothing behind the last.
   *
   * @throws IOException if they do not; the message says where
   */
  void requireCovers(long length, String file) throws IOException {
    List<String> inOrder =
        tensors.keySet().stream()
            .sorted(
                Comparator.comparingLong((String name) -> tensors.get(name).begin)
                    .thenComparingLong(name -> tensors.get(name).end))
            .toList();
    long end = 0;
    for (String name : inOrder) {
      Tensor tensor = tensors.get(name);
      if (tensor.begin != end) {
        throw new IOException(
            "%s: tensor %s starts at byte %d of the data, expected %d (%s)"
                .formatted(
                    file,
                    name,
                    tensor.begin,
                    end,
                    tensor.begin < end ? "it overlaps the one before it" : "a gap"));
      }
      end = tensor.end;
    }
    if (end != length) {
      throw new IOException(
          "%s: %s (the tensors need %d bytes of data, found %d)"
              .formatted(
                  file,
                  end > length
                      ? "truncated safetensors file"
                      : "bytes behind the last tensor, which no tensor owns",
                  end,
                  length));
    }
  }
}

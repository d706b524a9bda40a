package dev.graft.safetensors;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file: 8 bytes of header length (little-endian), a header of JSON, the tensors'
 * bytes without gaps (https://github.com/huggingface/safetensors, "Format"). Whatever does not fit
 * is rejected. A file may be larger than memory: a tensor is read when it is asked for. Immutable
 * and thread-safe.
 */
public final class Safetensors implements Closeable {

  /** The format's own limit. */
  private static final int LARGEST_HEADER = 100_000_000;

  /** The JDK's own limit. */
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  /** Bytes of a tensor that are converted at a time. */
  private static final int CHUNK = 1 << 16;

  private enum DataType {
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
  }

  private record Tensor(DataType type, List<Long> shape, long begin, long end) {}

  /** Where the bytes are. */
  private interface Source extends Closeable {
    long size() throws IOException;

    /** Fills the buffer with the bytes from a place on. */
    void read(long from, ByteBuffer into) throws IOException;
  }

  private final String file;
  private final Source source;
  private final long dataStart;
  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;

  private Safetensors(
      String file,
      Source source,
      long dataStart,
      Map<String, Tensor> tensors,
      Map<String, String> metadata) {
    this.file = file;
    this.source = source;
    this.dataStart = dataStart;
    this.tensors = tensors;
    this.metadata = metadata;
  }

  /**
   * Reads a whole file, of less than 2 GiB, into memory; it needs no closing.
   *
   * @throws IOException as {@link #open}
   */
  public static Safetensors read(Path file) throws IOException {
    return parse(Files.readAllBytes(file), file.toString());
  }

  /**
   * Opens a file of any size and reads its header; the tensors can be read until it is closed.
   *
   * @throws IOException if it cannot be read or is not such a file; the message says what is wrong
   */
  public static Safetensors open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      return parse(new OpenFile(channel, file.toString()), file.toString());
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  private record OpenFile(FileChannel channel, String name) implements Source {

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void read(long from, ByteBuffer into) throws IOException {
      long at = from;
      while (into.hasRemaining()) {
        int n = channel.read(into, at);
        if (n < 0) {
          throw new EOFException(name + ": became shorter while it was read");
        }
        at += n;
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private record InMemory(ByteBuffer bytes) implements Source {

    @Override
    public long size() {
      return bytes.capacity();
    }

    @Override
    public void read(long from, ByteBuffer into) {
      into.put(bytes.slice((int) from, into.remaining()));
    }

    @Override
    public void close() {} // the garbage collector's
  }

  /**
   * Writes a file of float tensors, which may be larger than an array can be; equal contents give
   * equal bytes.
   *
   * @param tensors by name, each a list of numbers of shape {@code [size]}
   * @param metadata texts by name
   * @param out stays open
   */
  public static void write(
      Map<String, float[]> tensors, Map<String, String> metadata, OutputStream out)
      throws IOException {
    JsonObject header = new JsonObject();
    JsonObject texts = new JsonObject();
    metadata.forEach(texts::addProperty);
    header.add("__metadata__", texts);
    long end = 0;
    for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("dtype", DataType.F32.name());
      entry.add("shape", array(tensor.getValue().length));
      entry.add("data_offsets", array(end, end += 4L * tensor.getValue().length));
      header.add(tensor.getKey(), entry);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    out.write(chunk.putLong(json.length).array(), 0, 8);
    out.write(json);
    for (float[] numbers : tensors.values()) {
      for (int from = 0; from < numbers.length; from += CHUNK / 4) {
        int n = Math.min(CHUNK / 4, numbers.length - from);
        chunk.clear().asFloatBuffer().put(numbers, from, n);
        out.write(chunk.array(), 0, 4 * n);
      }
    }
  }

  private static JsonArray array(long... numbers) {
    JsonArray array = new JsonArray();
    for (long number : numbers) {
      array.add(number);
    }
    return array;
  }

  /**
   * Reads a file's bytes.
   *
   * @param file what messages call it
   * @throws IOException as {@link #open}
   */
  public static Safetensors parse(byte[] bytes, String file) throws IOException {
    return parse(new InMemory(ByteBuffer.wrap(bytes)), file);
  }

  private static Safetensors parse(Source source, String file) throws IOException {
    long size = source.size();
    if (size < 8) {
      throw new IOException(
          file
              + ": truncated safetensors file (8 bytes of header length expected, found "
              + size
              + ")");
    }
    ByteBuffer start = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    source.read(0, start);
    long length = start.getLong(0);
    if (length < 2 || length > LARGEST_HEADER) {
      throw new IOException(
          "%s: not a safetensors file (header length expected in 2..%d, found %s)"
              .formatted(file, LARGEST_HEADER, Long.toUnsignedString(length)));
    }
    if (length > size - 8) {
      throw new IOException(
          "%s: truncated safetensors file (header of %d bytes announced, %d bytes left)"
              .formatted(file, length, size - 8));
    }
    ByteBuffer json = ByteBuffer.allocate((int) length);
    source.read(8, json);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    try {
      header(
          StandardCharsets.UTF_8.newDecoder().decode(json.flip()).toString(),
          file,
          tensors,
          metadata);
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": the safetensors header is not UTF-8", e);
    } catch (MalformedJsonException | EOFException | IllegalStateException e) {
      // Gson's advice on how to be lenient is not for the user.
      String place = e.getMessage().replaceFirst("(?s).*(line \\d+ column \\d+).*", " ($1)");
      throw new IOException(
          file + ": the safetensors header is not the JSON it should be" + place, e);
    }
    long dataStart = 8 + length;
    checkLayout(tensors, size - dataStart, file);
    return new Safetensors(file, source, dataStart, tensors, metadata);
  }

  private static void header(
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

  /** The tensors must cover the data exactly: no gap, no overlap, nothing behind the last. */
  private static void checkLayout(Map<String, Tensor> tensors, long length, String file)
      throws IOException {
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

  /** The texts of {@code __metadata__} by name, in the header's order. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /** The tensors' names, in the header's order. */
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /**
   * A tensor's sizes.
   *
   * @throws IOException if there is no such tensor; the message lists those there are
   */
  public long[] shape(String name) throws IOException {
    return tensor(name).shape.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * The numbers of an F32 tensor, last dimension fastest.
   *
   * @throws IOException if there is no such tensor, it is of another type, it has more numbers than
   *     an array can, or it cannot be read
   */
  public float[] floats(String name) throws IOException {
    Tensor tensor = tensor(name, DataType.F32);
    float[] floats = new float[length(name, tensor)];
    ByteBuffer chunk =
        ByteBuffer.allocate((int) Math.min(CHUNK, 4L * floats.length))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < floats.length; from += CHUNK / 4) {
      int n = Math.min(CHUNK / 4, floats.length - from);
      source.read(dataStart + tensor.begin + 4L * from, chunk.clear().limit(4 * n));
      chunk.flip().asFloatBuffer().get(floats, from, n);
    }
    return floats;
  }

  /**
   * The numbers of a U8 tensor, last dimension fastest.
   *
   * @throws IOException as {@link #floats}
   */
  public byte[] bytes(String name) throws IOException {
    Tensor tensor = tensor(name, DataType.U8);
    byte[] bytes = new byte[length(name, tensor)];
    source.read(dataStart + tensor.begin, ByteBuffer.wrap(bytes));
    return bytes;
  }

  private int length(String name, Tensor tensor) throws IOException {
    long length = (tensor.end - tensor.begin) / tensor.type.bytes;
    if (length > LARGEST_ARRAY) {
      throw new IOException(
          "%s: tensor %s: %d numbers are more than an array can have"
              .formatted(file, name, length));
    }
    return (int) length;
  }

  private Tensor tensor(String name, DataType expected) throws IOException {
    Tensor tensor = tensor(name);
    if (tensor.type != expected) {
      throw new IOException(
          "%s: tensor %s should be %s, found %s".formatted(file, name, expected, tensor.type));
    }
    return tensor;
  }

  private Tensor tensor(String name) throws IOException {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IOException(
          "%s: no tensor is called %s, found %s".formatted(file, name, tensors.keySet()));
    }
    return tensor;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}

package dev.graft.safetensors;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
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

  /** Where the bytes are. */
  private interface Source extends Closeable {
    long size() throws IOException;

    /** Fills the buffer with the bytes from a place on. */
    void read(long from, ByteBuffer into) throws IOException;
  }

  private final String file;
  private final Source source;
  private final long dataStart;
  private final Header header;

  private Safetensors(String file, Source source, long dataStart, Header header) {
    this.file = file;
    this.source = source;
    this.dataStart = dataStart;
    this.header = header;
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
      entry.addProperty("dtype", Header.DataType.F32.name());
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
    Header header = Header.parse(json.flip(), file);
    header.requireCovers(size - 8 - length, file);
    return new Safetensors(file, source, 8 + length, header);
  }

  /** The texts of {@code __metadata__} by name, in the header's order. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /** The tensors' names, in the header's order. */
  public Set<String> names() {
    return Collections.unmodifiableSet(header.tensors().keySet());
  }

  /**
   * A tensor's sizes.
   *
   * @throws IOException if there is no such tensor; the message lists those there are
   */
  public long[] shape(String name) throws IOException {
    return tensor(name).shape().stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * The numbers of an F32 tensor, last dimension fastest.
   *
   * @throws IOException if there is no such tensor, it is of another type, it has more numbers than
   *     an array can, or it cannot be read
   */
  public float[] floats(String name) throws IOException {
    Header.Tensor tensor = tensor(name, Header.DataType.F32);
    float[] floats = new float[length(name, tensor)];
    ByteBuffer chunk =
        ByteBuffer.allocate((int) Math.min(CHUNK, 4L * floats.length))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < floats.length; from += CHUNK / 4) {
      int n = Math.min(CHUNK / 4, floats.length - from);
      source.read(dataStart + tensor.begin() + 4L * from, chunk.clear().limit(4 * n));
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
    Header.Tensor tensor = tensor(name, Header.DataType.U8);
    byte[] bytes = new byte[length(name, tensor)];
    source.read(dataStart + tensor.begin(), ByteBuffer.wrap(bytes));
    return bytes;
  }

  private int length(String name, Header.Tensor tensor) throws IOException {
    long length = (tensor.end() - tensor.begin()) / tensor.type().bytes();
    if (length > LARGEST_ARRAY) {
      throw new IOException(
          "%s: tensor %s: %d numbers are more than an array can have"
              .formatted(file, name, length));
    }
    return (int) length;
  }

  private Header.Tensor tensor(String name, Header.DataType expected) throws IOException {
    Header.Tensor tensor = tensor(name);
    if (tensor.type() != expected) {
      throw new IOException(
          "%s: tensor %s should be %s, found %s".formatted(file, name, expected, tensor.type()));
    }
    return tensor;
  }

  private Header.Tensor tensor(String name) throws IOException {
    Header.Tensor tensor = header.tensors().get(name);
    if (tensor == null) {
      throw new IOException(
          "%s: no tensor is called %s, found %s".formatted(file, name, header.tensors().keySet()));
    }
    return tensor;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}

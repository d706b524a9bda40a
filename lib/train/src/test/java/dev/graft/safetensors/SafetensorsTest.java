package dev.graft.safetensors;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {

  private static final String GOOD =
      """
      {"__metadata__":{"made":"here"},
       "a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
       "b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}""";

  private static byte[] file(String header, byte... data) {
    return file(header.getBytes(StandardCharsets.UTF_8), data);
  }

  private static byte[] file(byte[] header, byte... data) {
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(data)
        .array();
  }

  /** 1.5, -2 as floats, then three bytes. */
  private static byte[] data() {
    return ByteBuffer.allocate(11)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(1.5f)
        .putFloat(-2f)
        .put(new byte[] {7, 8, -1})
        .array();
  }

  private static void rejects(String expected, byte[] bytes) {
    IOException e =
        assertThrows(IOException.class, () -> Safetensors.parse(bytes, "w.safetensors"));
    assertTrue(e.getMessage().startsWith("w.safetensors: "), e.getMessage());
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  private static void rejectsHeader(String expected, String header) {
    rejects(expected, file(header, data()));
  }

  private static void rejectsTensor(String expected, String description, int bytes) {
    rejects(expected, file("{\"a\":" + description + "}", new byte[bytes]));
  }

  @Test
  void readsNumbersAndBytes(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("w.safetensors");
    Files.write(path, file(GOOD + "   ", data()));
    Safetensors read = Safetensors.read(path);
    assertEquals(Set.of("a", "b"), read.names());
    assertArrayEquals(new long[] {2, 1}, read.shape("a"));
    assertArrayEquals(new float[] {1.5f, -2}, read.floats("a"));
    assertArrayEquals(new byte[] {7, 8, -1}, read.bytes("b"));
    assertThrows(IOException.class, () -> read.floats("b"));
    assertThrows(IOException.class, () -> read.floats("c"));
  }

  @Test
  void writesWhatItReads(@TempDir Path folder) throws IOException {
    Random random = new Random(2);
    float[] large = new float[100_000]; // of several chunks
    for (int i = 0; i < large.length; i++) {
      large[i] = random.nextFloat();
    }
    Map<String, float[]> tensors = new TreeMap<>(Map.of("a", large, "b", new float[0]));
    tensors.put("c", new float[] {-0f, Float.NaN, Float.MIN_VALUE});
    Path path = folder.resolve("w.safetensors");
    try (OutputStream out = Files.newOutputStream(path)) {
      Safetensors.write(tensors, Map.of("made", "h\u00e9re"), out);
    }
    for (boolean open : new boolean[] {true, false}) {
      try (Safetensors read = open ? Safetensors.open(path) : Safetensors.read(path)) {
        assertEquals(Map.of("made", "h\u00e9re"), read.metadata());
        assertEquals(tensors.keySet(), read.names());
        for (String name : tensors.keySet()) {
          assertArrayEquals(tensors.get(name), read.floats(name));
        }
      }
    }
  }

  /** 2.4 GB, of which the file system keeps only what is not 0. */
  @Test
  void writesAndReadsMoreThanAnArrayHolds(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("w.safetensors");
    float[] zeros = new float[30_000_000];
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (int i = 0; i < 20; i++) {
      tensors.put("zeros" + i, zeros);
    }
    tensors.put("last", new float[] {1.5f, -2});
    try (FileChannel file = FileChannel.open(path, CREATE_NEW, WRITE, SPARSE)) {
      Safetensors.write(tensors, Map.of(), new SparseOutput(file));
    }
    try (Safetensors read = Safetensors.open(path)) {
      assertTrue(Files.size(path) > 2_400_000_000L, Files.size(path) + " bytes");
      assertEquals(tensors.keySet(), read.names());
      assertArrayEquals(new float[] {1.5f, -2}, read.floats("last"));
    }
    try (FileChannel file = FileChannel.open(path, WRITE)) {
      file.truncate(Files.size(path) - 1);
    }
    IOException e = assertThrows(IOException.class, () -> Safetensors.open(path));
    assertTrue(e.getMessage().startsWith(path + ": truncated safetensors file"), e.getMessage());
  }

  /** Skips what is 0. */
  private static final class SparseOutput extends OutputStream {

    private static final byte[] ZEROS = new byte[1 << 16];

    private final FileChannel file;

    SparseOutput(FileChannel file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (length <= ZEROS.length && Arrays.equals(bytes, from, from + length, ZEROS, 0, length)) {
        file.position(file.position() + length);
      } else {
        file.write(ByteBuffer.wrap(bytes, from, length));
      }
    }
  }

  @Test
  void readsScalarsAndEmptyTensors() throws IOException {
    Safetensors read =
        Safetensors.parse(
            file(
                """
                {"e":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},
                 "s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""",
                new byte[4]),
            "w");
    assertEquals(0, read.floats("e").length);
    assertArrayEquals(new float[1], read.floats("s"));
  }

  @Test
  void rejectsAFileWithoutRoomForTheHeaderLength() {
    rejects("8 bytes of header length expected, found 7", new byte[7]);
  }

  @Test
  void rejectsAnImpossibleHeaderLength() {
    byte[] negative = file(GOOD, data());
    Arrays.fill(negative, 0, 8, (byte) 0xff);
    rejects("header length expected in 2..100000000, found 18446744073709551615", negative);
    byte[] huge = file(GOOD, data());
    ByteBuffer.wrap(huge).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001);
    rejects("found 100000001", huge);
    rejects("found 0", new byte[16]);
  }

  @Test
  void rejectsAHeaderLongerThanTheFile() {
    byte[] bytes = file(GOOD, data());
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, bytes.length);
    rejects("truncated", bytes);
  }

  @Test
  void rejectsAHeaderThatIsNotTheJsonItShouldBe() {
    rejectsHeader("does not start with {", " " + GOOD);
    rejectsHeader("does not start with {", "[1]");
    rejectsHeader("not the JSON", "{\"a\":");
    rejectsHeader("not the JSON", "{'a':{}}");
    rejectsHeader("not the JSON", "{\"a\":[]}");
    rejectsHeader("not the JSON", "{\"__metadata__\":3}");
    rejectsHeader("not the JSON it should be (line 1 column ", "{}{}");
    rejectsHeader("is not a text", "{\"__metadata__\":{\"k\":3}}");
    rejects("not UTF-8", file(new byte[] {'{', '"', (byte) 0xff, '"', '}'}));
  }

  @Test
  void rejectsDuplicateKeys() {
    String a = "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}";
    rejectsHeader("two tensors a", "{" + a + "," + a + "}");
    rejectsHeader("two __metadata__", "{\"__metadata__\":{},\"__metadata__\":{}}");
    rejectsTensor(
        "two shape", "{\"dtype\":\"U8\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,1]}", 1);
  }

  @Test
  void rejectsIncompleteOrUnknownDescriptions() {
    rejectsTensor("must have dtype", "{\"shape\":[1],\"data_offsets\":[0,1]}", 1);
    rejectsTensor("must have dtype", "{\"dtype\":\"U8\",\"data_offsets\":[0,1]}", 1);
    rejectsTensor("must have dtype", "{\"dtype\":\"U8\",\"shape\":[1]}", 1);
    rejectsTensor(
        "unknown stride",
        "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"stride\":[1]}",
        1);
    rejectsTensor(
        "unknown dtype F31", "{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,1]}", 1);
  }

  @Test
  void rejectsShapesThatDoNotMatchTheBytes() {
    rejectsTensor(
        "F32 of shape [2] needs 8 bytes, its offsets [0, 7] span 7",
        "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]}",
        7);
    rejectsTensor(
        "impossibly large",
        "{\"dtype\":\"F32\",\"shape\":[4611686018427387,4611686018427387],\"data_offsets\":[0,7]}",
        7);
    rejectsTensor("whole numbers", "{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}", 1);
    rejectsTensor("whole numbers", "{\"dtype\":\"U8\",\"shape\":[1.5],\"data_offsets\":[0,1]}", 1);
    rejectsTensor(
        "whole numbers", "{\"dtype\":\"U8\",\"shape\":[\"1\"],\"data_offsets\":[0,1]}", 1);
    rejectsTensor(
        "whole numbers",
        "{\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,1]}",
        1);
  }

  @Test
  void rejectsImpossibleOffsets() {
    rejectsTensor(
        "must be [begin, end]", "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,0]}", 1);
    rejectsTensor(
        "must be [begin, end]", "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}", 1);
    rejectsTensor("truncated", "{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}", 4);
    rejectsTensor(
        "bytes behind the last tensor",
        "{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}",
        4);
  }

  @Test
  void rejectsOverlapsAndGaps() {
    String format =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[%d,%d]}}";
    rejects("it overlaps the one before it", file(format.formatted(3, 7), new byte[7]));
    rejects("it overlaps the one before it", file(format.formatted(0, 4), new byte[4]));
    rejects("a gap", file(format.formatted(5, 9), new byte[9]));
    rejects(
        "a gap",
        file("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", new byte[2]));
  }

  @Test
  void damagedBytesAreReadOrRejectedButNeverCrash() {
    byte[] good = file(GOOD, data());
    Random random = new Random(1);
    int rejected = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged =
          Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length) : good.length);
      for (int j = random.nextInt(3); j >= 0 && damaged.length > 0; j--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(128);
      }
      try {
        Safetensors read = Safetensors.parse(damaged, "w");
        for (String name : read.names()) {
          read.shape(name);
        }
      } catch (IOException e) {
        rejected++;
        assertTrue(e.getMessage().startsWith("w: "), e.getMessage());
      }
    }
    assertTrue(rejected > 10_000, rejected + " rejected");
  }
}

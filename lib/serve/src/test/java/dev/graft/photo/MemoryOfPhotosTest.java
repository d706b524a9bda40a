package dev.graft.photo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.engine.ReadAhead;
import dev.graft.testing.JavaProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With 256 MB for Java, under each collector: whatever a photo claims to be, the run goes on, and
 * the photos beside it are read. In processes of their own.
 */
@Timeout(600)
class MemoryOfPhotosTest {

  private static final int THREADS = 4;
  private static final int MUTANTS = 10_000;

  private static List<byte[]> tooLarge;

  @TempDir Path folder;

  @BeforeAll
  static void makePhotosThatAreTooLarge() throws IOException {
    tooLarge =
        List.of(
            png(8_000, 8_000), // less than all memory, more than Serial and Parallel have for it
            oneColour(14_000, 14_000),
            runs(8_000, 8_000),
            fax(13_000, 13_000));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SerialGC", "ParallelGC", "G1GC"})
  void oneThatIsTooLargeIsTheOnlyFailure(String collector) throws Exception {
    List<Path> photos = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    byte[] small = Files.readAllBytes(Fixtures.folder("encoded/rgb420.jpg"));
    for (byte[] photo : tooLarge) {
      add(photo, "failed", photos, expected);
      add(small, "read", photos, expected);
    }
    for (byte[] photo : List.of(png(6_400, 5_000), oneColour(3_000, 3_000))) {
      add(photo, "read", photos, expected);
      add(small, "read", photos, expected);
    }
    // Its pixels fit, but not the weights that bring them to another size.
    add(png(25_000_000, 1), "", photos, expected);
    add(small, "read", photos, expected);
    List<String> rows = rows(collector, photos);
    assertEquals(photos.size(), rows.size(), rows::toString);
    for (int i = 0; i < rows.size(); i++) {
      String row = rows.get(i);
      assertTrue(row.startsWith(expected.get(i)), () -> row + " in " + rows);
    }
  }

  @ParameterizedTest
  @Tag("soak")
  @ValueSource(strings = {"SerialGC", "ParallelGC", "G1GC"})
  void mutantsOfPhotosEachGetTheirRow(String collector) throws Exception {
    SplittableRandom random = new SplittableRandom(collector.hashCode());
    List<byte[]> pictures = new ArrayList<>();
    for (Path picture : Fixtures.pictures()) {
      pictures.add(Files.readAllBytes(picture));
    }
    List<Path> photos = new ArrayList<>();
    for (int i = 0; i < MUTANTS; i++) {
      byte[] bytes = pictures.get(i % pictures.size()).clone();
      int header = random.nextInt(2) == 0 ? Math.min(40, bytes.length) : bytes.length;
      for (int n = 1 << random.nextInt(4); n > 0; n--) {
        bytes[random.nextInt(header)] = (byte) random.nextInt(256);
      }
      photos.add(Files.write(folder.resolve(i + ".photo"), bytes));
    }
    List<String> rows = rows(collector, photos);
    assertEquals(MUTANTS, rows.size());
    long read = rows.stream().filter(row -> row.startsWith("read")).count();
    long failed = rows.stream().filter(row -> row.startsWith("failed")).count();
    System.out.printf("%s: of %d mutants %d read, %d failed%n", collector, MUTANTS, read, failed);
    assertEquals(MUTANTS, read + failed);
  }

  private void add(byte[] photo, String row, List<Path> photos, List<String> expected)
      throws IOException {
    photos.add(Files.write(folder.resolve("photo-" + photos.size()), photo));
    expected.add(row);
  }

  private List<String> rows(String collector, List<Path> photos) throws Exception {
    Path list = folder.resolve("list");
    Files.write(list, photos.stream().map(Path::toString).toList());
    return JavaProcess.of(MemoryOfPhotosTest.class)
        .options("-Xmx256m", "-XX:+Use" + collector, "-Djava.awt.headless=true")
        .arguments(list)
        .run()
        .outputOfSuccess()
        .lines()
        .toList();
  }

  /** Reads each photo of a list on several threads, as a model would want it; a row for each. */
  public static void main(String[] args) throws Exception {
    PhotoReader reader = PhotoReader.create();
    List<String> photos = Files.readAllLines(Path.of(args[0]));
    try (ReadAhead<String, String> rows =
        ReadAhead.of(photos.iterator(), THREADS, 2 * THREADS, photo -> row(reader, photo))) {
      while (rows.hasNext()) {
        System.out.println(rows.next());
      }
    }
  }

  private static String row(PhotoReader reader, String photo) {
    try {
      return "read " + reader.read(Path.of(photo), PhotoPreprocessing.stretch(224, 224)).width();
    } catch (PhotoException e) {
      return "failed " + e.reason().replace('\n', ' ');
    }
  }

  /** A black PNG. */
  private static byte[] png(int width, int height) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (OutputStream deflating = new DeflaterOutputStream(data)) {
      byte[] row = new byte[1 + 3 * width];
      for (int y = 0; y < height; y++) {
        deflating.write(row);
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes("\u0089PNG\r\n\u001a\n".getBytes(ISO_8859_1));
    byte[] header = new byte[13];
    ByteBuffer.wrap(header).putInt(width).putInt(height).put((byte) 8).put((byte) 2);
    chunk(png, "IHDR", header);
    chunk(png, "IDAT", data.toByteArray());
    chunk(png, "IEND", new byte[0]);
    return png.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream png, String type, byte[] body) {
    ByteBuffer chunk = ByteBuffer.allocate(12 + body.length).putInt(body.length);
    chunk.put(type.getBytes(ISO_8859_1)).put(body);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 4 + body.length);
    png.writeBytes(chunk.putInt((int) crc.getValue()).array());
  }

  /** A lossless WebP whose pixels take no bit: each of its codes has one symbol. */
  private static byte[] oneColour(int width, int height) throws IOException {
    byte[] webp = Fixtures.bytes("encoded/lossless_1_colours.webp");
    ByteBuffer.wrap(webp)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(21, (width - 1) | ((height - 1) << 14));
    return webp;
  }

  /** A run-length coded BMP of a row's end for each row. */
  private static byte[] runs(int width, int height) {
    ByteBuffer bmp = ByteBuffer.allocate(14 + 40 + 8 + 2 * height).order(ByteOrder.LITTLE_ENDIAN);
    bmp.put((byte) 'B').put((byte) 'M').putInt(bmp.capacity()).putInt(0).putInt(62);
    bmp.putInt(40).putInt(width).putInt(height).putShort((short) 1).putShort((short) 8);
    bmp.putInt(1).putInt(0).putInt(0).putInt(0).putInt(2).putInt(0);
    return bmp.array();
  }

  /** A TIFF of group 4 whose every row is as the one above, which takes a bit. */
  private static byte[] fax(int width, int height) {
    int[][] entries = {
      {256, width}, {257, height}, {258, 1}, {259, 4}, {262, 0}, {273, 122}, {279, height / 8 + 1}
    };
    ByteBuffer tiff = ByteBuffer.allocate(122 + height / 8 + 1).order(ByteOrder.LITTLE_ENDIAN);
    tiff.put("II*\0".getBytes(ISO_8859_1)).putInt(8).putShort((short) entries.length);
    for (int[] entry : entries) {
      tiff.putShort((short) entry[0]).putShort((short) 4).putInt(1).putInt(entry[1]);
    }
    Arrays.fill(tiff.array(), 122, tiff.capacity(), (byte) 0xff);
    return tiff.array();
  }
}

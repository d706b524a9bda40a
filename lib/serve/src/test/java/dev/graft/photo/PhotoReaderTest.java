package dev.graft.photo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.photo.decode.BadPhotoException;
import dev.graft.photo.decode.Bytes;
import dev.graft.photo.decode.PhotoFormat;
import dev.graft.photo.decode.Plugins;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhotoReaderTest {

  private final PhotoReader reader = PhotoReader.create();

  @TempDir Path folder;

  private String reason(byte[] bytes) {
    return assertThrows(PhotoException.class, () -> reader.read(bytes, "x", null)).reason();
  }

  /** What becomes of an exception of another decoder. */
  private static BadPhotoException damage(Plugins.Decoding<Object> decoding) {
    return assertThrows(BadPhotoException.class, () -> Plugins.decode(PhotoFormat.TIFF, decoding));
  }

  private static byte[] picture(String name) throws IOException {
    return Fixtures.bytes("encoded/" + name);
  }

  @Test
  void saysThatAFileIsMissingAFolderOrUnreadable() throws IOException {
    Path missing = folder.resolve("no.jpg");
    PhotoException e = assertThrows(PhotoException.class, () -> reader.read(missing));
    assertEquals(missing + ": no such file; check the path", e.getMessage());
    assertEquals(missing.toString(), e.photo());
    e = assertThrows(PhotoException.class, () -> reader.read(folder));
    assertEquals("is a folder, expected a photo; name the files in it", e.reason());

    Path secret = Files.write(folder.resolve("secret.jpg"), picture("rgb420.jpg"));
    assumeTrue(secret.toFile().setReadable(false) && !Files.isReadable(secret), "root reads all");
    e = assertThrows(PhotoException.class, () -> reader.read(secret));
    assertEquals("no permission to read it; change the file's rights", e.reason());
  }

  @Test
  void givesThePixelsOfTheBytesThatWereMeantOnly() throws Exception {
    byte[] bytes = picture("rgb420.jpg");
    Path photo = Files.write(folder.resolve("a.jpg"), bytes);
    String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    PhotoPreprocessing small = PhotoPreprocessing.stretch(8, 8);
    assertArrayEquals(
        reader.read(photo, small).rgb(), reader.readUnchanged(photo, sha256, small).rgb());

    for (byte[] other : List.of(picture("gray.png"), Arrays.copyOf(bytes, bytes.length / 2))) {
      Files.write(photo, other);
      PhotoException e =
          assertThrows(PhotoException.class, () -> reader.readUnchanged(photo, sha256, small));
      assertEquals("has changed since it was listed; run again when it is complete", e.reason());
    }
  }

  @Test
  void saysWhatAFileIsThatIsNoPhoto() {
    assertEquals("the file is empty; copy it again or leave it out", reason(new byte[0]));
    assertEquals("text, not a photo; leave it out", reason("Größe: 3\n".getBytes(UTF_8)));
    assertTrue(reason("\n<!DOCTYPE HTML><p>404".getBytes(UTF_8)).startsWith("an HTML page"));
    assertTrue(reason("%PDF-1.7".getBytes(UTF_8)).startsWith("a PDF"));
    assertTrue(
        reason(new byte[] {0, 0, 0, 24, 'f', 't', 'y', 'p', 'h', 'e', 'i', 'c'})
            .startsWith("unsupported: format HEIC"));
    assertTrue(reason(new byte[] {1, 2, 3}).endsWith("starts with 01 02 03; leave it out"));
  }

  @Test
  void goesByTheBytesAndNotTheName() throws IOException {
    Path named = Files.write(folder.resolve("photo.jpg"), picture("palette.gif"));
    assertEquals(24, reader.read(named).width());
  }

  @Test
  void rejectsATruncatedPhotoOfEveryFormat() throws IOException {
    for (Path picture : Fixtures.pictures()) {
      byte[] whole = Files.readAllBytes(picture);
      for (int percent : new int[] {0, 1, 5, 20, 50, 80, 90}) {
        byte[] part = Arrays.copyOf(whole, whole.length * percent / 100);
        if (picture.toString().endsWith("animated.gif") && percent > 40) {
          continue; // the first frame is whole
        }
        assertThrows(
            PhotoException.class,
            () -> reader.read(part, "x", null),
            picture + " cut at " + percent + " %");
      }
    }
  }

  @Test
  void rejectsAProgressiveJpegWhoseLastScansAreCutOut() throws IOException {
    byte[] jpeg = picture("progressive.jpg");
    int lastScan = lastIndexOf(jpeg, 0xda);
    byte[] cut = Arrays.copyOf(jpeg, lastScan + 2);
    cut[lastScan + 1] = (byte) 0xd9; // a proper end of image in place of the last scan
    assertTrue(reason(cut).contains("scans are missing"), () -> reason(cut));
  }

  @Test
  void rejectsAJpegWhoseScanEndsEarly() throws IOException {
    byte[] jpeg = picture("rgb444.jpg");
    byte[] cut = Arrays.copyOf(jpeg, jpeg.length - 100);
    cut[cut.length - 2] = (byte) 0xff;
    cut[cut.length - 1] = (byte) 0xd9;
    assertTrue(reason(cut).startsWith("corrupt JPEG (Corrupt JPEG data"), () -> reason(cut));
  }

  @Test
  void readsAJpegWithoutEndMarkWhoseDataAreAllThere() throws IOException {
    for (String name : List.of("rgb420.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg")) {
      byte[] jpeg = picture(name);
      byte[] expected = reader.read(jpeg, "x", null).rgb();
      byte[] data = Arrays.copyOf(jpeg, jpeg.length - 2);
      byte[] trailer =
          "\0\0\1\n\16\0\0\0Image_UTC_Data1525000000000SEFHe\0\0\0SEFT".getBytes(UTF_8);
      byte[] noise = new byte[3000];
      new SplittableRandom(1).nextBytes(noise);
      for (byte[] tail :
          List.of(new byte[0], new byte[5000], trailer, noise, jpeg, new byte[] {-1, -1, -1})) {
        byte[] odd = Arrays.copyOf(data, data.length + tail.length);
        System.arraycopy(tail, 0, odd, data.length, tail.length);
        assertArrayEquals(expected, reader.read(odd, "x", null).rgb(), name);
      }
    }
  }

  @Test
  void passesOverTheRangeOfASequentialScan() throws IOException {
    byte[] jpeg = picture("rgb420.jpg");
    byte[] expected = reader.read(jpeg, "x", null).rgb();
    int range = lastIndexOf(jpeg, 0xda) + 5 + 2 * 3;
    for (int[] numbers : new int[][] {{0, 0, 0}, {0, 255, 0}, {1, 63, 0}, {0, 63, 0x11}}) {
      for (int i = 0; i < 3; i++) {
        jpeg[range + i] = (byte) numbers[i];
      }
      assertArrayEquals(expected, reader.read(jpeg, "x", null).rgb());
    }
  }

  @Test
  void rejectsAProgressiveJpegThatMayLackItsLastScans() throws IOException {
    byte[] jpeg = picture("progressive.jpg");
    for (int at = lastIndexOf(jpeg, 0xda); at > 0; at--) {
      if (jpeg[at] == (byte) 0xff && jpeg[at + 1] == (byte) 0xda) {
        byte[] cut = Arrays.copyOf(jpeg, at);
        assertTrue(reason(cut).startsWith("truncated JPEG ("), () -> reason(cut));
      }
    }
  }

  @Test
  void saysUnsupportedOfWhatItDoesNotKnow() throws IOException {
    byte[] jpeg = picture("rgb420.jpg");
    int frame = lastIndexOf(jpeg, 0xc0);
    byte[] png = picture("rgb.png");
    byte[] bmp = picture("rgb.bmp");
    byte[] tiff = picture("short_last_strip.tif");
    List<byte[]> unknown =
        List.of(
            with(jpeg, frame + 4, 12), // bits
            with(jpeg, frame + 1, 0xc3), // lossless
            with(with(jpeg, frame + 5, 0), frame + 6, 0), // the height stands behind the data
            with(with(jpeg, frame + 11, 0x31), frame + 14, 0x21), // 3 samples for 2
            with(bmp, 14, 41), // a header that no version has
            with(bmp, 30, 4), // a JPEG inside
            withTag(tiff, 259, 50000), // Zstandard
            withTag(tiff, 259, 34712), // JPEG 2000
            withTag(tiff, 259, 6), // JPEG of the old style
            withTag(tiff, 262, 8), // L*a*b*
            withTag(tiff, 262, 32803), // a RAW photo's sensor
            withTag(tiff, 277, 5),
            Arrays.copyOf("\0\0\0\30ftypcrx ".getBytes(UTF_8), 64),
            "FUJIFILMCCD-RAW 0201".getBytes(UTF_8),
            "\0\0\0\14JXL \r\n".getBytes(UTF_8),
            "\0\0\0\14jP  \r\n".getBytes(UTF_8),
            withChunk(png, "CgBI", 8),
            withChunk(png, "NEWc", 33));
    for (byte[] file : unknown) {
      assertTrue(reason(file).startsWith("unsupported: "), () -> reason(file));
    }
  }

  @Test
  void showsNoControlCharactersOfADamagedFile() throws IOException {
    for (String name : List.of("A\r\nB", "A\33[2", "a\1\2\3")) {
      String reason = reason(withChunk(picture("rgb.png"), name, 33));
      assertTrue(reason.startsWith("corrupt PNG (no chunk where one must begin)"), reason);
    }
    BadPhotoException e =
        damage(
            () -> {
              throw new IOException("what is\r\n\33[2J this");
            });
    assertTrue(e.getMessage().startsWith("corrupt TIFF (what is [2J this)"), e::getMessage);
  }

  @Test
  void refusesATiffThatMakesMuchWorkOfLittleData() throws IOException {
    byte[] narrow = withTag(Fixtures.bytes("reported/tiff-jpeg-rgba.tif"), 256, 10);
    assertTrue(
        reason(narrow).startsWith("corrupt JPEG (321 x 56 pixels in the place of 10 x 56)"),
        () -> reason(narrow));
    byte[] tiff = picture("short_last_strip.tif");
    byte[] overlapping = Arrays.copyOf(tiff, tiff.length + 60_000);
    int lengths = Bytes.int32le(tiff, valueOf(tiff, 279));
    for (int strip = 0; strip < 3; strip++) {
      overlapping[lengths + 4 * strip + 1] = (byte) 0xc0; // 49,152 bytes and more
    }
    assertTrue(
        reason(overlapping).startsWith("corrupt TIFF (its strips or tiles overlap)"),
        () -> reason(overlapping));
  }

  @Test
  void refusesTheThumbnailOfARawPhoto() throws IOException {
    for (int[] tag : new int[][] {{254, 1}, {255, 2}}) {
      // In the place of the tag for the width, which comes first.
      byte[] raw = picture("short_last_strip.tif");
      byte[] directory = Arrays.copyOfRange(raw, 8, 8 + 2 + 12 * 10 + 4);
      byte[] grown = Arrays.copyOf(raw, raw.length + directory.length + 12);
      int at = raw.length;
      System.arraycopy(directory, 2, grown, at + 2 + 12, directory.length - 2);
      System.arraycopy(directory, 2, grown, at + 2, 12);
      grown[at] = (byte) (directory[0] + 1);
      grown[at + 2] = (byte) tag[0];
      grown[at + 3] = 0;
      grown[at + 2 + 8] = (byte) tag[1];
      grown[4] = (byte) at;
      grown[5] = (byte) (at >> 8);
      assertTrue(reason(grown).startsWith("unsupported: a RAW photo"), () -> reason(grown));
    }
  }

  @Test
  void blamesTheCallerForNull() {
    NullPointerException e =
        assertThrows(NullPointerException.class, () -> reader.read((byte[]) null, "x", null));
    assertEquals("encoded", e.getMessage());
    e = assertThrows(NullPointerException.class, () -> reader.read((Path) null));
    assertEquals("photo", e.getMessage());
  }

  @Test
  void takesForDamageWhatAnotherDecoderThrowsAndNothingElse() {
    BadPhotoException e =
        damage(
            () -> {
              throw new ArrayIndexOutOfBoundsException("Index 7 out of bounds");
            });
    assertTrue(e.getMessage().startsWith("corrupt TIFF (Index 7"), e::getMessage);
    OutOfMemoryError full = new OutOfMemoryError();
    for (Throwable thrown : List.of(full, new IOException("cannot allocate", full))) {
      Plugins.Decoding<Object> decoding =
          () -> {
            if (thrown instanceof IOException e2) {
              throw e2;
            }
            throw full;
          };
      assertSame(
          full,
          assertThrows(OutOfMemoryError.class, () -> Plugins.decode(PhotoFormat.TIFF, decoding)));
    }
  }

  @Test
  void readsAJpegWithJunkAroundItsSegmentsAndBehindItsEnd() throws IOException {
    byte[] jpeg = picture("rgb420.jpg");
    ByteArrayOutputStream odd = new ByteArrayOutputStream();
    odd.write(jpeg, 0, 2);
    odd.writeBytes(new byte[] {1, 2, 3});
    // An APP1 segment that claims to be EXIF, and an ICC profile of nonsense.
    odd.writeBytes(new byte[] {-1, (byte) 0xe1, 0, 12, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 9, 9});
    odd.writeBytes(new byte[] {-1, (byte) 0xe2, 0, 16});
    odd.writeBytes("ICC_PROFILE\0\1\1".getBytes(UTF_8));
    odd.write(jpeg, 2, jpeg.length - 2);
    odd.writeBytes(new byte[500]);
    assertArrayEquals(
        reader.read(jpeg, "x", null).rgb(), reader.read(odd.toByteArray(), "x", null).rgb());
  }

  @Test
  void refusesALyingHeaderBeforeItTakesMemory() throws IOException {
    byte[] jpeg = picture("rgb420.jpg");
    int frame = lastIndexOf(jpeg, 0xc0);
    jpeg[frame + 5] = 0x2e; // 11776 x 11776 = 139 megapixels
    jpeg[frame + 7] = 0x2e;
    assertTrue(reason(jpeg).startsWith("truncated JPEG ("), () -> reason(jpeg));
    assertTrue(reason(png(13_000, 13_000, 16, 6, new byte[100])).startsWith("truncated PNG ("));
    assertTrue(
        reason(png(15_000, 15_000, 8, 2, new byte[100]))
            .startsWith("too large: the PNG header claims 15000 x 15000 pixels"));
    assertTrue(
        reason(png(0, 5, 8, 2, new byte[100])).startsWith("corrupt PNG (its header claims 0 x 5"));
  }

  @Test
  void keepsToTheLimitItIsGiven() throws IOException {
    byte[] png = picture("rgb.png");
    assertEquals(24, reader.withMaxPixels(24 * 16).read(png, "x", null).width());
    PhotoReader strict = reader.withMaxPixels(24 * 16 - 1);
    PhotoException e = assertThrows(PhotoException.class, () -> strict.read(png, "x", null));
    assertTrue(e.reason().startsWith("too large: "), e::reason);
    for (Path picture : Fixtures.pictures()) {
      assertThrows(PhotoException.class, () -> strict.read(picture), picture::toString);
    }
    assertThrows(IllegalArgumentException.class, () -> reader.withMaxPixels(0));
  }

  @Test
  void checksTheChecksumsOfAPngsPictureButNotOfItsMetadata() throws IOException {
    byte[] png = picture("rgb_turned.png");
    byte[] damaged = png.clone();
    damaged[indexOf(png, "eXIf") + 4] ^= 1;
    Pixels pixels = reader.read(damaged, "x", null);
    assertEquals(24, pixels.width(), "an orientation that cannot be trusted is ignored");
    assertEquals(16, reader.read(png, "x", null).width());
    byte[] header = png.clone();
    header[29] ^= 1;
    assertEquals(
        "corrupt PNG (checksum of chunk IHDR is wrong); copy the file again or leave it out",
        reason(header));
  }

  @Test
  void turnsByAllEightOrientationsPixelByPixel() throws IOException {
    Pixels stored = reader.read(picture("rgb.png"), "x", null);
    for (int orientation = 1; orientation <= 8; orientation++) {
      byte[] png = withOrientation(picture("rgb.png"), orientation);
      assertArrayEquals(
          HardImagesTest.turn(stored, orientation),
          reader.read(png, "x", null).rgb(),
          "orientation " + orientation);
    }
    for (int invalid : new int[] {0, 9, 99}) {
      byte[] png = withOrientation(picture("rgb.png"), invalid);
      assertArrayEquals(stored.rgb(), reader.read(png, "x", null).rgb());
    }
  }

  @Test
  void placesAGifFrameOnItsScreen() throws IOException {
    byte[] gif = picture("palette.gif");
    gif[6] = 30; // the screen becomes 30 x 20, the frame stays 24 x 16 at its corner
    gif[8] = 20;
    Pixels pixels = reader.read(gif, "x", null);
    assertEquals(30, pixels.width());
    assertEquals(20, pixels.height());
    byte[] first = Arrays.copyOfRange(gif, 13, 16);
    byte[] corner = Arrays.copyOfRange(pixels.rgb(), 3 * 599, 3 * 600);
    assertArrayEquals(first, corner);
  }

  @Test
  void showsHiddenPixelsAsWhite() throws IOException {
    byte[] row = {0, 10, 20, 30, 0, 10, 20, 30, (byte) 255, 100, 0, (byte) 200, 51};
    Pixels pixels = reader.read(png(3, 1, 8, 6, row), "x", null);
    // 100 * 51/255 + 255 * 204/255 = 224, 0 -> 204, 200 -> 244
    byte[] expected = {-1, -1, -1, 10, 20, 30, (byte) 224, (byte) 204, (byte) 244};
    assertArrayEquals(expected, pixels.rgb());
  }

  @Test
  void takesTheHighByteOf16Bits() throws IOException {
    byte[] row = {0, 0x12, (byte) 0xff, (byte) 0x80, 0};
    assertArrayEquals(
        new byte[] {0x12, 0x12, 0x12, -128, -128, -128},
        reader.read(png(2, 1, 16, 0, row), "x", null).rgb());
  }

  @Test
  void servesManyThreadsAtOnce() throws IOException, InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(
            threads.submit(
                () -> {
                  for (Path picture : Fixtures.pictures()) {
                    Pixels expected = PhotoReader.create().read(picture);
                    assertArrayEquals(expected.rgb(), reader.read(picture).rgb());
                  }
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void leavesAnInterruptedThreadInterrupted() throws IOException {
    Thread.currentThread().interrupt();
    Pixels pixels = reader.read(Fixtures.folder("encoded/rgb.png"));
    assertTrue(Thread.interrupted());
    assertEquals(24, pixels.width());
  }

  @Test
  void leavesAPhotoOfTheRightSizeAlone() {
    Pixels pixels = new Pixels(2, 1, new byte[6]);
    assertSame(pixels, Resize.stretch(2, 1).apply(pixels));
    assertThrows(IllegalArgumentException.class, () -> Resize.stretch(1 << 16, 1 << 16));
  }

  private static byte[] png(int width, int height, int depth, int color, byte[] rows)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(header);
    data.writeInt(width);
    data.writeInt(height);
    data.write(new byte[] {(byte) depth, (byte) color, 0, 0, 0});
    out.writeBytes(chunk("IHDR", header.toByteArray()));
    Deflater deflater = new Deflater();
    deflater.setInput(rows);
    deflater.finish();
    byte[] packed = new byte[rows.length + 64];
    int n = deflater.deflate(packed);
    deflater.end();
    out.writeBytes(chunk("IDAT", Arrays.copyOf(packed, n)));
    out.writeBytes(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  private static byte[] with(byte[] file, int at, int value) {
    byte[] changed = file.clone();
    changed[at] = (byte) value;
    return changed;
  }

  /** A TIFF of little-endian shorts with another value for a tag. */
  private static byte[] withTag(byte[] tiff, int tag, int value) {
    int at = valueOf(tiff, tag);
    return with(with(tiff, at, value), at + 1, value >> 8);
  }

  private static int valueOf(byte[] tiff, int tag) {
    int at = Bytes.int32le(tiff, 4) + 2;
    while (Bytes.uint16le(tiff, at) != tag) {
      at += 12;
    }
    return at + 8;
  }

  private static byte[] withChunk(byte[] png, String type, int at) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(png, 0, at);
    out.writeBytes(chunk(type, new byte[4]));
    out.write(png, at, png.length - at);
    return out.toByteArray();
  }

  private static byte[] chunk(String type, byte[] body) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(out);
    data.writeInt(body.length);
    data.write(type.getBytes(UTF_8));
    data.write(body);
    CRC32 crc = new CRC32();
    crc.update(type.getBytes(UTF_8));
    crc.update(body);
    data.writeInt((int) crc.getValue());
    return out.toByteArray();
  }

  /** The PNG with an eXIf chunk behind its header: one directory with the one tag. */
  private static byte[] withOrientation(byte[] png, int orientation) throws IOException {
    byte[] exif = {
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      1,
      18,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      (byte) orientation,
      0,
      0,
      0,
      0,
      0,
      0
    };
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(png, 0, 33);
    out.writeBytes(chunk("eXIf", exif));
    out.write(png, 33, png.length - 33);
    return out.toByteArray();
  }

  private static int lastIndexOf(byte[] jpeg, int marker) {
    for (int i = jpeg.length - 2; i >= 0; i--) {
      if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) marker) {
        return i;
      }
    }
    throw new AssertionError("no such marker");
  }

  private static int indexOf(byte[] file, String magic) {
    for (int i = 0; i < file.length; i++) {
      if (Bytes.matches(file, i, magic)) {
        return i;
      }
    }
    throw new AssertionError("no " + magic);
  }
}

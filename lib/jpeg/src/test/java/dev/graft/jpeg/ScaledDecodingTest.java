package dev.graft.jpeg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import dev.graft.photo.Resize.Filter;
import dev.graft.photo.Resize.Fit;
import dev.graft.photo.spi.ScaledJpegDecoder;
import dev.graft.testing.HardPhotos;
import dev.graft.testing.Project;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader with this module on its class path against its own exact way. */
class ScaledDecodingTest {

  private static final PhotoReader EXACT = PhotoReader.create().withExactDecoding();
  private static final PhotoReader READER = PhotoReader.create();

  @BeforeAll
  static void needsTheNativeLibrary() {
    Optional<String> problem = new LeptonicaDecoder().problem();
    assumeTrue(problem.isEmpty(), () -> "leptonica: " + problem.orElseThrow());
  }

  private static PhotoPreprocessing to(int width, int height, Fit fit, Filter filter) {
    return new PhotoPreprocessing(new Resize(width, height, fit, filter), ColorMode.RGB);
  }

  /** Mean difference in grey levels between the two ways. */
  private static double difference(byte[] jpeg, PhotoPreprocessing preprocessing)
      throws PhotoException {
    return difference(
        EXACT.read(jpeg, "exact", preprocessing), READER.read(jpeg, "scaled", preprocessing));
  }

  private static double difference(Pixels exact, Pixels scaled) {
    assertEquals(exact.width(), scaled.width());
    assertEquals(exact.height(), scaled.height());
    byte[] e = exact.rgb();
    byte[] s = scaled.rgb();
    return IntStream.range(0, e.length)
        .map(i -> Math.abs((e[i] & 0xff) - (s[i] & 0xff)))
        .average()
        .orElseThrow();
  }

  /** Any difference shows that the photo was decoded small; a large one, that this went wrong. */
  private static void assertScaledAndClose(byte[] jpeg, PhotoPreprocessing preprocessing)
      throws PhotoException {
    double difference = difference(jpeg, preprocessing);
    assertTrue(difference > 0, () -> "decoded exactly for " + preprocessing);
    assertTrue(difference < 1, () -> difference + " levels for " + preprocessing);
  }

  @Test
  void isFoundAndSaysWhatItIs() {
    assertInstanceOf(LeptonicaDecoder.class, ScaledJpegDecoder.installed().orElseThrow());
    String name = new LeptonicaDecoder().name();
    assertTrue(name.matches("leptonica [\\d.]+ \\(libjpeg-turbo [\\d.]+\\)"), name);
    assertTrue(READER.decoding().startsWith(name), READER.decoding());
    assertEquals(READER.decoding(), READER.withMaxPixels(100_000_000).decoding());
    assertEquals("exact", EXACT.decoding());
    assertEquals("exact", EXACT.withMaxPixels(100_000_000).decoding());
  }

  @ParameterizedTest
  @EnumSource(Fit.class)
  void comesWithinOneLevelWhateverTheFitAndTheFilter(Fit fit) throws IOException {
    for (byte[] jpeg : List.of(Jpegs.colours(1237, 811), Jpegs.colours(811, 1237))) {
      for (Filter filter : List.of(Filter.BILINEAR, Filter.BICUBIC, Filter.LANCZOS)) {
        assertScaledAndClose(jpeg, to(64, 64, fit, filter)); // a quarter
        assertScaledAndClose(jpeg, to(30, 40, fit, filter)); // an eighth
        assertScaledAndClose(jpeg, to(160, 100, fit, filter)); // a half
      }
    }
  }

  @Test
  void comesWithinOneLevelForGreyAndProgressiveJpegs() throws IOException {
    for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_INT_RGB}) {
      for (boolean progressive : new boolean[] {false, true}) {
        byte[] jpeg = Jpegs.encode(Jpegs.picture(641, 479, type), progressive);
        assertScaledAndClose(jpeg, PhotoPreprocessing.stretch(32, 32));
        assertScaledAndClose(
            jpeg, new PhotoPreprocessing(Resize.stretch(33, 20), ColorMode.GRAYSCALE));
      }
    }
  }

  /**
   * A shift by one stored pixel would be 2 levels here, and 4 x 4 pixels stand for one. The sizes
   * are no multiples of 8: the last reduced row and column are there in part only, and come first
   * where an orientation turns the photo round.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void turnsThePhotoWithoutShiftingIt(int orientation) throws IOException {
    BufferedImage image = new BufferedImage(123, 117, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setPaint(new GradientPaint(0, 0, Color.BLACK, 123, 0, Color.RED));
    g.fillRect(0, 0, 123, 117);
    for (int y = 0; y < 117; y++) {
      for (int x = 0; x < 123; x++) {
        int level = y * 2;
        image.setRGB(x, y, (image.getRGB(x, y) & 0xff0000) | (level << 8) | level);
      }
    }
    g.dispose();
    byte[] jpeg = Jpegs.withOrientation(Jpegs.encode(image, false), orientation);
    for (Fit fit : Fit.values()) {
      assertScaledAndClose(jpeg, to(11, 9, fit, Filter.BILINEAR));
      assertScaledAndClose(jpeg, to(5, 5, fit, Filter.BILINEAR));
    }
  }

  @Test
  void comesCloseForTheWaysOfStoringThatCamerasUse() throws IOException {
    for (String name :
        List.of("gray.jpg", "progressive.jpg", "rgb420.jpg", "rgb422_turned.jpg", "rgb444.jpg")) {
      byte[] jpeg = Files.readAllBytes(Project.ENCODED.resolve(name));
      double difference = difference(jpeg, PhotoPreprocessing.stretch(3, 3));
      // 9 pixels of a picture that is all edges.
      assertTrue(difference > 0 && difference < 2, () -> name + ": " + difference);
    }
  }

  @Test
  void leavesTheRestToTheExactWay() throws IOException {
    byte[] jpeg = Jpegs.colours(640, 480);
    assertEquals(0, difference(jpeg, null), "all pixels are wanted");
    assertEquals(0, difference(jpeg, to(32, 32, Fit.STRETCH, Filter.NEAREST)));
    assertEquals(
        0, difference(jpeg, to(97, 97, Fit.STRETCH, Filter.BILINEAR)), "480 < 2 * 2.5 * 97");
    assertTrue(difference(jpeg, to(96, 96, Fit.STRETCH, Filter.BILINEAR)) > 0);
    for (String name : List.of("cmyk.jpg", "rgb_jpeg.tif", "rgb.png")) {
      byte[] other = Files.readAllBytes(Project.ENCODED.resolve(name));
      assertEquals(0, difference(other, PhotoPreprocessing.stretch(2, 2)), name);
    }
    // Marked as RGB by its component identifiers.
    byte[] rgb = jpeg.clone();
    for (int i = 2; i < rgb.length - 20; i++) {
      if (rgb[i] == (byte) 0xff && (rgb[i + 1] == (byte) 0xc0 || rgb[i + 1] == (byte) 0xda)) {
        boolean frame = rgb[i + 1] == (byte) 0xc0;
        for (int c = 0; c < 3; c++) {
          rgb[i + (frame ? 10 + 3 * c : 5 + 2 * c)] = (byte) "RGB".charAt(c);
        }
      }
    }
    assertEquals(0, difference(rgb, PhotoPreprocessing.stretch(32, 32)), "RGB");
  }

  @Test
  void rejectsWhatTheExactWayRejectsInTheSameWords() throws IOException {
    byte[] jpeg = Jpegs.colours(640, 480);
    byte[] cut = Arrays.copyOf(jpeg, jpeg.length - 3000);
    cut[cut.length - 2] = (byte) 0xff;
    cut[cut.length - 1] = (byte) 0xd9;
    PhotoPreprocessing small = PhotoPreprocessing.stretch(32, 32);
    String exact = assertThrows(PhotoException.class, () -> EXACT.read(cut, "x", small)).reason();
    String scaled = assertThrows(PhotoException.class, () -> READER.read(cut, "x", small)).reason();
    assertTrue(exact.startsWith("corrupt JPEG ("), exact);
    assertEquals(exact, scaled);
    PhotoReader strict = READER.withMaxPixels(640 * 480 - 1);
    assertTrue(
        assertThrows(PhotoException.class, () -> strict.read(jpeg, "x", small))
            .reason()
            .startsWith("too large"));
  }

  @Test
  void givesTheSamePixelsInManyThreads() throws IOException {
    List<byte[]> jpegs =
        List.of(
            Jpegs.colours(640, 480),
            Jpegs.colours(1024, 768),
            Jpegs.encode(Jpegs.picture(500, 700, BufferedImage.TYPE_BYTE_GRAY), true));
    PhotoPreprocessing small = PhotoPreprocessing.stretch(32, 32);
    for (byte[] jpeg : jpegs) {
      byte[] expected = READER.read(jpeg, "once", small).rgb();
      Collections.nCopies(50, jpeg).parallelStream()
          .forEach(
              same -> {
                try {
                  assertArrayEquals(expected, READER.read(same, "again", small).rgb());
                } catch (PhotoException e) {
                  throw new AssertionError(e);
                }
              });
    }
  }

  @Test
  void doesNotChangeTheBytesOfTheFile() throws IOException {
    byte[] jpeg = Jpegs.colours(640, 480);
    byte[] before = jpeg.clone();
    READER.read(jpeg, "x", PhotoPreprocessing.stretch(32, 32));
    assertArrayEquals(before, jpeg);
  }

  @Test
  void comesWithinOneLevelOnAPhotoAsLargeAsThoseOfPhones() throws IOException {
    byte[] photo = Jpegs.withOrientation(Jpegs.colours(4032, 3024), 6);
    assertScaledAndClose(photo, PhotoPreprocessing.stretch(224, 224));
  }

  @Test
  void comesWithinOneLevelOnPhotosOfPhonesAndCameras() throws IOException {
    try (Stream<Path> photos = Files.list(Project.shared("data/phone-photos"))) {
      for (Path photo : photos.filter(f -> f.toString().endsWith(".jpg")).toList()) {
        assertScaledAndClose(Files.readAllBytes(photo), PhotoPreprocessing.stretch(224, 224));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void acceptsAndRejectsTheHardImagesAsExpected(HardPhotos photos) throws IOException {
    PhotoPreprocessing small = PhotoPreprocessing.stretch(6, 6);
    int scaled = 0;
    for (List<String> row : photos.rows()) {
      Path file = photos.folder().resolve(row.get(0));
      Object exact = outcome(EXACT, file, small);
      Object other = outcome(READER, file, small);
      if (exact instanceof String || other instanceof String) {
        assertEquals(exact, other, () -> file.toString());
        boolean ofTheJdk = row.get(0).equals("jpeg/arithmetic_coded.jpg");
        assertTrue(row.get(6).equals("reject") || ofTheJdk, () -> file + ": " + exact);
      } else {
        assertFalse(row.get(6).equals("reject"), () -> file + " was read");
        double difference = difference((Pixels) exact, (Pixels) other);
        assertTrue(difference < 2, () -> file + ": " + difference);
        scaled += difference > 0 ? 1 : 0;
      }
    }
    assertTrue(scaled > 20, scaled + " decoded small");
  }

  /** The pixels, or the reason why there are none. */
  private static Object outcome(PhotoReader reader, Path file, PhotoPreprocessing preprocessing) {
    try {
      return reader.read(file, preprocessing);
    } catch (PhotoException e) {
      return e.reason();
    }
  }
}

package dev.graft.photo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.graft.testing.HardPhotos;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files that break image readers, all pixels of them. That a reader with graft-jpeg gives the same
 * verdicts is a test of that module.
 */
@ParameterizedClass
@EnumSource
class HardImagesTest {

  /** A hang, not a measurement: the slowest file takes well below a second. */
  private static final Duration HANG = Duration.ofSeconds(60);

  private final PhotoReader reader = PhotoReader.create().withExactDecoding();
  private final HardPhotos photos;

  HardImagesTest(HardPhotos photos) {
    this.photos = photos;
  }

  @TestFactory
  Stream<DynamicTest> everyFileDoesWhatIsExpected() throws IOException {
    return photos.rows().stream()
        .map(
            row ->
                dynamicTest(row.get(0), () -> assertTimeoutPreemptively(HANG, () -> check(row))));
  }

  private void check(List<String> row) throws PhotoException {
    Path file = photos.folder().resolve(row.get(0));
    if (row.get(6).equals("reject")) {
      PhotoException e = assertThrows(PhotoException.class, () -> reader.read(file));
      assertTrue(e.getMessage().startsWith(file + ": "), e::getMessage);
      assertTrue(!e.reason().isBlank());
      if (row.get(1).equals("HEIC") || row.get(1).equals("AVIF")) {
        assertTrue(e.reason().startsWith("unsupported: format " + row.get(1)), e::reason);
      }
      if (row.get(0).startsWith("bomb/")) {
        assertTrue(e.reason().startsWith("too large: "), e::reason);
      }
      return;
    }
    Pixels pixels;
    try {
      pixels = reader.read(file);
    } catch (PhotoException e) {
      // The one that depends on the JDK's libjpeg; a clear rejection is acceptable.
      if (row.get(0).equals("jpeg/arithmetic_coded.jpg") && e.reason().startsWith("unsupported")) {
        return;
      }
      throw e;
    }
    boolean swapped = List.of("5", "6", "7", "8").contains(row.get(4));
    assertEquals(Integer.parseInt(row.get(swapped ? 3 : 2)), pixels.width());
    assertEquals(Integer.parseInt(row.get(swapped ? 2 : 3)), pixels.height());
  }

  @Test
  void turnsTaggedPhotosPixelByPixel() throws IOException {
    Pixels one = reader.read(photos.folder().resolve("exif/tag_only_1.jpg"));
    for (int orientation : new int[] {6, 8}) {
      Pixels turned = reader.read(photos.folder().resolve("exif/tag_only_" + orientation + ".jpg"));
      assertArrayEquals(turn(one, orientation), turned.rgb());
    }
    Pixels recoded = reader.read(photos.folder().resolve("exif/tag_big_endian_6.jpg"));
    // The same picture through JPEG once more, with other tables.
    assertTrue(Fixtures.largestDifference(turn(one, 6), recoded.rgb()) < 30);
    assertArrayEquals(
        one.rgb(), reader.read(photos.folder().resolve("exif/tag_invalid_99.jpg")).rgb());
  }

  @TestFactory
  Stream<DynamicTest> allOrientationsShowTheSamePicture() {
    photos.folder(); // or the test is skipped as a whole
    return Stream.of("landscape", "portrait")
        .flatMap(
            shape ->
                IntStream.of(0, 2, 3, 4, 5, 6, 7, 8)
                    .mapToObj(
                        orientation ->
                            dynamicTest(
                                shape + "_" + orientation,
                                () -> checkSamePicture(shape, orientation))));
  }

  private void checkSamePicture(String shape, int orientation) throws PhotoException {
    Pixels one = reader.read(photos.folder().resolve("exif/" + shape + "_1.jpg"));
    Pixels other =
        reader.read(photos.folder().resolve("exif/" + shape + "_" + orientation + ".jpg"));
    assertEquals(one.width(), other.width());
    int w = one.width();
    int h = one.height();
    long different = 0;
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        boolean middle = Math.abs(x - w / 2) < w / 4 && Math.abs(y - h / 2) < h / 3;
        for (int b = 0; b < 3 && !middle; b++) {
          int i = 3 * (y * w + x) + b;
          if (Math.abs((one.rgb()[i] & 0xff) - (other.rgb()[i] & 0xff)) > 40) {
            different++;
          }
        }
      }
    }
    // JPEG noise on edges, where blocks lie otherwise; a wrong turn differs almost everywhere.
    assertTrue(different < 3L * w * h / 50, different + " samples differ");
  }

  @Test
  void saysNothingOnStandardError() throws IOException {
    List<List<String>> rows = photos.rows();
    PrintStream before = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      for (List<String> row : rows) {
        if (row.get(6).equals("decode")) {
          check(row);
        }
      }
    } finally {
      System.setErr(before);
    }
    assertEquals("", said.toString(StandardCharsets.UTF_8));
  }

  /** The definition of EXIF 2.3 (4.6.4 A), one pixel after the other. */
  static byte[] turn(Pixels stored, int orientation) {
    int w = stored.width();
    int h = stored.height();
    int uprightWidth = orientation < 5 ? w : h;
    byte[] upright = new byte[stored.rgb().length];
    for (int row = 0; row < h; row++) {
      for (int column = 0; column < w; column++) {
        int x;
        int y;
        switch (orientation) {
          case 1 -> {
            x = column;
            y = row;
          }
          case 2 -> {
            x = w - 1 - column;
            y = row;
          }
          case 3 -> {
            x = w - 1 - column;
            y = h - 1 - row;
          }
          case 4 -> {
            x = column;
            y = h - 1 - row;
          }
          case 5 -> {
            x = row;
            y = column;
          }
          case 6 -> {
            x = h - 1 - row;
            y = column;
          }
          case 7 -> {
            x = h - 1 - row;
            y = w - 1 - column;
          }
          default -> {
            x = row;
            y = w - 1 - column;
          }
        }
        for (int b = 0; b < 3; b++) {
          upright[3 * (y * uprightWidth + x) + b] = stored.rgb()[3 * (row * w + column) + b];
        }
      }
    }
    return upright;
  }
}

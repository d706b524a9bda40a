package dev.graft.photo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Pixels, decoded exactly, against those that Pillow gave to make_photo_fixtures.py. */
class PillowParityTest {

  private final PhotoReader reader = PhotoReader.create().withExactDecoding();

  @TestFactory
  Stream<DynamicTest> decodesAsPillowDoes() throws IOException {
    return Fixtures.pictures().stream()
        .map(p -> dynamicTest(p.getFileName().toString(), () -> checkDecoded(p)));
  }

  private void checkDecoded(Path picture) throws IOException {
    byte[] expected = Files.readAllBytes(Path.of(picture + ".rgb"));
    Pixels pixels = reader.read(picture);
    boolean turned = picture.toString().contains("turned");
    assertEquals(turned ? 16 : 24, pixels.width());
    assertEquals(expected.length, pixels.rgb().length);
    // JPEG: the same library, so the same bits; one level for the rounding of alpha over white.
    int difference = Fixtures.largestDifference(expected, pixels.rgb());
    assertTrue(difference <= 1, () -> "differs from Pillow by " + difference);
  }

  @TestFactory
  Stream<DynamicTest> resizesAsPillowDoes() throws IOException {
    byte[] expected = Fixtures.bytes("resize/expected.bin");
    return Files.readAllLines(Fixtures.folder("resize/cases.tsv")).stream()
        .skip(1)
        .map(line -> dynamicTest(line.replace('\t', ' '), () -> checkResized(line, expected)));
  }

  private static void checkResized(String line, byte[] allExpected) throws IOException {
    List<String> c = List.of(line.split("\t"));
    Pixels source =
        new Pixels(
            Integer.parseInt(c.get(1)),
            Integer.parseInt(c.get(2)),
            Fixtures.bytes("resize/" + c.get(0) + ".rgb"));
    Resize resize =
        new Resize(
            Integer.parseInt(c.get(3)),
            Integer.parseInt(c.get(4)),
            Resize.Fit.valueOf(c.get(5)),
            Resize.Filter.valueOf(c.get(6)));
    int offset = Integer.parseInt(c.get(7));
    int length = 3 * resize.width() * resize.height();
    // The same integer arithmetic in the same order: no tolerance.
    assertArrayEquals(
        Arrays.copyOfRange(allExpected, offset, offset + length), resize.apply(source).rgb());
  }

  @Test
  void makesGrayBeforeResizing() throws IOException {
    PhotoPreprocessing gray = new PhotoPreprocessing(Resize.stretch(10, 7), ColorMode.GRAYSCALE);
    Pixels pixels = reader.read(Fixtures.folder("encoded/rgb.png"), gray);
    assertArrayEquals(Fixtures.bytes("resize/gray_10x7.rgb"), pixels.rgb());
  }

  @Test
  void resizesWhileReadingAsItDoesAfterwards() throws IOException {
    for (String name : List.of("rgb420.jpg", "gray.png", "turned.tif", "rgb422_turned.jpg")) {
      Path file = Fixtures.folder("encoded/" + name);
      for (Resize.Fit fit : Resize.Fit.values()) {
        for (Resize.Filter filter : Resize.Filter.values()) {
          Resize resize = new Resize(11, 5, fit, filter);
          PhotoPreprocessing preprocessing = new PhotoPreprocessing(resize, ColorMode.RGB);
          assertArrayEquals(
              resize.apply(reader.read(file)).rgb(), reader.read(file, preprocessing).rgb());
        }
      }
    }
  }
}

package dev.graft.photo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Files of kinds that users of other projects have reported, made from the sample photos; their
 * licence is that of test-images.
 */
class ReportedPhotosTest {

  private static final int CELLS = 4;

  private final PhotoReader reader = PhotoReader.create();

  /** Path, what is expected, width, height, mean colours of 4 x 4 cells. */
  @TestFactory
  Stream<DynamicTest> areReadOrSaidToBeUnsupported() throws IOException {
    List<String> lines = Files.readAllLines(Fixtures.folder("reported/expected.tsv"));
    assertEquals(13, lines.size());
    return lines.stream()
        .skip(1)
        .map(line -> List.of(line.split("\t", -1)))
        .map(row -> dynamicTest(row.get(0), () -> check(row)));
  }

  private void check(List<String> row) throws IOException {
    Path file = Fixtures.folder("reported/" + row.get(0));
    if (row.get(1).equals("decode or unsupported")) {
      PhotoException e = assertThrows(PhotoException.class, () -> reader.read(file));
      assertTrue(e.reason().startsWith("unsupported: "), e::reason);
      return;
    }
    Pixels pixels = reader.read(file);
    assertEquals(Integer.parseInt(row.get(2)), pixels.width());
    assertEquals(Integer.parseInt(row.get(3)), pixels.height());
    List<Integer> expected = new ArrayList<>();
    for (String colour : row.get(4).split(" ", -1)) {
      for (int band = 0; band < 3; band++) {
        expected.add(Integer.parseInt(colour.substring(2 * band, 2 * band + 2), 16));
      }
    }
    for (int cell = 0; cell < CELLS * CELLS; cell++) {
      for (int band = 0; band < 3; band++) {
        double mean = mean(pixels, cell % CELLS, cell / CELLS, band);
        assertEquals(expected.get(3 * cell + band), mean, 3.5, "cell " + cell);
      }
    }
  }

  private static double mean(Pixels pixels, int column, int row, int band) {
    double left = (double) column * pixels.width() / CELLS;
    double right = (column + 1.0) * pixels.width() / CELLS;
    double top = (double) row * pixels.height() / CELLS;
    double bottom = (row + 1.0) * pixels.height() / CELLS;
    double sum = 0;
    for (int y = (int) top; y < bottom; y++) {
      for (int x = (int) left; x < right; x++) {
        double across = Math.min(x + 1, right) - Math.max(x, left);
        double down = Math.min(y + 1, bottom) - Math.max(y, top);
        sum += across * down * (pixels.rgb()[3 * (y * pixels.width() + x) + band] & 0xff);
      }
    }
    return sum / (right - left) / (bottom - top);
  }

  @Test
  void refusesDataThatEndBeforeThePicture() throws IOException {
    String early =
        "truncated WEBP (the lossless data end before the last pixel); copy the file again or leave it out";
    assertEquals(early, reason("cut2.webp"));
    assertEquals(early, reason("n18t.webp"));
    // It claims 196 megapixels: where Java has too little for them it does not come to the data.
    String huge = reason("n196t.webp");
    assertTrue(huge.equals(early) || huge.startsWith("14000 x 14000 pixels of this WEBP"), huge);
    assertEquals(
        "truncated BMP (2 bytes of data for the 12000 rows that its header claims); copy the file again or leave it out",
        reason("b.bmp"));
  }

  private String reason(String name) {
    Path file = Fixtures.folder("reported/damage").resolve(name);
    return assertThrows(PhotoException.class, () -> reader.read(file)).reason();
  }
}

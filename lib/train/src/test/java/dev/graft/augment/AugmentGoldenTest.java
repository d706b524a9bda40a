package dev.graft.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each operation with given numbers against what augment_golden.py computed. */
class AugmentGoldenTest {

  private static final int WIDTH = 24;
  private static final int HEIGHT = 16;
  private static final int LENGTH = 3 * WIDTH * HEIGHT;

  @TestFactory
  Stream<DynamicTest> changesPixelsAsKerasAndTorchvisionDo() throws IOException {
    Pixels photo = new Pixels(WIDTH, HEIGHT, resource("photo.bin"));
    byte[] expected = resource("expected.bin");
    List<String> cases = new String(resource("cases.tsv"), StandardCharsets.UTF_8).lines().toList();
    assertEquals(cases.size() * LENGTH, expected.length);
    return IntStream.range(0, cases.size())
        .mapToObj(
            i ->
                dynamicTest(
                    cases.get(i).replace('\t', ' ').strip(),
                    () ->
                        check(
                            cases.get(i),
                            photo,
                            Arrays.copyOfRange(expected, i * LENGTH, (i + 1) * LENGTH))));
  }

  /**
   * No tolerance but for the hue. The colours are the same 8-bit arithmetic; an affine sample is
   * rounded to the nearest level and so could differ by 1 where the exact value lies halfway
   * between two and the last bit of a float decides, but none of these does. A hue may differ by 1:
   * torchvision cuts its channels off ({@code 255.999 * v}) where here they are rounded.
   */
  private static void check(String line, Pixels photo, byte[] expected) {
    byte[] found = result(line.split("\t", -1), photo).rgb();
    int allowed = line.startsWith("hue") ? 1 : 0;
    assertEquals(expected.length, found.length);
    for (int i = 0; i < found.length; i++) {
      int difference = Math.abs((found[i] & 0xff) - (expected[i] & 0xff));
      assertTrue(difference <= allowed, "differs by " + difference + " at " + i);
    }
  }

  private static Pixels result(String[] line, Pixels photo) {
    double[] n = Stream.of(line[1].split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
    return switch (line[0]) {
      case "affine" ->
          AffineMatrix.about(n[0], n[1], n[2], n[3], n[4], n[5], WIDTH, HEIGHT)
              .sample(photo, fill(line[2]));
      case "channel_shift" -> ColorAdjustment.channelShift(photo, n[0]);
      case "brightness" -> ColorAdjustment.brightness(photo, n[0]);
      case "contrast" -> ColorAdjustment.contrast(photo, n[0]);
      case "saturation" -> ColorAdjustment.saturation(photo, n[0]);
      case "hue" -> ColorAdjustment.hue(photo, n[0]);
      case "crop" ->
          Resize.stretch(WIDTH, HEIGHT)
              .apply(new Crop((int) n[0], (int) n[1], (int) n[2], (int) n[3]).of(photo));
      default -> throw new AssertionError(line[0]);
    };
  }

  private static Fill fill(String modeAndLevel) {
    int slash = modeAndLevel.indexOf('/');
    return switch (modeAndLevel.substring(0, slash)) {
      case "nearest" -> Fill.nearest();
      case "reflect" -> Fill.reflect();
      case "wrap" -> Fill.wrap();
      default -> Fill.constant(Integer.parseInt(modeAndLevel.substring(slash + 1)));
    };
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = AugmentGoldenTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }
}

package dev.graft.photo;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Damaged bytes end as pixels or as a PhotoException, and never as anything else. */
class DamagedPhotosTest {

  private static final int FEW = 20;
  private static final int MANY = 3_000;

  /** A hang, not a measurement. */
  private static final Duration HANG = Duration.ofSeconds(60);

  @TestFactory
  Stream<DynamicTest> endAsPixelsOrAsAPhotoException() throws IOException {
    return Fixtures.pictures().stream()
        .map(
            p ->
                dynamicTest(
                    p.getFileName().toString(),
                    () -> assertTimeoutPreemptively(HANG, () -> damage(p, FEW))));
  }

  @TestFactory
  @Tag("soak")
  Stream<DynamicTest> endAsPixelsOrAsAPhotoExceptionInManyCases() throws IOException {
    return Fixtures.pictures().stream()
        .map(p -> dynamicTest(p.getFileName().toString(), () -> damage(p, MANY)));
  }

  private static void damage(Path picture, int cases) throws IOException {
    byte[] whole = Files.readAllBytes(picture);
    SplittableRandom random = new SplittableRandom(picture.getFileName().hashCode());
    PhotoReader reader = PhotoReader.create().withMaxPixels(10_000_000);
    for (int i = 0; i < cases; i++) {
      byte[] bytes = whole.clone();
      int flips = 1 << random.nextInt(5);
      for (int f = 0; f < flips; f++) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      if (i % 4 == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      try {
        Pixels pixels = reader.read(bytes, "damaged", PhotoPreprocessing.stretch(8, 8));
        assertTrue(pixels.width() == 8 && pixels.height() == 8);
      } catch (PhotoException e) {
        assertTrue(e.getMessage().startsWith("damaged: "), e::getMessage);
      }
    }
  }
}

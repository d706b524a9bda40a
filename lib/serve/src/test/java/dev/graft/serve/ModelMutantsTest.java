package dev.graft.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.device.Device;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.photo.Pixels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Model files with bytes that are wrong at random: each is refused, or says what it said. */
class ModelMutantsTest {

  @TempDir Path folder;

  @Test
  void hundredsOfDamagedModelsAreRefused() throws Exception {
    assertHarmless(400);
  }

  @Test
  @Tag("soak")
  void thousandsOfDamagedModelsAreRefused() throws Exception {
    assertHarmless(20_000);
  }

  private void assertHarmless(int mutants) throws Exception {
    Random random = new Random(13);
    int refused = 0;
    for (Path source : List.of(TestPhotos.model(folder), TestPhotos.multiLabelModel(folder))) {
      Path file = folder.resolve("mutant.onnx");
      ModelBytes.write(file, Files.readAllBytes(source), true);
      byte[] whole = Files.readAllBytes(file);
      List<Prediction> expected = predictions(file);
      for (int i = 0; i < mutants / 2; i++) {
        byte[] mutant = mutant(whole, random);
        Files.write(file, mutant);
        try {
          assertEquals(expected, predictions(file), () -> Arrays.toString(mutant));
        } catch (ModelException e) {
          refused++;
        }
      }
    }
    // Besides those that were cut where the checksum begins, or changed to what they were.
    assertTrue(refused > 0.98 * mutants, refused + " were refused");
  }

  private static List<Prediction> predictions(Path file) throws ModelException {
    ClassifierOptions options =
        ClassifierOptions.defaults().withDevice(Device.cpu()).withThreads(1).withWarmUp(false);
    try (Classifier classifier = Classifier.open(file, options)) {
      List<Pixels> photos = List.of(TestPhotos.pixels(200, 10, 0), TestPhotos.pixels(0, 90, 100));
      return classifier.classifyAll(photos);
    }
  }

  private static byte[] mutant(byte[] whole, Random random) {
    byte[] mutant = whole.clone();
    int at = random.nextInt(whole.length);
    int length = Math.min(1 + random.nextInt(64), whole.length - at);
    int other = random.nextInt(whole.length - length + 1);
    switch (random.nextInt(8)) {
      case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> {
        for (int i = random.nextInt(8); i >= 0; i--) {
          mutant[random.nextInt(whole.length)] = (byte) random.nextInt(256);
        }
      }
      case 2 -> mutant = Arrays.copyOf(whole, at);
      case 3 -> Arrays.fill(mutant, at, at + length, (byte) 0);
      case 4 -> System.arraycopy(whole, other, mutant, at, length);
      case 5 -> mutant = spliced(whole, at, at + length, new byte[0]);
      case 6 -> mutant = spliced(whole, at, at, Arrays.copyOfRange(whole, other, other + length));
      default -> {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        mutant = spliced(whole, at, at + random.nextInt(2) * length, noise);
      }
    }
    return mutant;
  }

  /** With other bytes in the place of some. */
  private static byte[] spliced(byte[] whole, int from, int to, byte[] between) {
    byte[] spliced = Arrays.copyOf(whole, from + between.length + whole.length - to);
    System.arraycopy(between, 0, spliced, from, between.length);
    System.arraycopy(whole, to, spliced, from + between.length, whole.length - to);
    return spliced;
  }
}

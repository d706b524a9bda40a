package dev.graft.quantize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.data.DataException;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.Skipped;
import dev.graft.evaluate.ModelComparison;
import dev.graft.evaluate.ModelComparison.Example;
import dev.graft.photo.Pixels;
import dev.graft.serve.Classifier;
import dev.graft.testing.Photos;
import dev.graft.testing.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a model that tells red, green and blue. */
class CalibrationPhotosTest {

  private static final Path MODEL =
      Project.ROOT.resolve("cli-demo/src/main/distribution/lib/rehearsal.onnx");

  @TempDir private Path temp;

  private Classifier classifier;
  private final List<Path> paths = new ArrayList<>();

  @BeforeEach
  void makePhotos() throws IOException {
    classifier = Classifier.open(MODEL);
    for (int i = 0; i < 8; i++) {
      paths.add(Photos.ofOneColor(temp.resolve("red/" + i + ".png"), 8, 8, 0xff0000 + i));
      paths.add(Photos.ofOneColor(temp.resolve("odd/" + i + ".png"), 8, 8, 0x00ff00 + i));
    }
  }

  @AfterEach
  void close() {
    classifier.close();
  }

  private CalibrationPhotos photos() {
    return CalibrationPhotos.of(classifier, temp, paths);
  }

  private static List<Example> all(Iterator<Example> examples) {
    List<Example> all = new ArrayList<>();
    examples.forEachRemaining(all::add);
    return all;
  }

  private static List<Integer> colors(List<Pixels> photos) {
    return photos.stream()
        .map(Pixels::rgb)
        .map(rgb -> (rgb[0] & 255) << 16 | (rgb[1] & 255) << 8 | (rgb[2] & 255))
        .toList();
  }

  @Test
  void whatIsComparedOnWasNotCalibratedOnAndTheChoiceIsTheSameEachTime() throws IOException {
    CalibrationPhotos photos = photos();
    List<Pixels> calibrating = photos.toCalibrate(6);
    List<Pixels> others = all(photos.others()).stream().map(Example::pixels).toList();
    assertEquals(6, calibrating.size());
    assertEquals(10, others.size());
    Set<Integer> all = new HashSet<>(colors(calibrating));
    all.addAll(colors(others));
    assertEquals(16, all.size());
    assertEquals(colors(calibrating), colors(photos().toCalibrate(6)));
    assertEquals(List.of(), photos.skipped());
  }

  @Test
  void theFolderIsTheLabelWhereTheModelKnowsIt() {
    List<Example> all = all(photos().others());
    assertEquals(8, all.stream().filter(example -> "red".equals(example.label())).count());
    assertEquals(8, all.stream().filter(example -> example.label() == null).count());
  }

  @Test
  void whatCannotBeReadIsPassedOverAndKeptInMind() throws IOException {
    Path broken = Files.writeString(temp.resolve("red/broken.png"), "no photo");
    paths.add(broken);
    CalibrationPhotos photos = photos();
    assertEquals(16, photos.toCalibrate(CalibrationPhotos.USUAL).size());
    assertFalse(photos.others().hasNext());
    assertEquals(List.of(broken), photos.skipped().stream().map(Skipped::path).toList());
  }

  @Test
  void tooFewPhotosAreAnError() {
    paths.subList(3, paths.size()).clear();
    assertEquals(
        temp + ": expected at least 4 photos to calibrate on, found 3",
        assertThrows(DataException.class, () -> photos().toCalibrate(64)).getMessage());
  }

  @Test
  void aModelIsComparedWithTheOneThatItWasMadeFromOnLabeledPhotos() throws IOException {
    Photos.ofOneColor(temp.resolve("test/red/a.png"), 8, 8, 0xff0000);
    Photos.ofOneColor(temp.resolve("test/blue/a.png"), 8, 8, 0x0000ff);
    Path whole = Photos.ofOneColor(temp.resolve("whole.png"), 8, 8, 0x0000ff);
    Files.write(temp.resolve("test/blue/b.png"), Arrays.copyOf(Files.readAllBytes(whole), 40));
    LabeledFolder labeled =
        LabeledFolder.open(
            temp.resolve("test"),
            LabeledFolderOptions.defaults()
                .withClasses(classifier.classes())
                .withValidationSplit(0)
                .withSkipUnreadable(true));
    CalibrationPhotos photos = photos();
    QuantizedModel small = ModelQuantizer.of(MODEL).fp16();
    ModelComparison cost = small.compare(classifier, photos.of(labeled));
    assertEquals(2, cost.n());
    assertEquals(2, cost.labelled());
    assertEquals(2, cost.agreeing());
    assertEquals(cost.rightBefore(), cost.rightAfter());
    assertEquals(Optional.empty(), small.int8());
    assertEquals(
        List.of(temp.resolve("test/blue/b.png")),
        photos.skipped().stream().map(Skipped::path).toList());
    Path target = temp.resolve("small.onnx");
    small.write(target, false);
    try (Classifier written = Classifier.open(target)) {
      assertEquals(classifier.classes(), written.classes());
    }
    assertTrue(Files.size(target) > 0);
  }
}

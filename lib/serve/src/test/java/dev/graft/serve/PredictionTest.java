package dev.graft.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.model.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The labels of a photo, by models of one label a photo and of several. */
class PredictionTest {

  private static final LabelProbability CAT = new LabelProbability("cat", 0, 0.25f, -1.1f);
  private static final LabelProbability DOG = new LabelProbability("dog", 1, 0.75f, 1.1f);
  private static final LabelProbability OWL = new LabelProbability("owl", 2, 0.5f, 0);

  @TempDir private Path folder;

  @Test
  void givesTheBestLabelAloneWhereAPhotoHasOne() {
    Prediction prediction = new Prediction(List.of(CAT, DOG));
    assertEquals(DOG, prediction.best());
    assertEquals(List.of(DOG), prediction.labels());
  }

  @Test
  void givesTheLabelsThatReachTheirOwnThresholdTheMostProbableFirst() {
    assertEquals(List.of(DOG, CAT), labels(0.25, 0.75, 0.51));
    assertEquals(List.of(DOG, OWL), labels(0.26, 0, 0.5));
    assertEquals(List.of(OWL), labels(0.26, 0.76, 0.4));
    assertEquals(List.of(), labels(1, 1, 1));
  }

  private static List<LabelProbability> labels(double cat, double dog, double owl) {
    return new Prediction(List.of(CAT, DOG, OWL), List.of(cat, dog, owl)).labels();
  }

  /** 0.1f is 0.10000000149: as a float it would be equal to both thresholds. */
  @Test
  void comparesInDoublePrecision() {
    LabelProbability tenth = new LabelProbability("x", 0, 0.1f, 0);
    assertEquals(List.of(tenth), new Prediction(List.of(tenth), List.of(0.1)).labels());
    assertEquals(List.of(), new Prediction(List.of(tenth), List.of(0.1000000016)).labels());
  }

  @Test
  void takesAnotherThresholdForAllClasses() {
    Prediction prediction = new Prediction(List.of(CAT, DOG, OWL), List.of(1.0, 1.0, 1.0));
    assertEquals(List.of(DOG, OWL), prediction.withThreshold(0.5).labels());
    assertEquals(List.of(DOG, OWL, CAT), prediction.withThreshold(0).labels());
    assertEquals(prediction.ranked(), prediction.withThreshold(0.5).ranked());
    assertThrows(IllegalArgumentException.class, () -> prediction.withThreshold(1.01));
    assertThrows(IllegalArgumentException.class, () -> prediction.withThreshold(Double.NaN));
    Prediction single = new Prediction(List.of(CAT, DOG));
    assertThrows(IllegalStateException.class, () -> single.withThreshold(0.5));
  }

  @Test
  void refusesThresholdsForSomeClassesOnly() {
    assertThrows(
        IllegalArgumentException.class, () -> new Prediction(List.of(CAT, DOG), List.of(0.5)));
  }

  @Test
  void readsTheThresholdsFromTheModelFile() throws Exception {
    try (Classifier classifier = Classifier.open(TestPhotos.multiLabelModel(folder))) {
      assertEquals(Task.MULTI_LABEL, classifier.modelFile().task());
      Prediction yellow = classifier.classify(TestPhotos.pixels(255, 255, 0));

      assertEquals(List.of("red", "green"), names(yellow));
      // The fixture's graph: logits = 10 * mean / 255 - 5. Tolerance: float rounding over 256
      // pixels.
      assertArrayEquals(new float[] {5, 5, -5}, yellow.logits(), 1e-5f);
      double high = 1 / (1 + Math.exp(-5));
      assertArrayEquals(
          new float[] {(float) high, (float) high, (float) (1 - high)},
          yellow.probabilities(),
          1e-6f);
      assertEquals(List.of(), names(classifier.classify(TestPhotos.pixels(0, 0, 0))));
      // 0.38 each, between the thresholds of green and red.
      assertEquals(List.of("green"), names(classifier.classify(TestPhotos.pixels(115, 115, 115))));
    }
  }

  @Test
  void keepsTheThresholdsInBatches() throws Exception {
    List<Path> photos =
        List.of(
            TestPhotos.write(folder.resolve("white"), 20, 10, 255, 255, 255),
            TestPhotos.write(folder.resolve("black"), 20, 10, 0, 0, 0));
    List<List<String>> labels = new ArrayList<>();
    try (Classifier classifier = Classifier.open(TestPhotos.multiLabelModel(folder))) {
      BatchClassifier.of(classifier)
          .classify(
              photos, result -> labels.add(names(((PhotoResult.Classified) result).prediction())));
    }
    assertEquals(List.of(List.of("red", "green", "blue"), List.of()), labels);
  }

  private static List<String> names(Prediction prediction) {
    return prediction.labels().stream().map(LabelProbability::label).toList();
  }
}

package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.augment.Augmentation;
import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.evaluate.Evaluator;
import dev.graft.evaluate.SingleLabelEvaluation;
import dev.graft.model.SplitMetrics;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.Progress;
import dev.graft.recipe.UnreadablePhotosException;
import dev.graft.serve.Classifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Validation and test photos: never changed, never learnt from. With EfficientNet-Lite0. */
class UnseenPhotosTest {

  private static final Augmentation STRONG = Augmentation.parse("strong");

  @TempDir private Path folder;
  private LabeledFolder train;
  private LabeledFolder unseen;

  @BeforeEach
  void takePhotos() throws IOException {
    train = SamplePhotos.copy(folder.resolve("train"), 0, 6);
    unseen = SamplePhotos.copy(folder.resolve("unseen"), 6, 5);
  }

  private Trainer trainer() {
    return Trainer.on(train)
        .backbone(Backbones.efficientNetLite0())
        .head(Head.linear())
        .epochs(4)
        .threads(2);
  }

  @Test
  void testPhotosAreReadWhenAllElseIsDone() throws Exception {
    Path away = folder.resolve("away");
    Files.move(unseen.root(), away);
    FineTuning last = FineTuning.from("head").withEpochs(2);
    List<Integer> epochs = new ArrayList<>();
    TrainedModel tested =
        trainer()
            .fineTune(last)
            .test(unseen)
            .onProgress(
                progress -> {
                  if (progress instanceof Progress.Epoch epoch) {
                    epochs.add(epoch.metrics().epoch());
                    if (epoch.metrics().epoch() == 6) {
                      move(away, unseen.root());
                    }
                  }
                })
            .train();
    assertEquals(List.of(1, 2, 3, 4, 5, 6), epochs);
    assertEquals(10, tested.report().test().n());
    TrainedModel untested = trainer().fineTune(last).train();
    assertEquals(untested.report().epochs(), tested.report().epochs());
    assertEquals(untested.report().train(), tested.report().train());

    Files.move(unseen.root(), away); // and they are read then
    UnreadablePhotosException e =
        assertThrows(UnreadablePhotosException.class, () -> trainer().test(unseen).train());
    assertEquals(10, e.photos().size());
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void augmentationChangesTheFeaturesOfTrainingPhotosAlone() throws Exception {
    List<Progress.Features> seen = new ArrayList<>();
    SplitMetrics plain;
    TrainedModel augmented;
    Path cache = folder.resolve("cache");
    plain = trainer().validation(unseen).cache(cache).train().report().validation();
    augmented =
        trainer()
            .validation(unseen)
            .cache(cache)
            .augment(STRONG, 3)
            .onProgress(
                progress -> {
                  if (progress instanceof Progress.Features features) {
                    seen.add(features);
                  }
                })
            .train();
    Progress.Features last = seen.get(seen.size() - 1);
    assertEquals(10, last.fromCache(), "the validation photos, and those only");
    assertEquals(22, last.total());
    assertEquals(22 + 3 * 12, features(folder.resolve("cache")));
    assertNotEquals(plain.loss(), augmented.report().validation().loss(), "it learnt otherwise");
    assertIsWhatTheFileSays(augmented);
  }

  private static long features(Path cache) throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      return files.filter(file -> file.toString().endsWith(".features")).count();
    }
  }

  @Test
  void photosDrawnAfreshInEachEpochAreTrainingPhotosAlone() throws Exception {
    TrainedModel model =
        trainer()
            .validation(unseen)
            .test(unseen)
            .allowOverlap(true)
            .augment(STRONG, 1)
            .fineTune(FineTuning.from("head").withEpochs(2))
            .train();
    assertIsWhatTheFileSays(model);
    assertEquals(model.report().validation(), model.report().test());
  }

  /** The file knows no augmentation. */
  private void assertIsWhatTheFileSays(TrainedModel model) throws Exception {
    SplitMetrics told = model.report().validation();
    Path file = folder.resolve("model.onnx");
    model.exportOnnx(file);
    try (Classifier classifier = Classifier.open(file)) {
      SingleLabelEvaluation evaluation =
          (SingleLabelEvaluation) Evaluator.evaluate(classifier, unseen);
      assertEquals(told.n(), evaluation.n());
      assertEquals(told.accuracy(), evaluation.accuracy(), 1e-9);
      // ONNX Runtime and PyTorch add floats in another order; an augmented photo differs by far.
      assertEquals(told.loss(), evaluation.logLoss(), 1e-4);
    }
    assertTrue(told.n() > 0);
  }
}

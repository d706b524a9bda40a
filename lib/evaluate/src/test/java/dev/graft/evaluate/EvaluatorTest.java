package dev.graft.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.data.BatchOptions;
import dev.graft.data.DataException;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.PhotoBatches;
import dev.graft.data.Skipped;
import dev.graft.serve.Classifier;
import dev.graft.testing.Photos;
import dev.graft.testing.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the model files of serve's tests, which know red, green and blue. */
class EvaluatorTest {

  private static final Path MODELS = Project.ROOT.resolve("lib/serve/src/test/resources/dev/graft");

  @TempDir private Path photos;

  /** A folder that can be opened either way. */
  @BeforeEach
  void makePhotos() throws IOException {
    photo("red/1.png", 0xff0000);
    photo("blue/1.png", 0x0000ff);
    Files.writeString(
        photos.resolve("tags.csv"), "path,labels\nred/1.png,red\nblue/1.png,blue\nno.png,red\n");
  }

  private void photo(String name, int rgb) throws IOException {
    Photos.ofOneColor(photos.resolve(name), 1, 1, rgb);
  }

  @Test
  void opensPhotosAsAModelTakesThem() throws Exception {
    try (Classifier single = Classifier.open(MODELS.resolve("model-v1.onnx"))) {
      LabeledFolder folder = LabeledFolder.open(photos, single);
      assertEquals(single.classes(), folder.classes());
      assertEquals(folder.photos(), folder.training(), "no part is kept for validation");
      BatchOptions options = BatchOptions.suitedTo(single.modelFile());
      assertEquals(single.modelFile().preprocessing(), options.preprocessing());
      try (PhotoBatches batches = folder.batches(folder.photos(), 0, options)) {
        assertEquals(single.modelFile().preprocessing().resize().width(), batches.next().width());
      }
      Path tags = photos.resolve("tags.csv");
      assertEquals(
          tags + ": multi-label data, but the model is single-label",
          assertThrows(DataException.class, () -> LabeledFolder.open(tags, single)).getMessage());
    }
  }

  private static LabeledFolder open(Path data, Classifier classifier) throws IOException {
    return LabeledFolder.open(
        data, LabeledFolderOptions.suitedTo(classifier.modelFile()).withSkipUnreadable(true));
  }

  @Test
  void evaluatesModelsOnDataOfTheirKind() throws Exception {
    try (Classifier single = Classifier.open(MODELS.resolve("model-v1.onnx"));
        Classifier multi = Classifier.open(MODELS.resolve("model-v2.onnx"))) {
      LabeledFolder classes = open(photos, single);
      LabeledFolder tags = open(photos.resolve("tags.csv"), multi);
      List<Integer> done = new ArrayList<>();

      SingleLabelEvaluation ofClasses =
          assertInstanceOf(
              SingleLabelEvaluation.class,
              Evaluator.evaluate(single, classes, (n, total) -> done.add(n)));
      assertEquals(1, ofClasses.accuracy());
      MultiLabelEvaluation ofTags =
          assertInstanceOf(
              MultiLabelEvaluation.class,
              Evaluator.evaluate(multi, tags, (n, total) -> done.add(n)));
      assertEquals(1, ofTags.exactMatch());
      assertEquals(1, ofTags.meanAveragePrecision());
      assertEquals(2, ofTags.n());
      assertEquals(
          List.of(
              new Skipped(photos.resolve("no.png"), "no such file; line 4 of tags.csv names it")),
          ofTags.failures());
      assertEquals(List.of(1, 2, 1, 2), done);

      assertEquals(
          "expected single-label data for a single-label model, got multi-label data",
          assertThrows(IllegalArgumentException.class, () -> Evaluator.evaluate(single, tags))
              .getMessage());
      assertThrows(IllegalArgumentException.class, () -> Evaluator.evaluate(multi, classes));
    }
  }
}

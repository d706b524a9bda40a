package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.backbone.Backbone;
import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.evaluate.Evaluator;
import dev.graft.evaluate.SingleLabelEvaluation;
import dev.graft.features.FeatureCache;
import dev.graft.features.QuantizedBackbones;
import dev.graft.model.QuantizationInfo;
import dev.graft.quantize.Precision;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.Progress;
import dev.graft.recipe.TrainingException;
import dev.graft.serve.Classifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads that learn from quantised backbones. With EfficientNet-Lite0, whose int8 is the harder. */
class QuantizedTrainingTest {

  @TempDir private static Path cache;

  @TempDir private Path folder;
  private LabeledFolder train;
  private LabeledFolder unseen;
  private final List<Progress> seen = new ArrayList<>();

  @BeforeEach
  void takePhotos() throws IOException {
    train = SamplePhotos.copy(folder.resolve("train"), 0, 8);
    unseen = SamplePhotos.copy(folder.resolve("unseen"), 8, 5);
  }

  private Trainer trainer(Precision precision) {
    return Trainer.on(train)
        .backbone(Backbones.efficientNetLite0())
        .head(Head.linear())
        .epochs(4)
        .cache(cache)
        .onProgress(seen::add)
        .precision(precision);
  }

  private boolean hasQuantised() {
    return seen.stream().anyMatch(Progress.Quantizing.class::isInstance);
  }

  @Test
  void whatWasMeasuredIsWhatTheFileDoes() throws Exception {
    for (Precision precision : List.of(Precision.FP16, Precision.INT8)) {
      TrainedModel model = trainer(precision).validation(unseen).train();
      assertEquals(precision.toString(), model.quantization().orElseThrow().precision());
      Path file = folder.resolve(precision + ".onnx");
      Parity parity = model.exportOnnx(file);
      assertTrue(parity.maxDifference() < 1e-5, parity.toString());
      try (Classifier classifier = Classifier.open(file)) {
        SingleLabelEvaluation evaluation =
            (SingleLabelEvaluation) Evaluator.evaluate(classifier, unseen);
        assertEquals(model.report().validation().accuracy(), evaluation.accuracy());
        assertEquals(model.report().validation().loss(), evaluation.logLoss(), 1e-5);
        assertEquals(model.quantization().orElseThrow(), classifier.modelFile().quantization());
      }
    }
  }

  @Test
  void theBackboneIsQuantisedByTrainingPhotosAloneAndKept() throws IOException {
    trainer(Precision.INT8).train();
    seen.clear();
    TrainedModel other = trainer(Precision.INT8).validation(unseen).train();
    assertTrue(!hasQuantised(), "other photos to validate on, the same backbone");
    assertEquals(12, other.quantization().orElseThrow().calibrationPhotos(), "of 16, 4 judge");
    train = unseen;
    trainer(Precision.INT8).train();
    assertTrue(hasQuantised(), "other photos to learn from, another backbone");
  }

  @Test
  void autoTakesInt8WhereItIsFasterHere() throws IOException {
    TrainedModel model = trainer(Precision.AUTO).train();
    Progress.Chosen chosen =
        seen.stream()
            .filter(Progress.Chosen.class::isInstance)
            .map(Progress.Chosen.class::cast)
            .findFirst()
            .orElseThrow();
    boolean faster = chosen.speedup() >= 1.2;
    assertEquals(faster ? Precision.INT8 : Precision.FP32, chosen.precision());
    assertEquals(
        faster ? "int8" : "fp32",
        model.quantization().map(QuantizationInfo::precision).orElse("fp32"));
  }

  @Test
  void photosThatCannotBeReadAreNotCalibratedOn() throws IOException {
    Files.writeString(train.root().resolve("birds/broken.jpg"), "no photo");
    train =
        LabeledFolder.open(
            train.root(),
            LabeledFolderOptions.defaults().withValidationSplit(0).withSkipUnreadable(true));
    TrainedModel model = trainer(Precision.INT8).train();
    assertEquals(16, model.report().train().n());
    assertEquals(12, model.quantization().orElseThrow().calibrationPhotos());
  }

  @Test
  void tooFewPhotosToCalibrateOnAreAnErrorThatSaysSo() throws IOException {
    train = SamplePhotos.copy(folder.resolve("few"), 0, 1);
    TrainingException e =
        assertThrows(TrainingException.class, () -> trainer(Precision.INT8).train());
    assertTrue(
        e.getMessage().contains("expected at least 4 examples to calibrate on, got 2"),
        e.getMessage());
  }

  @Test
  void layersThatAreTrainedAreNotQuantised() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> trainer(Precision.INT8).fineTune(FineTuning.from("head")).train());
    assertTrue(e.getMessage().contains("graft quantize"), e.getMessage());
  }

  @Test
  void aBackboneCalibratedWithoutAPhotoIsNotKeptAsThatOfAll() throws Exception {
    Backbone small = Backbones.untrained(18, 1);
    Path kept = folder.resolve("kept");
    QuantizedBackbones quantized = new QuantizedBackbones(FeatureCache.in(kept), seen::add);
    Path fickle = train.photos().get(0).path();
    byte[] original = Files.readAllBytes(fickle);
    Files.write(fickle, Files.readAllBytes(train.photos().get(1).path()));
    quantized.of(small, train.photos(), Precision.INT8);
    assertFalse(Files.exists(kept));
    Files.write(fickle, original);
    quantized.of(small, train.photos(), Precision.INT8);
    assertTrue(Files.exists(kept));
  }
}

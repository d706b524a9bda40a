package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.augment.Augmentation;
import dev.graft.backbone.Backbone;
import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.model.ModelFile;
import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What a {@link Trainer} makes of its calls; with a network that learns in a moment. */
class TrainerCallsTest {

  private static final Backbone SMALL = Backbones.untrained(32, 42);
  private static final Head HEAD = Head.flattenDense(8, 0);
  private static final Hyperparameters HOW = Hyperparameters.of(7, 4, 1e-3f);

  @TempDir private Path folder;
  private Path photos;
  private LabeledFolder data;

  @BeforeEach
  void takePhotos() throws IOException {
    photos = folder.resolve("photos");
    data = SamplePhotos.copy(photos, 0, 6);
  }

  private byte[] model(Trainer trainer) throws IOException {
    Path file = folder.resolve("model.onnx");
    trainer.train().exportOnnx(file, true);
    return Files.readAllBytes(file);
  }

  @Test
  void mayComeInAnyOrder() throws Exception {
    byte[] usual =
        model(Trainer.on(data).backbone(SMALL).head(HEAD).hyperparameters(HOW).epochs(2));
    assertArrayEquals(
        usual, model(Trainer.on(data).epochs(2).hyperparameters(HOW).head(HEAD).backbone(SMALL)));
    assertEquals(
        2, Trainer.on(data).epochs(2).head(HEAD).backbone(SMALL).train().report().epochs().size());
  }

  @Test
  void bringPhotosToTheSizeOfTheBackboneWhateverTheFolderIs() throws Exception {
    Backbone grey = SMALL.withFit(Resize.Fit.PAD).withColorMode(ColorMode.GRAYSCALE);
    Path file = folder.resolve("grey.onnx");
    Trainer.on(data)
        .backbone(grey.withInterpolation(Resize.Filter.LANCZOS))
        .head(HEAD)
        .epochs(1)
        .train()
        .exportOnnx(file);
    assertEquals(
        new PhotoPreprocessing(
            new Resize(32, 32, Resize.Fit.PAD, Resize.Filter.LANCZOS), ColorMode.GRAYSCALE),
        ModelFile.read(file).preprocessing());
    assertEquals(PhotoPreprocessing.stretch(32, 32), SMALL.preprocessing());
    assertEquals(PhotoPreprocessing.stretch(224, 224), Backbones.vgg16().preprocessing());
  }

  @Test
  void takeTheSeedOfTheFolder() throws Exception {
    byte[] usual = model(Trainer.on(data).backbone(SMALL).head(HEAD).epochs(1));
    LabeledFolderOptions other = LabeledFolderOptions.defaults().withSeed(7).withValidationSplit(0);
    byte[] seventh =
        model(Trainer.on(LabeledFolder.open(photos, other)).backbone(SMALL).head(HEAD).epochs(1));
    assertFalse(Arrays.equals(usual, seventh));
    assertEquals(7, ModelFile.read(folder.resolve("model.onnx")).training().seed());
  }

  @Test
  void needABackbone() {
    assertEquals(
        "a training needs a backbone; call Trainer.backbone(...) before train()",
        assertThrows(IllegalStateException.class, () -> Trainer.on(data).epochs(1).train())
            .getMessage());
  }

  @Test
  void takeTheHeadThatSuitsTheBackbone() throws Exception {
    assertEquals(
        Head.flattenDense(64, 0),
        Trainer.on(data).backbone(SMALL).epochs(1).train().report().head());
  }

  @Test
  void cannotResumeWithoutAFileToResumeFrom() throws Exception {
    Trainer trainer = Trainer.on(data).resume(true).backbone(SMALL).head(HEAD).epochs(1);
    assertEquals(
        "expected the file that a training which was stopped is to go on from; call"
            + " Trainer.checkpoint(file) too, or not resume(true)",
        assertThrows(IllegalStateException.class, trainer::train).getMessage());
    Path notYet = folder.resolve("model.onnx.checkpoint");
    assertEquals(1, trainer.checkpoint(notYet).train().report().epochs().size());
  }

  @Test
  void takeNoNull() {
    Trainer trainer = Trainer.on(data);
    List<Executable> calls =
        List.of(
            () -> Trainer.on(null),
            () -> trainer.backbone(null),
            () -> trainer.head(null),
            () -> trainer.hyperparameters(null),
            () -> trainer.validation(null),
            () -> trainer.test(null),
            () -> trainer.cache(null),
            () -> trainer.device(null),
            () -> trainer.fineTune(null),
            () -> trainer.augment(null, 1),
            () -> trainer.checkpoint(null),
            () -> trainer.precision(null),
            () -> trainer.onProgress(null));
    calls.forEach(call -> assertThrows(NullPointerException.class, call));
    assertThrows(IllegalArgumentException.class, () -> trainer.epochs(0));
    assertThrows(IllegalArgumentException.class, () -> trainer.augment(Augmentation.none(), 0));
  }
}

package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.graft.backbone.Backbones;
import dev.graft.backbone.Normalization;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.Overlap;
import dev.graft.data.Skipped;
import dev.graft.device.Device;
import dev.graft.fit.Checkpoint;
import dev.graft.fit.HeadGraph;
import dev.graft.fit.ModelGraph;
import dev.graft.fit.TrainedNetwork;
import dev.graft.model.DataInfo;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.model.ModelFile;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.OverlapException;
import dev.graft.recipe.Progress;
import dev.graft.recipe.TrainingException;
import dev.graft.recipe.UnreadablePhotosException;
import dev.graft.serve.Classifier;
import dev.graft.serve.Prediction;
import dev.graft.testing.Project;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On photos of test-images and the real EfficientNet-Lite0: a few seconds each. */
class TrainerTest {

  private static final Path SAMPLES = Project.PHOTOS;

  private static final PhotoPreprocessing PREPROCESSING =
      Backbones.efficientNetLite0().preprocessing();

  @TempDir private Path folder;
  private Path photos;

  @BeforeEach
  void takeTenPhotosOfThreeClasses() throws IOException {
    photos = folder.resolve("photos with ünicode");
    for (String name : List.of("birds", "fruit", "household")) {
      Path target = Files.createDirectories(photos.resolve(name));
      try (Stream<Path> files = Files.list(SAMPLES.resolve(name))) {
        for (Path file : files.sorted().limit(10).toList()) {
          Files.copy(file, target.resolve(file.getFileName()));
        }
      }
    }
  }

  @Test
  void exportsAFileThatTellsThePhotosApartAndKnowsWhereItComesFrom() throws Exception {
    TrainedModel model = trainer().epochs(30).train();
    Path file = folder.resolve("model.onnx");
    Parity parity = model.exportOnnx(file);

    assertTrue(parity.maxDifference() <= 1e-5, parity.toString());
    assertEquals(8, parity.n());
    assertEquals(List.of("birds", "fruit", "household"), model.classes());
    assertTrue(model.report().train().accuracy() > 0.9, model.report().train().toString());
    ModelFile description = ModelFile.read(file);
    assertEquals(model.classes(), description.classes());
    assertEquals("efficientnet-lite0", description.backbone().name());
    assertEquals("linear", description.training().head());
    assertEquals("30", description.training().hyperParameters().get("epochs"));
    assertEquals(model.report().train(), description.training().train());
    assertEquals(10, description.training().data().countPerClass().get("fruit"));
    try (Classifier classifier = Classifier.open(file)) {
      int right = 0;
      LabeledFolder all = LabeledFolder.open(photos);
      for (var photo : all.photos()) {
        Prediction prediction = classifier.classify(photo.path());
        right += prediction.best().index() == photo.label() ? 1 : 0;
      }
      assertTrue(right >= 27, right + " of 30 right");
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1; // of a weight
    assertThrows(ModelException.class, () -> ModelBytes.of(bytes, file));
  }

  @Test
  void makesTheSameFileAgainForTheSameSeedAndThreads() throws Exception {
    Path first = folder.resolve("first.onnx");
    Path second = folder.resolve("second.onnx");
    trainer().head(Head.flattenDense(8, 0.5f)).epochs(2).threads(2).train().exportOnnx(first);
    trainer().head(Head.flattenDense(8, 0.5f)).epochs(2).threads(2).train().exportOnnx(second);
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
  }

  @Test
  void goesOnWhereTheCheckpointCannotBeWrittenAnyMore() throws Exception {
    Path checkpoint = folder.resolve("m.onnx.checkpoint");
    List<Progress.CheckpointFailed> failures = new ArrayList<>();
    Consumer<Progress> listener =
        progress -> {
          if (progress instanceof Progress.CheckpointFailed failed) {
            failures.add(failed);
          } else if (progress instanceof Progress.Epoch epoch && epoch.metrics().epoch() == 2) {
            putAFolderInPlaceOf(checkpoint);
          }
        };
    TrainedModel model = trainer().epochs(5).checkpoint(checkpoint).onProgress(listener).train();
    assertEquals(
        List.of(
            new Progress.CheckpointFailed(
                checkpoint, "a folder; expected the name of a file to write")),
        failures);
    assertEquals(
        trainer().epochs(5).train().report().epochs(), model.report().epochs(), "no other weights");
  }

  private static void putAFolderInPlaceOf(Path file) {
    try {
      Files.delete(file);
      Files.createDirectory(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void takesFeaturesFromTheCacheWhereverThePhotosHaveMoved() throws Exception {
    Path cacheFolder = folder.resolve("cache");
    List<Progress.Features> seen = new ArrayList<>();
    TrainedModel first = trainer().cache(cacheFolder).epochs(1).onProgress(keep(seen)).train();
    assertEquals(0, last(seen).fromCache());
    Files.move(photos, folder.resolve("moved"));
    photos = folder.resolve("moved");
    Files.move(
        photos.resolve("fruit").resolve(firstOf("fruit")), photos.resolve("fruit/renamed.xyz"));
    TrainedModel second = trainer().cache(cacheFolder).epochs(1).onProgress(keep(seen)).train();
    assertEquals(30, last(seen).fromCache());
    assertEquals(0, second.report().timing().backbone());
    assertEquals(first.report().train().n(), second.report().train().n());
  }

  @Test
  void countsPoolingAndPreprocessingInTheCache() throws Exception {
    List<Progress.Features> seen = new ArrayList<>();
    Path cache = folder.resolve("cache");
    trainer().cache(cache).epochs(1).train();
    trainer()
        .cache(cache)
        .epochs(1)
        .backbone(Backbones.efficientNetLite0().withNormalization(Normalization.rescale()))
        .onProgress(keep(seen))
        .train();
    assertEquals(0, last(seen).fromCache());
    trainer().cache(cache).head(Head.flattenDense(4, 0)).epochs(1).onProgress(keep(seen)).train();
    assertEquals(0, last(seen).fromCache());
  }

  @Test
  void namesEveryPhotoThatCannotBeReadAndTrainsWithoutThemOnRequest() throws Exception {
    Path broken = photos.resolve("birds").resolve("broken.jpg");
    Path whole = photos.resolve("birds").resolve(firstOf("birds"));
    byte[] bytes = Files.readAllBytes(whole);
    Files.write(broken, Arrays.copyOf(bytes, bytes.length / 2));

    UnreadablePhotosException e =
        assertThrows(UnreadablePhotosException.class, () -> trainer().epochs(1).train());
    assertEquals(broken, e.photos().get(0).path());
    assertEquals("1 photo cannot be read", e.getMessage());

    TrainedModel model = trainer(options(0.2).withSkipUnreadable(true)).epochs(1).train();
    assertEquals(broken, model.report().skipped().get(0).path());
    int n = model.report().train().n() + model.report().validation().n();
    assertEquals(30, n);
  }

  @Test
  void validatesAndTestsOnFoldersOfTheirOwn() throws Exception {
    LabeledFolder other =
        LabeledFolder.open(SAMPLES, options(0).withClasses(List.of("birds", "fruit", "household")));
    TrainedModel model =
        Trainer.on(LabeledFolder.open(photos, options(0)))
            .backbone(Backbones.efficientNetLite0())
            .head(Head.linear())
            .epochs(1)
            .validation(LabeledFolder.open(photos, options(0)))
            .test(other)
            .allowOverlap(true)
            .train();
    assertEquals(30, model.report().overlap().validation().size());
    assertEquals(30, model.report().overlap().test().size());
    assertEquals(30, model.report().train().n());
    assertEquals(model.report().train(), model.report().validation());
    assertEquals(35 + 24 + 25, model.report().test().n());
    LabeledFolder fewer = LabeledFolder.open(SAMPLES, options(0));
    TrainingException e = assertThrows(TrainingException.class, () -> trainer().validation(fewer));
    assertTrue(
        e.getMessage().contains("expected the classes [birds, fruit, household]"), e.getMessage());
  }

  @Test
  void judgesByNoPhotoThatItLearnsFrom() throws Exception {
    LabeledFolder learnt = LabeledFolder.open(photos, options(0.2));
    Path copied = learnt.training().get(0).path();
    Path validating = learnt.validation().get(0).path();
    Path tests = Files.createDirectories(folder.resolve("tests"));
    for (String name : learnt.classes()) {
      Files.createDirectories(tests.resolve(name));
      Files.copy(SAMPLES.resolve(name).resolve(last(name)), tests.resolve(name).resolve("x.jpg"));
    }
    Path one = Files.copy(copied, tests.resolve("fruit/1.jpg"));
    Path two = Files.copy(validating, tests.resolve("fruit/2.jpg"));
    Trainer trainer =
        trainer()
            .test(LabeledFolder.open(tests, options(0)))
            .epochs(1)
            .onProgress(progress -> fail("no work is done: " + progress));
    OverlapException e = assertThrows(OverlapException.class, trainer::train);
    assertEquals("2 of the test photos are training or validation photos too", e.getMessage());
    assertEquals(
        List.of(new Overlap.Pair(one, copied), new Overlap.Pair(two, validating)),
        e.overlap().test());
    assertEquals(List.of(), e.overlap().validation());
    assertThrows(
        OverlapException.class,
        () -> trainer.validation(LabeledFolder.open(photos, options(0))).train());
  }

  private static String last(String name) throws IOException {
    try (Stream<Path> files = Files.list(SAMPLES.resolve(name))) {
      return files.map(file -> file.getFileName().toString()).max(String::compareTo).orElseThrow();
    }
  }

  @Test
  void failsBeforeTheWorkWhereAClassHasNoPhotoToLearnFrom() throws Exception {
    Trainer trainer =
        Trainer.on(
                LabeledFolder.open(
                    photos, options(0.2).withClasses(List.of("birds", "fruit", "ghosts"))))
            .backbone(Backbones.efficientNetLite0())
            .head(Head.linear())
            .onProgress(progress -> fail("no work is done: " + progress));
    assertEquals(
        photos + ": no photo of class ghosts to train on; add some, or leave the class out",
        assertThrows(TrainingException.class, trainer::train).getMessage());
  }

  @Test
  void aPhotoThatChangesAfterItWasListedIsReportedAndLeavesTheCacheAsItShouldBe() throws Exception {
    Path fickle = photos.resolve("birds").resolve(firstOf("birds"));
    byte[] original = Files.readAllBytes(fickle);
    Path cacheFolder = folder.resolve("cache");
    Trainer trainer = trainer().epochs(1).cache(cacheFolder);
    Files.copy(
        photos.resolve("fruit").resolve(firstOf("fruit")),
        fickle,
        StandardCopyOption.REPLACE_EXISTING);
    UnreadablePhotosException e = assertThrows(UnreadablePhotosException.class, trainer::train);
    assertEquals(
        List.of(
            new Skipped(fickle, "has changed since it was listed; run again when it is complete")),
        e.photos());

    Files.write(fickle, original);
    List<Progress.Features> seen = new ArrayList<>();
    Path cached = folder.resolve("cached.onnx");
    trainer().epochs(1).cache(cacheFolder).onProgress(keep(seen)).train().exportOnnx(cached);
    assertEquals(29, last(seen).fromCache());
    Path afresh = folder.resolve("afresh.onnx");
    trainer().epochs(1).train().exportOnnx(afresh);
    assertEquals(-1, Files.mismatch(cached, afresh));
  }

  @Test
  void stopsWhenItIsInterrupted() throws Exception {
    assertThrows(
        CancellationException.class,
        () -> trainer().onProgress(progress -> Thread.currentThread().interrupt()).train());
    assertTrue(Thread.interrupted());
  }

  @Test
  void writesTheWholeFileOrNone() throws Exception {
    TrainedModel model = trainer().epochs(1).train();
    Path file = folder.resolve("model.onnx");
    Files.writeString(file, "precious");
    assertThrows(FileAlreadyExistsException.class, () -> model.exportOnnx(file));
    assertEquals("precious", Files.readString(file));
    model.exportOnnx(file, true);
    assertEquals(model.classes(), ModelFile.read(file).classes());
    assertThrows(
        NoSuchFileException.class, () -> model.exportOnnx(folder.resolve("no/such/folder.onnx")));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file, photos), files.sorted().toList(), "nothing else is left");
    }
  }

  /** Both look for the file before they begin; the slower one must look again. */
  @Test
  void exportsOneOfTwoModelsThatAreWrittenToTheSameFileAtOnce() throws Exception {
    TrainedModel model = trainer().epochs(1).train();
    Path file = folder.resolve("model.onnx");
    ExecutorService two = Executors.newFixedThreadPool(2);
    try {
      List<Future<Parity>> exports =
          two.invokeAll(Collections.nCopies(2, () -> model.exportOnnx(file)));
      int refused = 0;
      for (Future<Parity> export : exports) {
        try {
          export.get();
        } catch (ExecutionException e) {
          assertInstanceOf(FileAlreadyExistsException.class, e.getCause());
          refused++;
        }
      }
      assertEquals(1, refused);
    } finally {
      two.shutdown();
    }
  }

  @Test
  void writesNoFileWhoseProbabilitiesAreNotThoseOfDjl() throws Exception {
    TrainedModel sound = trainer().epochs(1).train();
    float[] weight = new float[3 * 1280];
    weight[0] = Float.NaN;
    LabeledFolder data = LabeledFolder.open(photos, options(0));
    OnnxGraph head =
        HeadGraph.of(
            Head.linear(),
            17,
            1280,
            3,
            Map.of("logits.weight", weight, "logits.bias", new float[3]));
    OnnxGraph frozen =
        ModelGraph.backbone(Backbones.efficientNetLite0())
            .then(ModelGraph.vector(Backbones.efficientNetLite0(), Head.linear(), 17));
    TrainedModel broken =
        new TrainedModel(
            sound.classes(),
            PREPROCESSING,
            Backbones.efficientNetLite0(),
            new TrainedNetwork(frozen, head),
            List.of(),
            sound.report(),
            new DataInfo(data.fingerprint(), data.countPerClass()),
            data.photos().subList(0, 2),
            Checkpoint.none());
    Path file = folder.resolve("model.onnx");
    TrainingException e = assertThrows(TrainingException.class, () -> broken.exportOnnx(file));
    assertEquals(
        file
            + " is not written: on 2 photos ONNX Runtime's probabilities differ from DJL's by NaN,"
            + " expected at most 1e-04",
        e.getMessage());
    assertFalse(Files.exists(file));
  }

  @Test
  void trainsTheSameOnTheCpuAndSaysOnceThatAGpuCannotBeUsed() throws Exception {
    List<String> said = new ArrayList<>();
    Consumer<Progress> listener =
        progress -> {
          if (progress instanceof Progress.Fallback fallback) {
            said.add(fallback.reason());
          }
        };
    FineTuning last = FineTuning.from("1").withEpochs(1);
    Trainer there = trainer().epochs(2).fineTune(last).device(Device.cuda(99));
    there.onProgress(listener).train().exportOnnx(folder.resolve("there.onnx"));
    assertEquals(1, said.size(), said.toString());
    assertTrue(
        said.get(0).matches("cuda:99 cannot be used \\(.+\\); running on the CPU"), said.get(0));

    Trainer here = trainer().epochs(2).fineTune(last).device(Device.cpu());
    here.onProgress(listener).train().exportOnnx(folder.resolve("here.onnx"));
    assertEquals(1, said.size(), said.toString());
    assertEquals(-1, Files.mismatch(folder.resolve("there.onnx"), folder.resolve("here.onnx")));
  }

  private Trainer trainer() throws IOException {
    return trainer(options(0.2));
  }

  private Trainer trainer(LabeledFolderOptions options) throws IOException {
    return Trainer.on(LabeledFolder.open(photos, options))
        .backbone(Backbones.efficientNetLite0())
        .head(Head.linear());
  }

  private static LabeledFolderOptions options(double validationSplit) {
    return LabeledFolderOptions.defaults().withValidationSplit(validationSplit);
  }

  private String firstOf(String name) throws IOException {
    try (Stream<Path> files = Files.list(photos.resolve(name))) {
      return files.map(file -> file.getFileName().toString()).sorted().findFirst().orElseThrow();
    }
  }

  private static Consumer<Progress> keep(List<Progress.Features> seen) {
    return progress -> {
      if (progress instanceof Progress.Features features) {
        seen.add(features);
      }
    };
  }

  private static Progress.Features last(List<Progress.Features> seen) {
    return seen.get(seen.size() - 1);
  }
}

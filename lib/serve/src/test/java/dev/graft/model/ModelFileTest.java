package dev.graft.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {

  private static final Path FILE = Path.of("flowers.onnx");

  @TempDir Path folder;

  private byte[] modelV1;

  @BeforeEach
  void readFixture() throws Exception {
    modelV1 = ModelFileTest.class.getResourceAsStream("/dev/graft/model-v1.onnx").readAllBytes();
  }

  /** What src/test/python/make_model_v1.py wrote. */
  private static ModelFile describedInFixture() {
    Map<String, String> hyperParameters = new LinkedHashMap<>();
    hyperParameters.put("epochs", "50");
    hyperParameters.put("learning_rate", "0.001");
    Map<String, Integer> counts = new LinkedHashMap<>();
    counts.put("red", 10);
    counts.put("green", 11);
    counts.put("blue", 12);
    return new ModelFile(
        1,
        List.of("red", "green", "blue"),
        PhotoPreprocessing.stretch(16, 16),
        new BackboneInfo(
            "mean-colour",
            "0123456789abcdef".repeat(4),
            "Apache-2.0",
            "The Graft authors",
            "make_model_v1.py",
            "mean",
            "RGB / 25.5"),
        new TrainingInfo(
            "0.1.0",
            "0.35.1",
            "1.26.0",
            42,
            "linear",
            hyperParameters,
            new DataInfo("fedcba9876543210".repeat(4), counts),
            new SplitMetrics(26, 0.25, 1),
            new SplitMetrics(7, 0.5, 0.875),
            null),
        List.of(),
        null);
  }

  /** What src/test/python/make_model_v2.py wrote. */
  private static ModelFile describedInMultiLabelFixture() {
    ModelFile single = describedInFixture();
    TrainingInfo training = single.training();
    return ModelFile.multiLabel(
        single.classes(),
        List.of(0.5, 0.25, 0.75),
        single.preprocessing(),
        new BackboneInfo(
            "mean-colour",
            "0123456789abcdef".repeat(4),
            "Apache-2.0",
            "The Graft authors",
            "make_model_v2.py",
            "mean",
            "RGB / 25.5 - 5"),
        new TrainingInfo(
            "0.1.0",
            "0.35.1",
            "1.26.0",
            42,
            "linear",
            training.hyperParameters(),
            training.data(),
            new SplitMetrics(17, 0.25, 1, 1.0),
            new SplitMetrics(4, 0.5, 0.75, 0.875),
            null));
  }

  @Test
  void readsFormat1ForEver() throws Exception {
    ModelFile model = ModelFile.read(write("model-v1.onnx", modelV1));

    assertEquals(describedInFixture(), model);
    assertEquals(
        List.of("epochs", "learning_rate"),
        List.copyOf(model.training().hyperParameters().keySet()));
    assertEquals(model.classes(), List.copyOf(model.training().data().countPerClass().keySet()));
    assertEquals(Task.SINGLE_LABEL, model.task());
    assertEquals(List.of(), model.thresholds());
  }

  @Test
  void readsMultiLabelModelsOfFormat2ForEver() throws Exception {
    byte[] bytes =
        ModelFileTest.class.getResourceAsStream("/dev/graft/model-v2.onnx").readAllBytes();
    Path file = write("model-v2.onnx", bytes);
    ModelFile model = ModelFile.read(file);

    assertEquals(describedInMultiLabelFixture(), model);
    assertEquals(Task.MULTI_LABEL, model.task());
    assertEquals(
        OnnxMetadata.read(ByteBuffer.wrap(Files.readAllBytes(file)), file), model.toMetadata());
    assertEquals(
        List.of(
            "graft.format",
            "graft.task",
            "graft.classes",
            "graft.thresholds",
            "graft.preprocessing",
            "graft.backbone",
            "graft.training"),
        List.copyOf(model.toMetadata().keySet()));
  }

  /** What a Graft that knows no multi-label models needs, to say that it is too old for one. */
  @Test
  void writesSingleLabelModelsForOldReadersAndMultiLabelOnesForNewOnesOnly() {
    ModelFile single = describedInFixture();
    assertEquals(
        1,
        ModelFile.of(single.classes(), single.preprocessing(), single.backbone(), single.training())
            .format());
    assertEquals("2", describedInMultiLabelFixture().toMetadata().get("graft.format"));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new ModelFile(
                1,
                single.classes(),
                single.preprocessing(),
                single.backbone(),
                single.training(),
                List.of(0.5, 0.5, 0.5),
                null));
  }

  @Test
  void tellsHowItIsQuantised() throws Exception {
    QuantizationInfo int8 =
        new QuantizationInfo("int8", "percentile 99.99", true, List.of("stem"), 24, 29.7);
    for (QuantizationInfo info : List.of(int8, QuantizationInfo.fp16())) {
      ModelFile quantised = describedInFixture().withQuantization(info);
      assertEquals(quantised, ModelFile.parse(quantised.toMetadata(), Path.of("m.onnx")));
    }
    assertNull(
        ModelFile.parse(describedInFixture().toMetadata(), Path.of("m.onnx")).quantization());
  }

  @Test
  void readsASingleLabelModelOfFormat2() throws Exception {
    Map<String, String> metadata = new LinkedHashMap<>(describedInFixture().toMetadata());
    metadata.put("graft.format", "2");
    metadata.put("graft.task", "\"single-label\"");
    ModelFile model = ModelFile.parse(metadata, FILE);
    assertEquals(Task.SINGLE_LABEL, model.task());
    assertEquals(metadata, model.toMetadata());
  }

  @Test
  void saysWhatIsWrongWithAMultiLabelModel() {
    Map<String, String> whole = describedInMultiLabelFixture().toMetadata();
    assertDamaged(whole, "graft.task is missing", "graft.task", null);
    assertDamaged(
        whole,
        "expected one of [single-label, multi-label] as graft.task, got \"ranking\"",
        "graft.task",
        "\"ranking\"");
    assertDamaged(
        whole,
        "expected labels without ';', which separates them in CSV, got [a, b;c, d]",
        "graft.classes",
        "[\"a\",\"b;c\",\"d\"]");
    assertDamaged(whole, "graft.thresholds is missing", "graft.thresholds", null);
    assertDamaged(whole, "graft.thresholds is empty", "graft.thresholds", "[]");
    assertDamaged(
        whole,
        "expected a threshold for each of 3 classes, got [0.5, 0.25]",
        "graft.thresholds",
        "[0.5,0.25]");
    assertDamaged(
        whole, "expected a threshold from 0 to 1, got 1.5", "graft.thresholds", "[0.5,1.5,0]");
    assertDamaged(
        whole,
        "expected a number as graft.thresholds[1], got \"x\"",
        "graft.thresholds",
        "[0.5,\"x\",0]");
    assertDamaged(
        whole,
        "expected a mean average precision from 0 to 1, got 2.0",
        "graft.training",
        whole
            .get("graft.training")
            .replace("\"mean_average_precision\":0.875", "\"mean_average_precision\":2"));
  }

  @Test
  void writesTheTextThatTheFixtureHolds() throws Exception {
    Path file = write("model-v1.onnx", modelV1);

    assertEquals(
        OnnxMetadata.read(ByteBuffer.wrap(Files.readAllBytes(file)), file),
        describedInFixture().toMetadata());
    assertEquals(
        List.of(
            "graft.format",
            "graft.classes",
            "graft.preprocessing",
            "graft.backbone",
            "graft.training"),
        List.copyOf(describedInFixture().toMetadata().keySet()));
  }

  @Test
  void readsBackEverythingItWrites() throws Exception {
    ModelFile model =
        ModelFile.of(
            List.of("Übel & \"süß\"", "<b>", "\uD83C\uDF39", "a\\b/c"),
            new PhotoPreprocessing(
                new Resize(320, 200, Resize.Fit.PAD, Resize.Filter.LANCZOS), ColorMode.GRAYSCALE),
            new BackboneInfo("my.onnx", "a".repeat(64), null, null, null, "relu5", "none"),
            new TrainingInfo(
                "0.1.0",
                "0.35.1",
                "1.26.0",
                Long.MIN_VALUE,
                "flatten-dense",
                Map.of(),
                new DataInfo("b".repeat(64), Map.of()),
                null,
                new SplitMetrics(1, 1e-9, 1.0 / 3),
                new SplitMetrics(3, 12.5, 0)));

    assertEquals(model, ModelFile.parse(model.toMetadata(), FILE));
  }

  @Test
  void passesOverWhatLaterVersionsAdd() throws Exception {
    Map<String, String> metadata = new HashMap<>(describedInFixture().toMetadata());
    metadata.put("graft.temperature", "1.3");
    metadata.put("author", "someone");
    metadata.computeIfPresent("graft.backbone", (k, v) -> v.replace("{", "{\"later\":[1],"));
    metadata.computeIfPresent("graft.training", (k, v) -> v.replace("{", "{\"later\":7,"));

    assertEquals(describedInFixture().backbone(), ModelFile.parse(metadata, FILE).backbone());
  }

  @Test
  void saysThatAnOnnxFileIsNoGraftModel() {
    assertMessage(
        "flowers.onnx: an ONNX file but not a Graft model: it lacks the metadata graft.format;"
            + " train a model with graft train, or run this one with ONNX Runtime itself",
        Map.of("author", "someone"));
  }

  @Test
  void saysThatAModelIsNewerThanThisGraft() {
    assertMessage(
        "flowers.onnx: made by a newer Graft (format 3, this one reads up to 2); update Graft",
        Map.of("graft.format", "3"));
  }

  @Test
  void saysWhatIsMissingOrMalformed() {
    assertDamaged("graft.classes is missing", "graft.classes", null);
    assertDamaged("graft.classes is not JSON", "graft.classes", "[\"a\", \"b\"");
    assertDamaged("graft.classes is not JSON", "graft.classes", "['a', 'b']");
    assertDamaged("expected a list as graft.classes, got {\"a\":1}", "graft.classes", "{\"a\":1}");
    assertDamaged(
        "expected at least two classes, all different, got [a, a]",
        "graft.classes",
        "[\"a\",\"a\"]");
    assertDamaged("expected a text as graft.classes[1], got []", "graft.classes", "[\"a\",[]]");
    assertDamaged("expected a number as graft.format, got \"x\"", "graft.format", "\"x\"");
    assertDamaged("expected a whole number as graft.format, got 0.5", "graft.format", "0.5");
    assertDamaged("expected a format from 1 to 2, got 0", "graft.format", "0");
    assertDamaged("expected an object as graft.preprocessing, got 7", "graft.preprocessing", "7");
    String training = describedInFixture().toMetadata().get("graft.training");
    assertDamaged(
        "expected a whole number as graft.training.seed, got 4e99",
        "graft.training",
        training.replace("\"seed\":42", "\"seed\":4e99"));
    assertDamaged(
        "expected a whole number of at most 32 bits as graft.training.data.counts.red, got 1e10",
        "graft.training",
        training.replace("\"red\":10", "\"red\":1e10"));
    assertDamaged(
        "expected an accuracy from 0 to 1, got 1.5",
        "graft.training",
        training.replace("0.875", "1.5"));
    assertDamaged("graft.preprocessing lacks orientation", "graft.preprocessing", "{}");
  }

  @Test
  void throwsNothingButModelExceptionWhateverByteIsWrong() throws Exception {
    int readable = 0;
    for (int i = 0; i < modelV1.length; i += 3) {
      byte[] bytes = modelV1.clone();
      bytes[i] ^= (byte) 0xFF;
      try {
        ModelFile.read(write("damaged.onnx", bytes));
        readable++;
      } catch (ModelException e) {
        assertTrue(e.getMessage().startsWith(folder.toString()), e.getMessage());
      }
    }
    assertTrue(readable > 0, "bytes of the graph and of free text do not matter here");
  }

  @Test
  void refusesPreprocessingThatItCouldNotRepeat() {
    String json = describedInFixture().toMetadata().get("graft.preprocessing");

    assertDamaged(
        "expected one of [stretch, crop, pad] as graft.preprocessing.resize, got \"tile\"",
        "graft.preprocessing",
        json.replace("stretch", "tile"));
    assertDamaged(
        "expected exif as graft.preprocessing.orientation, got \"as stored\"",
        "graft.preprocessing",
        json.replace("exif", "as stored"));
  }

  @Test
  void saysWhatAFileIsThatIsNoModel() throws Exception {
    assertUnreadable("no such file", folder.resolve("missing.onnx"));
    assertUnreadable("a folder; expected a model file, as graft train writes it (.onnx)", folder);
    String notOnnx = "not an ONNX file; expected a model file, as graft train writes it (.onnx)";
    assertUnreadable(notOnnx, write("empty.onnx", new byte[0]));
    assertUnreadable(
        notOnnx, write("text.onnx", "hello, world\n".getBytes(StandardCharsets.UTF_8)));
    assertUnreadable(notOnnx, write("photo.onnx", new byte[] {-1, -40, -1, -32, 0, 16}));
    assertUnreadable(notOnnx, write("zip.onnx", new byte[] {'P', 'K', 3, 4, 20, 0, 0, 0}));
    assertUnreadable(notOnnx, write("zeros.onnx", new byte[100]));
  }

  @Test
  void noticesATruncatedFileWhereverItWasCut() throws Exception {
    List<String> others = new ArrayList<>();
    for (int length = 2; length < modelV1.length; length += 3) {
      Path file = write("cut.onnx", Arrays.copyOf(modelV1, length));
      String reason = assertThrows(ModelException.class, () -> ModelFile.read(file)).reason();
      if (!reason.equals("truncated: the ONNX file ends early; copy it again")) {
        others.add(reason);
      }
    }
    // A cut between two of the nine outermost fields leaves a well-formed file that lacks
    // something.
    assertTrue(others.size() <= 8, others::toString);
  }

  private Path write(String name, byte[] bytes) throws Exception {
    return Files.write(folder.resolve(name), bytes);
  }

  private static void assertMessage(String message, Map<String, String> metadata) {
    assertEquals(
        message,
        assertThrows(ModelException.class, () -> ModelFile.parse(metadata, FILE)).getMessage());
  }

  private static void assertDamaged(String what, String key, String json) {
    assertDamaged(describedInFixture().toMetadata(), what, key, json);
  }

  private static void assertDamaged(
      Map<String, String> whole, String what, String key, String json) {
    Map<String, String> metadata = new HashMap<>(whole);
    metadata.put(key, json);
    assertMessage(
        "flowers.onnx: its metadata is damaged: " + what + "; copy or export it again", metadata);
  }

  private static void assertUnreadable(String reason, Path file) {
    ModelException e = assertThrows(ModelException.class, () -> ModelFile.read(file));
    assertEquals(file + ": " + reason, e.getMessage());
  }
}

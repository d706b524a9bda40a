package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.model.ModelFile;
import dev.graft.model.QuantizationInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code graft quantize}, on a small network, and {@code graft train --precision}. */
class QuantizeTest {

  @TempDir private static Path shared;
  private static Path data;
  private static Path model;

  @TempDir private Path temp;
  private Path small;

  @BeforeAll
  static void trainASmallModel() throws IOException {
    data = shared.resolve("photos of mine");
    Cli.samples(data, 12, "birds");
    Cli.samples(data, 12, "fruit");
    model = shared.resolve("m.onnx");
    Cli trained =
        Cli.run(
            "train",
            data,
            "-o",
            model,
            "--backbone",
            "none",
            "--epochs",
            5,
            "--hidden",
            32,
            "--no-cache",
            "--no-curves");
    assertEquals(0, trained.code(), trained.err());
  }

  @BeforeEach
  void nameTheOutput() {
    small = temp.resolve("small.onnx");
  }

  private Cli quantize(Object... options) {
    Object[] args = new Object[options.length + 6];
    Object[] first = {"quantize", model, "-o", small, "--calibration", data};
    System.arraycopy(first, 0, args, 0, 6);
    System.arraycopy(options, 0, args, 6, options.length);
    return Cli.run(args);
  }

  @Test
  void int8TakesAQuarterOfTheSizeAndSaysWhatItCosts() throws IOException {
    Cli quantised = quantize("--calibration-photos", 16, "--format", "json");
    assertEquals(0, quantised.code(), quantised.err());
    JsonObject report = JsonParser.parseString(quantised.out()).getAsJsonObject();
    assertEquals(Files.size(small), report.get("bytes").getAsLong());
    assertEquals(Files.size(model), report.get("bytes_before").getAsLong());
    assertTrue(Files.size(small) < 0.35 * Files.size(model), quantised.out());
    assertEquals(8, report.get("n").getAsInt(), "the photos not calibrated on");
    assertEquals(8, report.get("labelled").getAsInt(), "by the names of their folders");
    assertFalse(report.get("labelled_unseen").getAsBoolean());
    assertTrue(report.get("agreeing").getAsInt() >= 7, quantised.out());
    assertEquals(12, report.get("calibration_photos").getAsInt(), "a quarter judges");
    assertTrue(report.get("signal_to_noise_db").getAsDouble() > 20, quantised.out());
    assertTrue(report.get("speedup").getAsDouble() > 0);

    QuantizationInfo info = ModelFile.read(small).quantization();
    assertEquals("int8", info.precision());
    assertEquals(report.get("range_method").getAsString(), info.rangeMethod());
    assertEquals(ModelFile.read(model).withQuantization(info), ModelFile.read(small));
    Cli classified = Cli.run("classify", small, data);
    assertEquals(0, classified.code(), classified.err());
    assertEquals(25, classified.out().lines().count());
    assertTrue(Cli.run("info", small).out().contains("precision       int8, weights of"));
  }

  @Test
  void fp16TakesHalfTheSizeAndKeepsEveryLabel() throws IOException {
    Cli quantised = quantize("--precision", "fp16", "--test", data);
    assertEquals(0, quantised.code(), quantised.err());
    assertTrue(Files.size(small) < 0.55 * Files.size(model), quantised.out());
    assertTrue(quantised.out().contains("the same label for 24 of 24 photos"), quantised.out());
    assertTrue(quantised.out().matches("(?s).*accuracy   [01]\\.\\d{3} \\(95 % .*n 24\n.*"));
    assertEquals(QuantizationInfo.fp16(), ModelFile.read(small).quantization());
  }

  @Test
  void theSmallerModelHasAChecksumOfItsOwn() throws IOException {
    quantize("--precision", "fp16");
    String before = Files.readString(model, StandardCharsets.ISO_8859_1);
    String after = Files.readString(small, StandardCharsets.ISO_8859_1);
    // Behind 4 of the 40 bytes of the entry.
    assertEquals(before.length() - 36, before.indexOf("graft.checksum"));
    assertEquals(after.length() - 36, after.indexOf("graft.checksum"));
    assertNotEquals(before.substring(before.length() - 20), after.substring(after.length() - 20));
    byte[] bytes = Files.readAllBytes(small);
    bytes[bytes.length / 2] ^= 1;
    assertThrows(ModelException.class, () -> ModelBytes.of(bytes, small));
  }

  @Test
  void aReducedRangeIsRecorded() throws IOException {
    Cli quantised = quantize("--calibration-photos", 8, "--range", "reduced");
    assertEquals(0, quantised.code(), quantised.err());
    assertTrue(quantised.out().contains("weights of 7 bits"), quantised.out());
    assertTrue(ModelFile.read(small).quantization().reduceRange());
  }

  @Test
  void aPhotoThatCannotBeReadIsPassedOverAndListed() throws IOException {
    Path photos = temp.resolve("photos");
    Cli.samples(photos, 12, "birds");
    Path broken = Files.writeString(photos.resolve("birds/broken.jpg"), "GIF89a");
    Cli quantised =
        Cli.run("quantize", model, "-o", small, "--calibration", photos, "--calibration-photos", 8);
    assertEquals(3, quantised.code(), quantised.err());
    assertTrue(quantised.err().contains(broken + ": "), quantised.err());
    assertTrue(Files.exists(small));
  }

  @Test
  void whatIsQuantisedAlreadyIsNotQuantisedAgain() throws IOException {
    assertEquals(0, quantize("--precision", "fp16").code());
    Path again = temp.resolve("again.onnx");
    Cli.run("quantize", small, "-o", again, "--calibration", data)
        .is(
            1,
            "",
            "graft: %s: it is fp16 already; quantise the model that it was made from\n"
                .formatted(small));
    assertFalse(Files.exists(again));
  }

  @Test
  void aFileThatExistsIsOnlyReplacedWhenToldTo() throws IOException {
    Files.writeString(small, "mine");
    quantize().is(1, "", "graft: " + small + " exists; pass --force to overwrite it\n");
    assertEquals("mine", Files.readString(small));
    assertEquals(0, quantize("--precision", "fp16", "--force").code());
    small = model;
    Cli itself = quantize("--force");
    assertEquals(2, itself.code());
    assertTrue(itself.err().contains("is one of the inputs"), itself.err());
  }

  @Test
  void tooFewPhotosAreAnErrorThatSaysHowManyThereAre() throws IOException {
    Path few = temp.resolve("few");
    Cli.samples(few, 3, "birds");
    Cli.run("quantize", model, "-o", small, "--calibration", few)
        .is(
            1,
            "",
            "graft: %s: expected at least 4 photos to calibrate on, found 3\n".formatted(few));
    assertFalse(Files.exists(small));
  }

  @ParameterizedTest
  @CsvSource({"4, int8", "0, fp16"})
  void thatNoPhotoIsLeftToCompareOnIsFoundBeforeTheWork(int photos, String precision)
      throws IOException {
    Path few = Files.createDirectory(temp.resolve("few"));
    Cli.samples(few, photos, "birds");
    Cli.run("quantize", model, "-o", small, "--calibration", few, "--precision", precision)
        .is(
            1,
            "",
            "graft: %s: no photo is left to compare the models on; add some, or pass --test DIR\n"
                .formatted(few));
    assertEquals(photos, Cli.files(temp).size(), "nothing is written");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--precision fp32 | expected --precision int8 or fp16, got fp32",
        "--precision auto | expected --precision int8 or fp16, got auto",
        "--calibration-photos 3 | expected --calibration-photos 4 or more, got 3",
      })
  void wrongUseIsRefused(String options, String message) {
    Cli refused = quantize((Object[]) options.split(" "));
    assertEquals(2, refused.code());
    assertEquals("graft: " + message, refused.err().lines().findFirst().orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({"--backbone,none", "--fine-tune,block15"})
  void layersThatAreTrainedAreNotQuantised(String option, String value) {
    Cli refused =
        Cli.run(
            "train",
            data,
            "-o",
            small,
            option,
            value,
            "--precision",
            "int8",
            "--no-curves",
            option.equals("--backbone") ? "--hidden=8" : "--backbone=efficientnet-lite0");
    assertEquals(2, refused.code(), refused.err());
    assertTrue(refused.err().contains("is for frozen backbones"), refused.err());
  }

  @Test
  void theHeadLearnsFromTheQuantisedBackboneWhichIsKeptForTheNextRun() throws IOException {
    Path cache = temp.resolve("cache");
    Path metrics = temp.resolve("metrics.json");
    Object[] args = {
      "train",
      data,
      "-o",
      small,
      "--backbone",
      "efficientnet-lite0",
      "--head",
      "flatten-dense",
      "--hidden",
      16,
      "--epochs",
      2,
      "--precision",
      "int8",
      "--cache",
      cache,
      "--metrics",
      metrics,
      "--no-curves",
      "--force"
    };
    Cli first = Cli.run(args);
    assertEquals(0, first.code(), first.err());
    assertTrue(first.err().contains("quantising efficientnet-lite0"), first.err());
    JsonObject learnt = JsonParser.parseString(Files.readString(metrics)).getAsJsonObject();
    assertEquals("int8", learnt.get("precision").getAsString());
    // 3.6 MB of backbone and 62,720 x 16 weights of a byte each.
    assertTrue(Files.size(small) < 9_000_000, Files.size(small) + " bytes");
    byte[] bytes = Files.readAllBytes(small);

    Cli second = Cli.run(args);
    assertEquals(0, second.code(), second.err());
    assertFalse(second.err().contains("quantising"), second.err());
    assertEquals(-1, Arrays.mismatch(bytes, Files.readAllBytes(small)));

    // What was measured in training is what the file does.
    Cli evaluated = Cli.run("evaluate", small, data, "--format", "json");
    double loss =
        JsonParser.parseString(evaluated.out()).getAsJsonObject().get("log_loss").getAsDouble();
    JsonObject train = learnt.getAsJsonObject("train");
    JsonObject validation = learnt.getAsJsonObject("validation");
    double n = train.get("n").getAsInt() + validation.get("n").getAsInt();
    double expected =
        (train.get("n").getAsInt() * train.get("loss").getAsDouble()
                + validation.get("n").getAsInt() * validation.get("loss").getAsDouble())
            / n;
    assertEquals(24, n);
    assertEquals(expected, loss, 1e-4 * Math.max(1, expected));
  }
}

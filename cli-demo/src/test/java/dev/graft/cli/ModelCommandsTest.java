package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.graft.djl.EngineLoading;
import dev.graft.engine.OnnxRuntimeEnvironment;
import dev.graft.model.ModelBytes;
import dev.graft.testing.JavaProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code evaluate}, {@code info}, {@code backbones} and {@code doctor}. */
class ModelCommandsTest {

  @TempDir private Path temp;
  private Path data;

  /** Four of five photos are right; the wrong one is as red as a photo can be. */
  @BeforeEach
  void makeData() throws IOException {
    data = temp.resolve("data");
    Cli.photo(data.resolve("red/1.png"), 0xff0000);
    Cli.photo(data.resolve("red/2.png"), 0xfe0000);
    Cli.photo(data.resolve("green/1.png"), 0x00ff00);
    Cli.photo(data.resolve("green/2.png"), 0xfd0000);
    Cli.photo(data.resolve("blue/1.png"), 0x0000ff);
  }

  private static final String TABLE =
      """
      accuracy  0.800 (95 %% interval 0.376 to 0.964), n 5
      log loss  1.9844
      %s
      class  precision  recall     f1  support
      red        0.667   1.000  0.800        2
      green      1.000   0.500  0.667        2
      blue       1.000   1.000  1.000        1

      confusion (rows are the truth, columns what the model said)
      red        2      0      0
      green      1      1      0
      blue       0      0      1
      """;

  @Test
  void evaluatesAsATable() {
    Cli.run("evaluate", Cli.COLOURS, data).is(0, TABLE.formatted(""), "");
  }

  @Test
  void countsPhotosThatCannotBeReadApart() throws Exception {
    Path cut = data.resolve("red/cut.png");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(data.resolve("red/1.png")), 60));
    Cli table = Cli.run("evaluate", Cli.COLOURS, data);
    assertEquals(TABLE.formatted("failed    1 photos, not counted above\n"), table.out());
    assertTrue(table.err().startsWith("graft: " + cut + ": truncated PNG"), table.err());
    assertEquals(3, table.code());

    Cli json = Cli.run("evaluate", Cli.COLOURS, data, "--format", "json");
    assertEquals(3, json.code());
    JsonObject all = JsonParser.parseString(json.out()).getAsJsonObject();
    assertEquals(5, all.get("n").getAsInt());
    JsonObject failure = all.getAsJsonArray("failures").get(0).getAsJsonObject();
    assertEquals(cut.toString(), failure.get("path").getAsString());
    assertTrue(failure.get("error").getAsString().startsWith("truncated PNG"), json.out());
  }

  @Test
  void evaluatesAsJson() {
    Cli json = Cli.run("evaluate", Cli.COLOURS, data, "--format", "json");
    assertEquals("", json.err());
    assertEquals(0, json.code());
    JsonObject all = JsonParser.parseString(json.out()).getAsJsonObject();
    assertEquals(
        "[n, accuracy, accuracy_ci95, log_loss, classes, confusion, per_class, failures]",
        all.keySet().toString());
    assertEquals(5, all.get("n").getAsInt());
    assertEquals(0.8, all.get("accuracy").getAsDouble());
    assertEquals(2, all.getAsJsonArray("accuracy_ci95").size());
    assertEquals("[\"red\",\"green\",\"blue\"]", all.get("classes").toString());
    assertEquals("[[2,0,0],[1,1,0],[0,0,1]]", all.get("confusion").toString());
    JsonObject green = all.getAsJsonArray("per_class").get(1).getAsJsonObject();
    assertEquals("[label, precision, recall, f1, support]", green.keySet().toString());
    assertEquals("green", green.get("label").getAsString());
    assertEquals(0.5, green.get("recall").getAsDouble());
    assertEquals("[]", all.get("failures").toString());
  }

  @Test
  void passesOverFoldersThatAreNoClassOfTheModel() throws Exception {
    Path yellow = Cli.photo(data.resolve("yellow/1.png"), 0xffff00).getParent();
    Cli.run("evaluate", Cli.COLOURS, data)
        .is(
            0,
            TABLE.formatted(""),
            "graft: " + yellow + ": not among the classes [red, green, blue]; passed over\n");
  }

  @Test
  void saysWhereThereIsNothingToEvaluate() throws Exception {
    Path other = temp.resolve("other");
    Cli.photo(other.resolve("cats/1.png"), 1);
    Cli.photo(other.resolve("dogs/1.png"), 2);
    Cli.run("evaluate", Cli.COLOURS, other)
        .is(
            1,
            "",
            ("graft: %s: no photo in any class folder, and passed over 2, the first %s: not among"
                    + " the classes [red, green, blue]\n")
                .formatted(other, other.resolve("cats")));
    Cli.run("evaluate", Cli.COLOURS, temp.resolve("none"))
        .is(1, "", "graft: " + temp.resolve("none") + ": no such folder\n");
  }

  @Test
  void showsWhatAModelFileSaysAboutItself() throws Exception {
    Cli.run("info", Cli.COLOURS)
        .is(
            0,
            """
            file            %s (%.1f MB)
            format          1
            classes         3: red, green, blue
            photos          16x16, stretch, bilinear, rgb
            backbone        mean-colour, preprocessing RGB / 25.5
              licence       Apache-2.0
              attribution   The Graft authors
              source        make_model_v1.py
              sha256        0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
            head            linear
              epochs        50
              learning_rate 0.001
            seed            42
            photos a class  red 10, green 11, blue 12
            fingerprint     fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210
            train           accuracy 1.000, loss 0.2500, n 26
            validation      accuracy 0.875, loss 0.5000, n 7
            made with       Graft 0.1.0, DJL 0.35.1, ONNX Runtime 1.26.0
            """
                .formatted(Cli.COLOURS, Files.size(Cli.COLOURS) / 1e6),
            "");
    Cli json = Cli.run("info", Cli.COLOURS, "--format", "json");
    JsonObject all = JsonParser.parseString(json.out()).getAsJsonObject();
    assertEquals("[format, classes, preprocessing, backbone, training]", all.keySet().toString());
    assertEquals("[\"red\",\"green\",\"blue\"]", all.get("classes").toString());
    assertEquals(16, all.getAsJsonObject("preprocessing").get("width").getAsInt());
    assertEquals(0, json.code());
  }

  @Test
  void refusesAModelThatIsDamagedOrChangedByAnotherToolUnlessTheChangeIsMeant() throws Exception {
    Path model = temp.resolve("model.onnx");
    ModelBytes.write(model, Files.readAllBytes(Cli.COLOURS), false);
    byte[] bytes = Files.readAllBytes(model);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    Files.writeString(
        model, text.replace("make_model_v1.py", "make_model_v7.py"), StandardCharsets.ISO_8859_1);
    String refused =
        "graft: "
            + model
            + ": damaged, or changed by another tool: its checksum is not that of its bytes; copy it"
            + " again, or open it with --allow-changed (ClassifierOptions.withAllowChanged) if the"
            + " change was meant\n";
    Cli.run("info", model).is(1, "", refused);
    Cli.run("evaluate", model, data).is(1, "", refused);
    Cli.run("classify", model, data).is(1, "", refused);
    Cli.run("quantize", model, "-o", temp.resolve("small.onnx"), "--calibration", data)
        .is(1, "", refused);

    Cli info = Cli.run("info", model, "--allow-changed");
    assertEquals(0, info.code(), info.err());
    assertTrue(info.out().contains("source        make_model_v7.py\n"), info.out());
    Cli evaluated = Cli.run("evaluate", model, data, "--allow-changed");
    assertEquals(Cli.run("evaluate", Cli.COLOURS, data).out(), evaluated.out());
  }

  @Test
  void listsTheBackbones() {
    Cli table = Cli.run("backbones");
    assertEquals(0, table.code());
    assertEquals("", table.err());
    for (String part :
        List.of(
            "vgg16\n",
            "efficientnet-lite0\n",
            "\n  licence ",
            "\n  size ",
            "\n  sha256 ",
            "\n  features        512x7x7\n",
            "\n  features        1280x7x7\n",
            "\n  cut points ")) {
      assertTrue(table.out().contains(part), part + " is missing in " + table.out());
    }
    var cards = JsonParser.parseString(Cli.run("backbones", "--format", "json").out());
    assertEquals(
        "vgg16", cards.getAsJsonArray().get(0).getAsJsonObject().get("name").getAsString());
    assertEquals(2, cards.getAsJsonArray().size());
  }

  @Test
  void examinesTheMachine() {
    Cli doctor = Cli.run("doctor");
    assertEquals("", doctor.err());
    assertEquals(0, doctor.code(), doctor.out());
    Set<String> gpus = Set.of("", "tensorrt", "coreml", "directml"); // as the build has them
    assertEquals(
        List.of(
            "graft",
            "java",
            "system",
            "cores",
            "java memory",
            "onnxruntime",
            "int8",
            "cuda",
            "djl",
            "backbones",
            "jpeg",
            "cache"),
        doctor
            .out()
            .lines()
            .map(line -> line.substring(0, 13).strip())
            .filter(name -> !gpus.contains(name))
            .toList());
    assertTrue(
        doctor.out().contains("onnxruntime  " + OnnxRuntimeEnvironment.version()), doctor.out());
    assertTrue(
        doctor.out().contains(EngineLoading.djlVersion() + ", engine PyTorch "), doctor.out());
    if (OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      assertTrue(doctor.out().contains("\n             NVIDIA driver: "), doctor.out());
      assertTrue(doctor.out().contains("\n             libcudnn.so.9 (cuDNN 9): "), doctor.out());
    } else {
      assertTrue(
          doctor.out().contains("cuda         not in this build of ONNX Runtime"), doctor.out());
      assertTrue(doctor.out().contains("mvn -Pgpu -DskipTests package"), doctor.out());
    }
    assertTrue(doctor.out().contains("jpeg         leptonica "), doctor.out());
  }

  @Test
  void tellsWhyLargeJpegsAreNotDecodedSmall() throws Exception {
    String jars = JavaProcess.classPath();
    String withoutNatives =
        Cli.without(jars, ".*leptonica-[^/]*-(linux|macosx|windows)-[^/]*\\.jar");
    String exact = "jpeg         the JDK's decoder, exact but slow for large photos; ";
    assertLine(exact + "leptonica cannot be used: its native library for ", doctor(withoutNatives));
    assertLine(
        exact + "graft-jpeg is not on the class path", doctor(Cli.withoutScaledDecoder(jars)));
  }

  private static void assertLine(String start, String out) {
    assertTrue(out.lines().anyMatch(line -> line.startsWith(start)), out);
  }

  private static String doctor(String classPath) throws Exception {
    return Cli.process("doctor").classPath(classPath).run().outputOfSuccess();
  }
}

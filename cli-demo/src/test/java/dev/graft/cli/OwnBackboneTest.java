package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --backbone FILE} and {@code backbones --inspect FILE}, on small exports. */
class OwnBackboneTest {

  private static final Path EXPORTS =
      Cli.ROOT.resolve("lib/train/src/test/resources/dev/graft/exports");

  @TempDir private Path temp;
  private Path data;
  private Path model;
  private Path network;

  @BeforeEach
  void takeSomePhotosAndAnExport() throws IOException {
    data = Cli.samples(temp.resolve("photos"), 6, "birds", "fruit");
    model = temp.resolve("model.onnx");
    network = temp.resolve("my net.onnx");
    Files.copy(EXPORTS.resolve("mobilenetv3-script-13.onnx"), network);
  }

  private Cli train(Path backbone, Object... options) {
    List<Object> args = new ArrayList<>();
    args.addAll(List.of("train", data, "-o", model, "--backbone", backbone, "--no-cache"));
    args.addAll(List.of("--epochs", 2));
    args.addAll(List.of(options));
    return Cli.run(args.toArray());
  }

  private void refuses(int code, String message, Path backbone, Object... options) {
    Cli run = train(backbone, options);
    String end = code == 2 ? "\nTry 'graft train --help'.\n" : "\n";
    run.is(code, "", "graft: " + message + end);
    assertFalse(Files.exists(model));
  }

  @Test
  void trainsOnAFileAndSaysWhereTheModelComesFrom() throws Exception {
    Path metrics = temp.resolve("metrics.json");
    Cli trained = train(network, "--preprocessing", "torchvision", "--metrics", metrics);
    assertEquals(0, trained.code(), trained.err());
    assertTrue(
        trained
            .err()
            .startsWith(
                "graft: "
                    + network
                    + ": features are the tensor /features/features.4/features.4.2/Mul_output_0"
                    + " [96, 4, 4]; --features takes another\n"
                    + Cli.taken(temp.resolve("photos"), 2, 12)
                    + "features "),
        trained.err());
    assertTrue(trained.out().contains("parity       largest difference"), trained.out());
    JsonObject all = JsonParser.parseString(Files.readString(metrics)).getAsJsonObject();
    assertEquals("my net", all.get("backbone").getAsString());
    assertEquals("linear", all.get("head").getAsString());
    assertTrue(all.getAsJsonObject("parity").get("head_only").isJsonNull());

    Cli classified = Cli.run("classify", model, data);
    assertEquals(0, classified.code(), classified.err());
    assertEquals(13, classified.out().lines().count());
    String info = Cli.run("info", model).out();
    assertTrue(info.contains("\nphotos          32x32, stretch, bilinear, rgb\n"), info);
    assertTrue(info.contains("\nbackbone        my net, preprocessing torchvision\n"), info);
    assertTrue(info.contains("\n  licence       unknown\n"), info);
    assertTrue(info.contains("\n  source        my net.onnx, written by pytorch 2.8.0\n"), info);

    // What Graft made says itself how it wants its photos.
    Path second = temp.resolve("second.onnx");
    Cli again =
        Cli.run("train", data, "-o", second, "--backbone", model, "--no-cache", "--epochs", 1);
    assertEquals(0, again.code(), again.err());
    String backbone = Cli.run("info", second).out();
    assertTrue(backbone.contains("\nbackbone        model, preprocessing torchvision\n"), backbone);
  }

  @Test
  void takesTheTensorAndThePreprocessingThatAreAskedFor() {
    Cli trained =
        train(
            network,
            "--preprocessing",
            "mean=127.5,std=127.5,order=bgr",
            "--features",
            "/Flatten_output_0",
            "--head",
            "flatten-dense",
            "--hidden",
            4);
    assertEquals(0, trained.code(), trained.err());
    assertTrue(
        trained.err().startsWith(Cli.taken(temp.resolve("photos"), 2, 12) + "features "),
        trained.err());
    String json = Cli.run("info", model, "--format", "json").out();
    JsonObject backbone =
        JsonParser.parseString(json).getAsJsonObject().getAsJsonObject("backbone");
    assertEquals("/Flatten_output_0", backbone.get("features").getAsString());
    assertEquals(
        "mean=127.5/127.5/127.5,std=127.5/127.5/127.5,order=bgr",
        backbone.get("normalization").getAsString());
  }

  @Test
  void refusesWhatCannotBeABackbone() throws IOException {
    refuses(
        2,
        network
            + " does not say how photos were normalised when it was trained, and a wrong guess costs"
            + " accuracy: choose the preprocessing: keras-caffe, keras-tf, torchvision,"
            + " efficientnet-lite, rescale, none, mean=R/G/B,std=R/G/B,order=rgb",
        network);
    Cli unknown = train(network, "--preprocessing", "none", "--features", "/Flatten_output");
    assertEquals(2, unknown.code());
    assertTrue(
        unknown
            .err()
            .startsWith(
                "graft: "
                    + network
                    + ": no tensor is called \"/Flatten_output\" in the graph main_graph; the nearest"
                    + " names are [/Flatten_output_0, "),
        unknown.err());
    Path garbage = Files.writeString(temp.resolve("garbage.onnx"), "a text");
    Cli damaged = train(garbage, "--preprocessing", "none");
    assertEquals(1, damaged.code());
    assertTrue(
        damaged.err().startsWith("graft: " + garbage + ": not an ONNX model, or a truncated"),
        damaged.err());
    Path missing = temp.resolve("missing.onnx");
    refuses(1, missing + ": no such file", missing, "--preprocessing", "none");
    refuses(
        2,
        network + ": it takes photos of 32x32 alone (input FLOAT [N, 3, 32, 32]), not of 96x96",
        network,
        "--preprocessing",
        "none",
        "--input-size",
        96);
    refuses(
        1,
        grey() + ": expected an input of 3 colour channels, found x FLOAT [N, 1, 8, 8]",
        grey(),
        "--preprocessing",
        "none");
    // A file is run only if the model can be written.
    Files.writeString(model, "precious");
    train(missing, "--preprocessing", "none")
        .is(1, "", "graft: " + model + " exists; pass --force to overwrite it\n");
  }

  private Path grey() throws IOException {
    OnnxGraph grey =
        OnnxGraph.builder("grey")
            .input("x", ElementType.FLOAT, "N", 1, 8, 8)
            .node("Relu", List.of("x"), "y")
            .output("y", ElementType.FLOAT, "N", 1, 8, 8)
            .build();
    return Files.write(temp.resolve("grey.onnx"), grey.toBytes());
  }

  @Test
  void showsWhereAFileCanBeCut() throws IOException {
    Cli table = Cli.run("backbones", "--inspect", network);
    assertEquals("", table.err());
    assertEquals(0, table.code());
    assertTrue(
        table
            .out()
            .matches(
                "file            \\Q"
                    + network
                    + "\\E \\(0\\.0 MB\\)\nsha256          [0-9a-f]{64}\n"
                    + "written by      pytorch 2\\.8\\.0\n"
                    + "opset           13, IR version 7\n"
                    + "input           input FLOAT \\[N, 3, 32, 32\\]\n"
                    + "output          logits FLOAT \\[N, 5\\]\n"
                    + "parameters      [0-9,]+\n"
                    + "photos          32x32\n"
                    + "features        /features/features\\.4/features\\.4\\.2/Mul_output_0\n"
                    + "\n"
                    + "  cut at +shape +weights below +weights above  trainable\n"
                    + "(  /features/\\S+ +[0-9x]+ +[0-9,]+ +[0-9,]+  yes\n)+"
                    + "\\* /features/\\S+/Mul_output_0 +96x4x4 +[0-9,]+ +[0-9,]+  -\n"
                    + "(  \\S+ +[0-9x]+ +[0-9,]+ +[0-9,]+  -\n)+"
                    + "\n"
                    + "\\* the features, unless --features names another tensor\n"
                    + "trainable: whether the layers between the tensor and the features can be"
                    + " trained\n"),
        table.out());
    assertTrue(table.out().contains("  logits "), table.out());
    Cli all = Cli.run("backbones", "--inspect", network, "--all");
    assertTrue(all.out().lines().count() > table.out().lines().count(), all.out());
  }

  @Test
  void showsItAsJson() {
    Cli run = Cli.run("backbones", "--inspect", network, "--format", "json");
    JsonObject file = JsonParser.parseString(run.out()).getAsJsonObject();
    assertEquals(
        "[file, bytes, sha256, producer, opset, ir_version, inputs, outputs, parameters, problem,"
            + " input_size, layout, features, cuts]",
        file.keySet().toString());
    assertEquals(
        "[{\"name\":\"input\",\"type\":\"float\",\"shape\":[\"N\",3,32,32]}]",
        file.get("inputs").toString());
    assertEquals("channels_first", file.get("layout").getAsString());
    JsonArray cuts = file.getAsJsonArray("cuts");
    JsonObject first = cuts.get(0).getAsJsonObject();
    assertEquals(
        "[tensor, shape, parameters_below, parameters_above, notable, trainable, obstacle]",
        first.keySet().toString());
    assertTrue(first.get("trainable").getAsBoolean());
    JsonObject last = cuts.get(cuts.size() - 1).getAsJsonObject();
    assertEquals("logits", last.get("tensor").getAsString());
    assertTrue(last.get("trainable").isJsonNull());
    assertEquals(0, last.get("parameters_above").getAsInt());
  }

  @Test
  void saysWhatStandsInTheWayOfTraining() throws IOException {
    OnnxGraph waves =
        OnnxGraph.builder("waves")
            .input("x", ElementType.FLOAT, "N", 3, 8, 8)
            .initializer("m", new long[] {3, 2}, 1f, 2f, 3f, 4f, 5f, 6f)
            .node("Relu", List.of("x"), "bright")
            .node("Sin", List.of("bright"), "wave")
            .node("Relu", List.of("wave"), "crest")
            .node("GlobalAveragePool", List.of("crest"), "pool")
            .node("Flatten", List.of("pool"), "flat")
            .node("MatMul", List.of("flat", "m"), "logits")
            .output("logits", ElementType.FLOAT, "N", 2)
            .build();
    Path file = Files.write(temp.resolve("waves.onnx"), waves.toBytes());
    Cli run = Cli.run("backbones", "--inspect", file, "--all");
    assertEquals(0, run.code(), run.err());
    String[] expected = {
      "  bright         3x8x8               0               6  no (1)\n",
      "  wave           3x8x8               0               6  yes\n",
      "* crest          3x8x8               0               6  -\n",
      "(1) the Sin node \"wave\" that makes [wave] cannot be trained: the operator Sin is not"
          + " supported\n",
    };
    for (String line : expected) {
      assertTrue(run.out().contains(line), run.out());
    }
    Cli trained = train(file, "--preprocessing", "rescale");
    assertEquals(0, trained.code(), trained.err());
    assertTrue(
        trained
            .out()
            .contains(
                " photos, of the head alone: the Sin node \"wave\" that makes [wave] cannot be"
                    + " trained: the operator Sin is not supported)\n"),
        trained.out());
  }

  @Test
  void showsAFileThatCannotBeABackboneWithTheReason() throws IOException {
    Cli run = Cli.run("backbones", "--inspect", grey());
    assertEquals(1, run.code());
    assertEquals(
        "graft: "
            + grey()
            + ": expected an input of 3 colour channels, found x FLOAT [N, 1, 8, 8]\n",
        run.err());
    assertTrue(run.out().contains("\ninput           x FLOAT [N, 1, 8, 8]\n"), run.out());
    Path garbage = Files.writeString(temp.resolve("garbage.onnx"), "a text");
    Cli refused = Cli.run("backbones", "--inspect", garbage);
    assertEquals(1, refused.code());
    assertEquals("", refused.out());
    Cli.run("backbones", "--all")
        .is(2, "", "graft: --all needs --inspect MODEL.onnx\nTry 'graft backbones --help'.\n");
    Cli.run("backbones", "--input-size", "64")
        .is(
            2,
            "",
            "graft: --input-size needs --inspect MODEL.onnx\nTry 'graft backbones --help'.\n");
    Cli.run("backbones", "--inspect", network, "--input-size", "0")
        .is(
            2,
            "",
            "graft: expected an input size of at least 1, got 0\nTry 'graft backbones --help'.\n");
  }
}

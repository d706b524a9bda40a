package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.graft.curves.Fonts;
import dev.graft.testing.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train} on a few photos of test-images with the real EfficientNet-Lite0. */
class TrainTest {

  @TempDir private Path temp;
  private Path data;
  private Path model;
  private Path cache;

  @BeforeEach
  void makeFolders() throws IOException {
    data = Files.createDirectory(temp.resolve("photos \u00fc"));
    model = Files.createDirectory(temp.resolve("out put")).resolve("m\u00f6del.onnx");
    cache = temp.resolve("cache");
  }

  private Cli train(Object... options) {
    List<Object> args = new ArrayList<>();
    args.addAll(List.of("train", data, "-o", model, "--backbone", "efficientnet-lite0"));
    args.addAll(List.of("--cache", cache));
    args.addAll(List.of(options));
    return Cli.run(args.toArray());
  }

  private void assertNothingWritten() throws IOException {
    assertEquals(List.of(), Cli.files(model.getParent()));
    assertFalse(Files.exists(cache), "work was done");
  }

  @Test
  void makesAModelThatTheOtherCommandsUse() throws Exception {
    assumeTrue(Fonts.areThere(), "this Java finds no font");
    Cli.samples(data, 8, "birds", "fruit");
    Path metrics = model.resolveSibling("metrics.json");

    Cli trained = train("--epochs", 3, "--metrics", metrics, "--test", data, "--allow-overlap");

    assertEquals(0, trained.code(), trained.err());
    String accuracy = "accuracy \\d\\.\\d{3}";
    String interval = " \\(95 % interval \\d\\.\\d{3} to \\d\\.\\d{3}\\)";
    String rest = ", loss \\d+\\.\\d{4}, n \\d+\n";
    assertTrue(
        trained
            .out()
            .matches(
                "model        \\Q"
                    + model
                    + "\\E \\(\\d+\\.\\d MB\\)\n"
                    + "classes      2: birds, fruit\n"
                    + ("train        " + accuracy + rest)
                    + ("validation   " + accuracy + interval + rest)
                    + ("test         " + accuracy + interval + rest)
                    + "overlap      16 of the test photos are training or validation photos too:"
                    + " their figures are too good\n"
                    + "parity       largest difference of a probability between ONNX Runtime and"
                    + " DJL \\d\\.\\de-\\d\\d \\(8 photos\\)\n"
                    + "seconds      features \\d+\\.\\d \\(ONNX Runtime \\d+\\.\\d\\), head"
                    + " \\d+\\.\\d, export \\d+\\.\\d, total \\d+\\.\\d\n"
                    + "curves       .*m\u00f6del\\.curves\\.svg\n"),
        trained.out());
    assertTrue(
        trained
            .err()
            .matches(
                """
                graft: classes from the subfolders of .*: 2 classes, 16 photos
                graft: classes from the subfolders of .*: 2 classes, 16 photos
                (features \\d+/16.*, \\d+:\\d\\d left
                )*features 16/16
                epoch 1/3, loss .*, validation loss .*, accuracy .*, \\d+:\\d\\d left
                epoch 2/3, .*left
                epoch 3/3, .*\\d
                features 16/16, 16 from the cache
                graft: exporting .*\\.onnx and checking that ONNX Runtime agrees with DJL
                """),
        trained.err());
    assertEquals(
        List.of("metrics.json", "m\u00f6del.curves.svg", model.getFileName().toString()),
        Cli.files(model.getParent()));
    String curves = Files.readString(model.resolveSibling("m\u00f6del.curves.svg"));
    for (String text :
        List.of(">loss<", ">accuracy<", ">epoch<", ">train: best ", ">validation: best ")) {
      assertTrue(curves.contains(text), curves);
    }
    assertMetrics(JsonParser.parseString(Files.readString(metrics)).getAsJsonObject());

    Cli classified = Cli.run("classify", model, data, "--format", "jsonl");
    assertEquals(0, classified.code(), classified.err());
    assertEquals("", classified.err());
    assertEquals(16, classified.out().lines().count());
    Cli evaluated = Cli.run("evaluate", model, data, "--format", "json");
    assertEquals(0, evaluated.code(), evaluated.err());
    assertEquals(16, JsonParser.parseString(evaluated.out()).getAsJsonObject().get("n").getAsInt());
    String info = Cli.run("info", model).out();
    assertTrue(info.contains("classes         2: birds, fruit\n"), info);
    assertTrue(info.contains("  epochs        3\n"), info);
    assertTrue(info.contains("  test_overlap  16\n"), info);
    assertTrue(info.contains("\ntest            accuracy "), info);

    byte[] first = Files.readAllBytes(model);
    train().is(1, "", "graft: " + model + " exists; pass --force to overwrite it\n");
    assertEquals(first.length, Files.readAllBytes(model).length);
    Cli again = train("--force", "--epochs", 1, "--seed", 7);
    assertEquals(0, again.code(), again.err());
    assertTrue(again.err().contains("features 16/16, 16 from the cache\n"), again.err());
    assertFalse(Arrays.equals(first, Files.readAllBytes(model)));
  }

  @Test
  void refusesToJudgeByPhotosThatItLearnsFrom() throws Exception {
    Cli.samples(data, 4, "birds", "fruit");
    Cli same = train("--validation", data, "--test", data);
    assertEquals(1, same.code());
    List<String> lines = same.err().lines().toList();
    Path first = Path.of(Cli.files(data).get(0));
    assertEquals(
        "graft: %s: the same file in two sets".formatted(data.resolve(first)), lines.get(3));
    assertEquals(
        "graft: 8 of the validation photos are training photos too, 8 of the test photos are"
            + " training or validation photos too; take them out of one folder, or pass"
            + " --allow-overlap for figures that are too good",
        lines.get(lines.size() - 1));
    assertEquals(3 + 16 + 1, lines.size());
    assertNothingWritten();
  }

  @Test
  void keepsFeaturesOfPhotosThatAreDecodedSmallApartFromThoseDecodedExactly() throws Exception {
    Cli.samples(data, 2, "birds", "fruit");
    assertEquals(0, train("--epochs", 1, "--no-curves").code());
    assertEquals(4, Cli.files(cache).size());
    Object[] again = {
      "train", data, "-o", model, "--force", "--backbone", "efficientnet-lite0", "--cache", cache
    };
    Cli.process(again)
        .arguments("--epochs", 1, "--no-curves")
        .classPath(Cli.withoutScaledDecoder(JavaProcess.classPath()))
        .run()
        .outputOfSuccess();
    assertEquals(8, Cli.files(cache).size());
  }

  @Test
  void overwritesCurvesAndMetricsOnlyWhenAsked() throws Exception {
    assumeTrue(Fonts.areThere(), "this Java finds no font");
    Cli.samples(data, 4, "birds", "fruit");
    Path curves = temp.resolve("curves.svg");
    Path usual = temp.resolve("m.curves.svg");
    Path metrics = temp.resolve("m.json");
    for (Path file : List.of(curves, usual, metrics)) {
      Files.writeString(file, "mine");
    }
    Path known = model;
    String refused = "graft: %s exists; pass --force to overwrite it\n";
    train("--curves", curves).is(1, "", refused.formatted(curves));
    train("--metrics", metrics).is(1, "", refused.formatted(metrics));
    model = temp.resolve("m.onnx");
    train().is(1, "", refused.formatted(usual));
    model = known;
    for (Path file : List.of(curves, usual, metrics)) {
      assertEquals("mine", Files.readString(file));
    }
    assertNothingWritten();

    Cli forced =
        train(
            "--curves",
            curves,
            "--force",
            "--epochs",
            2,
            "--fine-tune",
            1,
            "--fine-tune-epochs",
            1);
    assertEquals(0, forced.code(), forced.err());
    String drawn = Files.readString(curves);
    assertTrue(drawn.contains(">loss<") && drawn.contains(">fine-tuning<"), drawn);
    assertEquals(List.of(model.getFileName().toString()), Cli.files(model.getParent()));
    Files.delete(model);

    Cli without = train("--no-curves", "--epochs", 1);
    assertEquals(0, without.code(), without.err());
    assertEquals(List.of(model.getFileName().toString()), Cli.files(model.getParent()));
  }

  @Test
  void keepsTheModelWhereJavaHasNoFontToDrawWith() throws Exception {
    assumeTrue(
        System.getProperty("os.name").equals("Linux"), "fonts come from fontconfig on Linux");
    for (int i = 0; i < 4; i++) {
      Cli.photo(data.resolve("red/" + i + ".png"), 0xc00000 + i);
      Cli.photo(data.resolve("blue/" + i + ".png"), 0x0000c0 + i);
    }
    Path none = temp.resolve("fonts.conf");
    Files.writeString(none, "<fontconfig></fontconfig>");
    // Java keeps what it has found of fonts in the home folder, and DJL its libraries.
    Path home = Files.createDirectory(temp.resolve("home"));
    String djl = Path.of(System.getProperty("user.home"), ".djl.ai").toString();
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.putIfAbsent("DJL_CACHE_DIR", djl);
    environment.put("FONTCONFIG_FILE", none.toString());
    Object[] args = {
      "train", data, "-o", model, "--backbone", "none", "--epochs", 1, "--validation-split", 0
    };
    Cli trained;
    try (Cli.Running running = Cli.start(temp, environment, List.of("-Duser.home=" + home), args)) {
      trained = running.await();
    }
    assertEquals(0, trained.code(), trained.err());
    List<String> messages = trained.err().lines().filter(l -> l.startsWith("graft: ")).toList();
    assertEquals(3, messages.size(), trained.err());
    assertTrue(
        messages.get(2).matches("graft: no curves: this Java cannot draw text .*install .*"),
        trained.err());
    assertEquals(List.of(model.getFileName().toString()), Cli.files(model.getParent()));
  }

  /** The keys that the contract names, and no others. */
  private static void assertMetrics(JsonObject all) {
    assertEquals(
        "[backbone, head, seed, train, validation, test, overlap, baseline, epochs, seconds,"
            + " parity, skipped]",
        all.keySet().toString());
    assertEquals("efficientnet-lite0", all.get("backbone").getAsString());
    assertEquals("linear", all.get("head").getAsString());
    assertEquals(42, all.get("seed").getAsInt());
    for (String split : List.of("train", "validation", "test")) {
      assertEquals("[n, loss, accuracy]", all.getAsJsonObject(split).keySet().toString());
    }
    assertEquals(3, all.getAsJsonArray("epochs").size());
    assertEquals(
        "[epoch, train, validation]",
        all.getAsJsonArray("epochs").get(2).getAsJsonObject().keySet().toString());
    assertEquals(
        "[features, head, export, total]", all.getAsJsonObject("seconds").keySet().toString());
    assertEquals(
        "[max_abs_difference, n, head_only]", all.getAsJsonObject("parity").keySet().toString());
    assertEquals("[]", all.get("skipped").toString());
    assertEquals("{\"validation\":0,\"test\":16}", all.get("overlap").toString());
    JsonObject baseline = all.getAsJsonObject("baseline");
    assertEquals("[label, train, validation, test, beaten]", baseline.keySet().toString());
    assertEquals(0.5, baseline.get("test").getAsDouble());
  }

  @Test
  void refusesToStartWhereItCannotEnd() throws Exception {
    Path nowhere = temp.resolve("nowhere");
    model = nowhere.resolve("m.onnx");
    train()
        .is(1, "", "graft: %s: there is no folder %s; make it first\n".formatted(model, nowhere));
    model = data;
    train("--force")
        .is(1, "", "graft: %s: a folder; expected the name of a file to write\n".formatted(data));
    model = temp.resolve("m.onnx");
    Path metrics = nowhere.resolve("m.json");
    Path curves = nowhere.resolve("m.svg");
    train("--curves", curves)
        .is(1, "", "graft: %s: there is no folder %s; make it first\n".formatted(curves, nowhere));
    train("--metrics", metrics)
        .is(1, "", "graft: %s: there is no folder %s; make it first\n".formatted(metrics, nowhere));
    assertFalse(Files.exists(cache), "work was done");
  }

  @Test
  void refusesAFolderThatMayNotBeWritten() throws Exception {
    Path folder = model.getParent();
    assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"), "no POSIX");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-x------"));
    assumeFalse(Files.isWritable(folder), "this user may write everywhere");
    train().is(1, "", "graft: " + model + ": its folder cannot be written; choose another\n");
    assertNothingWritten();
  }

  @Test
  void saysWhatIsWrongWithTheData() throws Exception {
    Path none = temp.resolve("none");
    data = none;
    train().is(1, "", "graft: " + none + ": no such folder\n");

    data = Cli.samples(temp.resolve("one"), 3, "birds");
    Cli one = train();
    assertEquals(1, one.code());
    assertTrue(
        one.err()
            .matches(
                "graft: \\Q" + data + "\\E: expected at least two folders.*found only birds.*\n"),
        one.err());

    Files.createDirectory(data.resolve("fruit"));
    train()
        .is(
            1,
            "",
            "graft: %s: no photo in this class folder; add some or remove it\n"
                .formatted(data.resolve("fruit")));
    Cli.samples(data, 3, "household");
    Files.delete(data.resolve("fruit"));
    for (String option : List.of("--test", "--validation")) {
      train(option, none).is(1, "", "graft: " + none + ": no such folder\n"); // DATA is not read
    }
    assertNothingWritten();
  }

  @Test
  void trainsWithoutUnreadablePhotosOnlyWhenAsked() throws Exception {
    Cli.samples(data, 6, "birds", "fruit");
    Path cut = data.resolve("fruit/cut.jpg");
    byte[] whole = Files.readAllBytes(data.resolve("fruit/apple-green.jpg"));
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    String reason =
        "truncated JPEG (expected the end-of-image marker); copy the file again or leave it out";

    Cli refused = train();
    assertEquals(1, refused.code());
    assertEquals("", refused.out());
    assertTrue(
        refused
            .err()
            .endsWith(
                "graft: %s: %s\n".formatted(cut, reason)
                    + "graft: 1 photo cannot be read; mend or delete them, or pass"
                    + " --skip-unreadable to train without them\n"),
        refused.err());
    assertEquals(List.of(), Cli.files(model.getParent()));

    Path metrics = temp.resolve("m.json");
    Cli skipped = train("--skip-unreadable", "--epochs", 1, "--metrics", metrics);
    assertEquals(3, skipped.code(), skipped.err());
    assertTrue(
        skipped.err().contains("graft: %s: %s; trained without it\n".formatted(cut, reason)),
        skipped.err());
    JsonObject entry =
        JsonParser.parseString(Files.readString(metrics))
            .getAsJsonObject()
            .getAsJsonArray("skipped")
            .get(0)
            .getAsJsonObject();
    assertEquals("[path, reason]", entry.keySet().toString());
    assertEquals(cut.toString(), entry.get("path").getAsString());
    assertTrue(Files.exists(model));
  }

  @Test
  void saysOnceThatItsCacheCannotBeUsed() throws Exception {
    Cli.samples(data, 4, "birds", "fruit");
    cache = Files.createFile(temp.resolve("a file"));
    Cli trained = train("--epochs", 1, "--validation-split", 0);
    assertEquals(0, trained.code(), trained.err());
    List<String> messages = trained.err().lines().filter(l -> l.startsWith("graft: ")).toList();
    assertEquals(3, messages.size(), trained.err());
    assertTrue(
        messages
            .get(1)
            .startsWith(
                "graft: the feature cache "
                    + cache
                    + ": 8 entries could not be read, 8 entries could not be stored ("),
        trained.err());
    assertFalse(trained.out().contains("validation"), trained.out());
  }

  @Test
  void doesNotDrownThePhotosInHiddenFiles() throws Exception {
    data = temp.resolve("mac");
    Cli.photo(data.resolve("a/1.png"), 1);
    Cli.photo(data.resolve("b/1.png"), 2);
    for (int i = 0; i < 30; i++) {
      Files.createFile(data.resolve("a/.x" + i));
    }
    Path none = Files.createDirectory(temp.resolve("none"));
    Cli failed = train("--test", none);
    List<String> lines = failed.err().lines().toList();
    assertEquals("graft: " + data.resolve("a/.x0") + ": hidden; passed over", lines.get(1));
    assertEquals("graft: and 10 more like these", lines.get(21));
    assertTrue(lines.get(lines.size() - 1).startsWith("graft: " + none), failed.err());
  }
}

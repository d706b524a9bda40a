package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code classify}, {@code evaluate} and {@code info} on a multi-label model. Its logits are 10
 * times the mean of each channel, less 5; its thresholds 0.5 for red, 0.25 for green, 0.75 for
 * blue.
 */
class MultiLabelTest {

  private static final String YES = "0.99331"; // sigmoid of 5
  private static final String NO = "0.00669";

  @TempDir private Path temp;
  private Path yellow;
  private Path black;
  private Path dim;
  private Path bad;

  @BeforeEach
  void makePhotos() throws IOException {
    yellow = Cli.photo(temp.resolve("yellow.png"), 0xffff00);
    black = Cli.photo(temp.resolve("black.png"), 0x000000);
    dim = Cli.photo(temp.resolve("dim.png"), 0x737373); // 0.37985 each: enough for green alone
    bad = Files.writeString(temp.resolve("bad.jpg"), "not a photo");
  }

  private static Cli run(Object... args) {
    Cli result = Cli.run(args);
    return new Cli(result.code(), rounded(result.out()), result.err());
  }

  /** The last digits of a float differ between processors. */
  private static String rounded(String results) {
    return Pattern.compile("\\b\\d\\.\\d{4,}(E-\\d+)?\\b")
        .matcher(results)
        .replaceAll(number -> "%.5f".formatted(Double.parseDouble(number.group())));
  }

  private static Cli classify(Object... args) {
    return run(Stream.concat(Stream.of("classify", Cli.COLOUR_LABELS), Stream.of(args)).toArray());
  }

  private String failed() {
    return """
    graft: %s: text, not a photo; leave it out
    graft: 1 of 4 inputs failed
    """
        .formatted(bad);
  }

  @Test
  void writesTheLabelsThatReachTheirThresholdsAsCsv() {
    classify(yellow, black, dim, bad)
        .is(
            3,
            """
            path,status,labels,probabilities,error
            %1$s,ok,red;green,%5$s;%5$s,
            %2$s,ok,,,
            %3$s,ok,green,0.37985,
            %4$s,error,,,"text, not a photo; leave it out"
            """
                .formatted(yellow, black, dim, bad, YES),
            failed());
  }

  @Test
  void writesTheMostProbableLabelsAndWhetherTheyReachTheirThresholdsAsCsv() {
    classify(yellow, black, dim, bad, "--top", 2)
        .is(
            3,
            """
            path,status,labels,probabilities,error,above_threshold
            %1$s,ok,red;green,%5$s;%5$s,,true;true
            %2$s,ok,red;green,%6$s;%6$s,,false;false
            %3$s,ok,red;green,0.37985;0.37985,,false;true
            %4$s,error,,,"text, not a photo; leave it out",
            """
                .formatted(yellow, black, dim, bad, YES, NO),
            failed());
  }

  @Test
  void writesJsonLines() {
    classify(yellow, black, dim, bad, "--format", "jsonl")
        .is(
            3,
            """
            {"path": "%1$s", "status": "ok", "predictions": [{"label": "red", "probability": %5$s},\
             {"label": "green", "probability": %5$s}]}
            {"path": "%2$s", "status": "ok", "predictions": []}
            {"path": "%3$s", "status": "ok", "predictions": [{"label": "green", "probability":\
             0.37985}]}
            {"path": "%4$s", "status": "error", "error": "text, not a photo; leave it out"}
            """
                .formatted(yellow, black, dim, bad, YES),
            failed());
    classify(dim, "--format", "jsonl", "--top", 9)
        .is(
            0,
            """
            {"path": "%s", "status": "ok", "predictions": [\
            {"label": "red", "probability": 0.37985, "above_threshold": false}, \
            {"label": "green", "probability": 0.37985, "above_threshold": true}, \
            {"label": "blue", "probability": 0.37985, "above_threshold": false}]}
            """
                .formatted(dim),
            "");
  }

  @Test
  void writesATable() {
    classify(yellow, black, dim, bad, "--format", "table")
        .is(
            3,
            """
            %s  red 0.993  green 0.993
            %s   -
            %s     green 0.380
            %s     error: text, not a photo; leave it out
            """
                .formatted(yellow, black, dim, bad),
            "graft: %s: text, not a photo; leave it out\ngraft: 1 of 4 inputs failed\n"
                .formatted(bad));
    classify(dim, "--format", "table", "--top", 2)
        .is(0, "%s  red 0.380  green 0.380*\n".formatted(dim), "");
  }

  @Test
  void takesAnotherThreshold() {
    String header = "path,status,labels,probabilities,error\n";
    classify(dim, "--threshold", "0.3")
        .is(0, header + dim + ",ok,red;green;blue,0.37985;0.37985;0.37985,\n", "");
    classify(yellow, "--threshold", "0.995").is(0, header + yellow + ",ok,,,\n", "");
    classify(black, "--threshold", "0")
        .is(0, header + "%1$s,ok,red;green;blue,%2$s;%2$s;%2$s,\n".formatted(black, NO), "");
    classify(dim, "--threshold", "0.3", "--top", "1")
        .is(
            0,
            "path,status,labels,probabilities,error,above_threshold\n"
                + dim
                + ",ok,red,0.37985,,true\n",
            "");
  }

  @Test
  void refusesAThresholdThatMakesNoSense() {
    String help = "\nTry 'graft classify --help'.\n";
    for (String wrong : List.of("1.5", "-0.1", "NaN")) {
      classify(yellow, "--threshold", wrong)
          .is(2, "", "graft: expected --threshold from 0 to 1, got " + wrong + help);
    }
    Cli.run("classify", Cli.COLOURS, yellow, "--threshold", "0.5")
        .is(
            2,
            "",
            "graft: --threshold is for multi-label models, and "
                + Cli.COLOURS
                + " is a single-label one"
                + help);
  }

  // evaluate

  /** Five photos: all labels of three are right, one lacks blue, one has green too many. */
  private Path data() throws IOException {
    Path data = temp.resolve("data");
    Cli.photo(data.resolve("in/yellow.png"), 0xffff00);
    Cli.photo(data.resolve("in/red.png"), 0xff0000);
    Cli.photo(data.resolve("in/black.png"), 0x000000);
    Cli.photo(data.resolve("in/blue.png"), 0x0000a0); // 0.78: is given blue
    Cli.photo(data.resolve("in/dim.png"), 0x737373);
    Files.writeString(
        data.resolve("labels.csv"),
        """
        path,labels
        in/yellow.png,red;green
        in/red.png,red;blue
        in/black.png,
        in/blue.png,blue
        in/dim.png,
        """);
    return data;
  }

  /** The measures are those of scikit-learn; average_precision_score of blue is 0.7. */
  private static final String TABLE =
      """
      mAP          0.900 (95 %% interval 0.600 to 1.000), n 5
      micro F1     0.800
      macro F1     0.778
      exact match  0.600 (95 %% interval 0.231 to 0.882)
      log loss     0.4503
      %s
      label  precision  recall     f1     AP  support  threshold
      red        1.000   1.000  1.000  1.000        2      0.500
      green      0.500   1.000  0.667  1.000        1      0.250
      blue       1.000   0.500  0.667  0.700        2      0.750
      """;

  @Test
  void evaluatesAsATable() throws Exception {
    Path data = data();
    Cli.run("evaluate", Cli.COLOUR_LABELS, data).is(0, TABLE.formatted(""), "");
    Cli.run("evaluate", Cli.COLOUR_LABELS, data.resolve("labels.csv"))
        .is(0, TABLE.formatted(""), "");
  }

  @Test
  void countsPhotosThatAreMissingOrCannotBeReadApart() throws Exception {
    Path data = data();
    Path note = Files.writeString(data.resolve("in/note.png"), "a note");
    Path labels = data.resolve("labels.csv");
    Files.writeString(labels, Files.readString(labels) + "in/missing.png,red\nin/note.png,green\n");
    Path missing = data.resolve("in/missing.png");
    String errors =
        "graft: %s: no such file; line 7 of labels.csv names it\ngraft: %s: not a photo\n"
            .formatted(missing, note);
    Cli.run("evaluate", Cli.COLOUR_LABELS, data)
        .is(3, TABLE.formatted("failed       2 photos, not counted above\n"), errors);

    Cli json = Cli.run("evaluate", Cli.COLOUR_LABELS, data, "--format", "json");
    assertEquals(3, json.code());
    JsonObject all = JsonParser.parseString(json.out()).getAsJsonObject();
    assertEquals(5, all.get("n").getAsInt());
    assertEquals(2, all.getAsJsonArray("failures").size());
    JsonObject failure = all.getAsJsonArray("failures").get(0).getAsJsonObject();
    assertEquals(missing.toString(), failure.get("path").getAsString());
    assertEquals("no such file; line 7 of labels.csv names it", failure.get("error").getAsString());
  }

  @Test
  void evaluatesAsJson() throws Exception {
    Cli json = Cli.run("evaluate", Cli.COLOUR_LABELS, data(), "--format", "json");
    assertEquals("", json.err());
    assertEquals(0, json.code());
    JsonObject all = JsonParser.parseString(json.out()).getAsJsonObject();
    assertEquals(
        "[n, mean_average_precision, mean_average_precision_ci95, micro_f1, macro_f1, exact_match,"
            + " exact_match_ci95, log_loss, classes, per_class, failures]",
        all.keySet().toString());
    assertEquals(0.9, all.get("mean_average_precision").getAsDouble(), 1e-9);
    assertEquals(2, all.getAsJsonArray("mean_average_precision_ci95").size());
    assertEquals(2, all.getAsJsonArray("exact_match_ci95").size());
    assertEquals("[\"red\",\"green\",\"blue\"]", all.get("classes").toString());
    JsonObject blue = all.getAsJsonArray("per_class").get(2).getAsJsonObject();
    assertEquals(
        "[label, precision, recall, f1, average_precision, support, threshold]",
        blue.keySet().toString());
    assertEquals(0.75, blue.get("threshold").getAsDouble());
    assertEquals("[]", all.get("failures").toString());
  }

  @Test
  void hasNoAveragePrecisionWhereNoPhotoHasTheLabel() throws Exception {
    Path labels = data().resolve("labels.csv");
    Files.writeString(labels, "path,labels\nin/red.png,\nin/black.png,\n");
    Cli table = Cli.run("evaluate", Cli.COLOUR_LABELS, labels);
    assertEquals(0, table.code(), table.err());
    assertTrue(table.out().startsWith("mAP          -, n 2\nmicro F1     0.000\n"), table.out());
    assertTrue(
        table.err().contains("graft: label 'red' has no photo\n")
            && table.err().contains("blue.png: not named in the file of labels; passed over\n"),
        table.err());
    JsonObject all =
        JsonParser.parseString(
                Cli.run("evaluate", Cli.COLOUR_LABELS, labels, "--format", "json").out())
            .getAsJsonObject();
    assertTrue(all.get("mean_average_precision").isJsonNull());
    assertTrue(all.get("mean_average_precision_ci95").isJsonNull());
  }

  @Test
  void saysThatModelAndDataAreOfDifferentKinds() throws Exception {
    Path data = data();
    Path labels = data.resolve("labels.csv");
    for (Path multiLabel : List.of(data, labels)) {
      Cli.run("evaluate", Cli.COLOURS, multiLabel)
          .is(
              1,
              "",
              "graft: %s: multi-label data, but %s is a single-label model; expected a folder with a"
                      .formatted(multiLabel, Cli.COLOURS)
                  + " subfolder for each class and no labels.csv\n");
    }
    Files.delete(labels);
    Cli.run("evaluate", Cli.COLOUR_LABELS, data)
        .is(
            1,
            "",
            "graft: %s: single-label data, but %s is a multi-label model; expected a folder with a"
                    .formatted(data, Cli.COLOUR_LABELS)
                + " file labels.csv, or such a file\n");
    Cli.run("evaluate", Cli.COLOUR_LABELS, labels)
        .is(1, "", "graft: " + labels + ": no such file\n");
    Path none = temp.resolve("none");
    Cli.run("evaluate", Cli.COLOUR_LABELS, none).is(1, "", "graft: " + none + ": no such folder\n");
  }

  // info

  @Test
  void showsWhatAModelFileSaysAboutItself() throws Exception {
    String info = Cli.run("info", Cli.COLOUR_LABELS).out();
    assertTrue(
        info.contains(
            """
            format          2
            task            multi-label
            classes         3: red, green, blue
            thresholds      red 0.500, green 0.250, blue 0.750
            photos          16x16, stretch, bilinear, rgb
            """),
        info);
    assertTrue(
        info.contains(
            """
            train           mAP 1.000, exact match 1.000, loss 0.2500, n 17
            validation      mAP 0.875, exact match 0.750, loss 0.5000, n 4
            """),
        info);
    JsonObject all =
        JsonParser.parseString(Cli.run("info", Cli.COLOUR_LABELS, "--format", "json").out())
            .getAsJsonObject();
    assertEquals(
        "[format, task, classes, thresholds, preprocessing, backbone, training]",
        all.keySet().toString());
    assertEquals("multi-label", all.get("task").getAsString());
    assertEquals("[0.5,0.25,0.75]", all.get("thresholds").toString());
  }
}

package dev.graft.cli;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.cli.output.ResultFormat;
import dev.graft.cli.output.ResultWriter;
import dev.graft.serve.LabelProbability;
import dev.graft.serve.PhotoResult;
import dev.graft.serve.Prediction;
import dev.graft.testing.Posix;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * On a model of three colours. Its logits are 10 times the mean of each channel, so a photo of
 * 0xff0000 has the probabilities softmax(10, 0, 0).
 */
class ClassifyTest {

  // Rounded to 5 places: the last digits of a float differ between processors.
  private static final String RED = "0.99991";
  private static final String OTHER = "0.00005";

  private static Cli classify(Object... args) {
    List<Object> all = new ArrayList<>(List.of("classify", Cli.COLOURS));
    all.addAll(List.of(args));
    Cli result = Cli.run(all.toArray());
    return new Cli(result.code(), rounded(result.out()), result.err());
  }

  private static String rounded(String results) {
    return Pattern.compile("\\b\\d\\.\\d{4,}(E-\\d+)?\\b")
        .matcher(results)
        .replaceAll(number -> "%.5f".formatted(Double.parseDouble(number.group())));
  }

  @TempDir private Path temp;
  private Path red;
  private Path green;
  private Path bad;

  @BeforeEach
  void makePhotos() throws IOException {
    red = Cli.photo(temp.resolve("red.png"), 0xff0000);
    green = Cli.photo(temp.resolve("green.png"), 0x00ff00);
    bad = Files.writeString(temp.resolve("bad.jpg"), "not a photo");
  }

  @Test
  void writesCsvToAPipe() {
    classify(red, green)
        .is(
            0,
            """
            path,status,label,probability,error
            %s,ok,red,%s,
            %s,ok,green,%s,
            """
                .formatted(red, RED, green, RED),
            "");
  }

  @Test
  void givesAsManyLabelsAsAskedForOrThereAre() {
    classify(red, bad, "--top", "2")
        .is(
            3,
            """
            path,status,label,probability,error,label_2,probability_2
            %s,ok,red,%s,,green,%s
            %s,error,,,"text, not a photo; leave it out",,
            """
                .formatted(red, RED, OTHER, bad),
            """
            graft: %s: text, not a photo; leave it out
            graft: 1 of 2 inputs failed
            """
                .formatted(bad));
    classify(red, "--top", "2000000000")
        .is(
            0,
            """
            path,status,label,probability,error,label_2,probability_2,label_3,probability_3
            %s,ok,red,%s,,green,%s,blue,%s
            """
                .formatted(red, RED, OTHER, OTHER),
            "");
  }

  @Test
  void writesOneJsonObjectALine() {
    classify(red, bad, "--top", "2", "--format", "jsonl")
        .is(
            3,
            """
            {"path": "%s", "status": "ok", "predictions": [{"label": "red", "probability": %s}, \
            {"label": "green", "probability": %s}]}
            {"path": "%s", "status": "error", "error": "text, not a photo; leave it out"}
            """
                .formatted(json(red), RED, OTHER, json(bad)),
            """
            graft: %s: text, not a photo; leave it out
            graft: 1 of 2 inputs failed
            """
                .formatted(bad));
  }

  /** What a run prints on both, as it is. */
  private static List<String> raw(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of("classify", "--device", "cpu"));
    for (Object arg : args) {
      all.add(arg.toString());
    }
    Main.run(new PrintWriter(out), new PrintWriter(err), all.toArray(String[]::new));
    return List.of(out.toString(), err.toString().replace(System.lineSeparator(), "\n"));
  }

  @Test
  void endsWithASummary() {
    String one = raw(Cli.COLOURS, red).get(1);
    assertTrue(
        one.matches("graft: 1 photo in [0-9.]+ seconds, [0-9.]+ photos a second: red 1\n"), one);
    String all = raw(Cli.COLOURS, red, bad, green, red, "--top", 3, "--format", "table").get(1);
    assertTrue(
        all.endsWith(" photos a second: red 2, green 1\ngraft: 1 of 4 inputs failed\n"), all);
    assertTrue(all.contains("graft: 4 photos in "), all);
    String none = raw(Cli.COLOURS, bad).get(1);
    assertTrue(none.contains(" photos a second\ngraft: 1 of 1 inputs failed\n"), none);
  }

  @Test
  void countsTheLabelsOfAMultiLabelModelThatReachTheirThresholds() throws Exception {
    Path yellow = Cli.photo(temp.resolve("yellow.png"), 0xffff00);
    Path black = Cli.photo(temp.resolve("black.png"), 0x000000);
    for (Object top : new Object[] {1, 3}) {
      String err = raw(Cli.COLOUR_LABELS, yellow, red, black, "--top", top).get(1);
      assertTrue(err.endsWith(" photos a second: red 2, green 1\n"), err);
    }
  }

  @Test
  void writesNumbersInCsvWithoutExponents() {
    String csv = raw(Cli.COLOURS, red, "--top", 3).get(0);
    assertTrue(csv.matches("(?s).*,green,0\\.000045\\d+,blue,0\\.000045\\d+\n"), csv);
  }

  @Test
  void beginsCsvWithAByteOrderMarkWhenAsked() throws Exception {
    assertEquals(
        "\ufeffpath,status,label,probability,error\n%s,ok,red,%s,\n".formatted(red, RED),
        classify(red, "--bom").out());
    Path output = temp.resolve("all.csv");
    classify(red, "--bom", "-o", output).is(0, "", "");
    assertTrue(Files.readString(output).startsWith("\ufeffpath,"));
    classify(red, "--bom", "--format", "jsonl")
        .is(2, "", "graft: --bom is for --format csv\nTry 'graft classify --help'.\n");
  }

  /** A spreadsheet computes what begins so, and a formula may send on what is beside it. */
  @Test
  void writesNoCellThatASpreadsheetWouldCompute() {
    ResultWriter csv =
        new ResultWriter(ResultFormat.CSV, false, new ResultWriter.MostProbable(1), List.of());
    for (String start : List.of("=", "+", "-", "@", "\uff1d")) {
      Path path = Path.of(start + "1.jpg");
      Prediction prediction =
          new Prediction(List.of(new LabelProbability(start + "HYPERLINK(1)", 0, 0.5f, 0)));
      assertEquals(
          ".%s%s,ok,'%sHYPERLINK(1),0.5,\n".formatted(File.separator, path, start),
          csv.line(new PhotoResult.Classified(path, prediction)));
    }
    Path path = Path.of("a-b=c.jpg");
    assertEquals(path + ",error,,,why\n", csv.line(new PhotoResult.Failed(path, "why")));
  }

  @Test
  void takesNamesFromAListToo() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("in"));
    Path inside = Cli.photo(folder.resolve("1.png"), 0x0000ff);
    Path missing = temp.resolve("missing.png");
    Path lines = Files.writeString(temp.resolve("lines"), green + "\n\n" + missing + "\n" + folder);
    String rows = "%s,ok,green,%s,\n%s,error,,,no such file; check the path\n%s,ok,blue,%s,\n";
    rows = rows.formatted(green, RED, missing, inside, RED);
    String header = "path,status,label,probability,error\n";
    String failed =
        "graft: %s: no such file; check the path\ngraft: 1 of 3 inputs failed\n".formatted(missing);
    classify("--files-from", lines).is(3, header + rows, failed);
    classify("--files-from", lines, red)
        .is(3, header + red + ",ok,red," + RED + ",\n" + rows, failed.replace("of 3", "of 4"));
    byte[] nuls = Files.readString(lines).replace('\n', '\0').getBytes(UTF_8);
    for (Object[] arguments : new Object[][] {{"-"}, {"--files-from", "-"}}) {
      InputStream before = System.in;
      System.setIn(new ByteArrayInputStream(nuls));
      try {
        classify(arguments).is(3, header + rows, failed);
      } finally {
        System.setIn(before);
      }
    }
  }

  @Test
  void saysWhatIsWrongWithAList() throws Exception {
    Path none = temp.resolve("none");
    String help = "\nTry 'graft classify --help'.\n";
    classify("--files-from", none)
        .is(2, "", "graft: --files-from %s: no such file or folder".formatted(none) + help);
    Path powerShell = Files.writeString(temp.resolve("utf16"), "\ufeffa.jpg\n", UTF_16LE);
    classify("--files-from", powerShell)
        .is(
            2,
            "",
            "graft: --files-from %s: in UTF-16; expected names of files in UTF-8"
                    .formatted(powerShell)
                + help);
    classify("-", "-").is(2, "", "graft: standard input is there to be read once" + help);
    Path empty = Files.writeString(temp.resolve("empty"), "\n");
    classify("--files-from", empty).is(1, "", "graft: " + empty + ": no photo found\n");
    classify(red, "--files-from", empty, "-o", empty)
        .is(2, "", "graft: the output %s is one of the inputs".formatted(empty) + help);
  }

  private static String json(Path path) {
    return path.toString().replace("\\", "\\\\");
  }

  @Test
  void writesATable() {
    Cli table = classify(green, bad, "--top", "2", "--format", "table");
    assertEquals(
        "%s  green 1.000  red 0.000\n%s    error: text, not a photo; leave it out\n"
            .formatted(green, bad),
        table.out());
    assertEquals(3, table.code());
  }

  @Test
  void quotesNamesForCsvAndKeepsATableInItsRows() throws Exception {
    Path odd = temp.resolve("a \"b\", c\nd.png");
    try {
      Cli.photo(odd, 0xff0000);
    } catch (IOException | IllegalArgumentException e) {
      assumeTrue(false, "this file system has no such names: " + e);
    }
    assertEquals(
        "path,status,label,probability,error\n\"%s\",ok,red,%s,\n"
            .formatted(odd.toString().replace("\"", "\"\""), RED),
        classify(odd).out());
    assertEquals(
        odd.toString().replace('\n', '?') + "  red 1.000\n",
        classify(odd, "--format", "table").out());
  }

  @Test
  void givesARowToWhatDoesNotExistAndToEveryFileThatIsNamed() throws Exception {
    Path missing = temp.resolve("missing.png");
    Path notes = Files.writeString(temp.resolve("notes.txt"), "to do");
    Path hidden = Cli.photo(temp.resolve(".hidden.png"), 0x00ff00);
    classify(missing, notes, hidden)
        .is(
            3,
            """
            path,status,label,probability,error
            %s,error,,,no such file; check the path
            %s,error,,,"text, not a photo; leave it out"
            %s,ok,green,%s,
            """
                .formatted(missing, notes, hidden, RED),
            """
            graft: %s: no such file; check the path
            graft: %s: text, not a photo; leave it out
            graft: 2 of 3 inputs failed
            """
                .formatted(missing, notes));
  }

  @Test
  void takesPhotosFromFoldersInTheOrderOfTheirNames() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("in"));
    Cli.photo(folder.resolve("b/2.png"), 0x0000ff);
    Cli.photo(folder.resolve("b/folder.jpg/1.png"), 0x00ff00);
    Cli.photo(folder.resolve("a.png"), 0xff0000);
    Files.move(folder.resolve("a.png"), folder.resolve("a"));
    Files.writeString(folder.resolve("c"), "GIF89a"); // and no more
    Files.createFile(folder.resolve("d.JPG"));
    Files.writeString(folder.resolve("notes.txt"), "to do");
    Files.createFile(folder.resolve("b/README"));
    Files.writeString(folder.resolve(".DS_Store"), "x");
    Files.writeString(folder.resolve("Thumbs.db"), "x");
    Cli.photo(folder.resolve(".git/x.png"), 0xff0000);
    classify(folder, red)
        .is(
            3,
            """
            path,status,label,probability,error
            %1$s/a,ok,red,%3$s,
            %1$s/b/2.png,ok,blue,%3$s,
            %1$s/b/folder.jpg/1.png,ok,green,%3$s,
            %1$s/c,error,,,truncated GIF (the file ends inside the first frame); copy the file again or leave it out
            %2$s,ok,red,%3$s,
            """
                .formatted(folder, red, RED)
                .replace('/', folder.getFileSystem().getSeparator().charAt(0)),
            """
            graft: passed over 2 files made by machines (.DS_Store 1, Thumbs.db 1)
            graft: %s: empty; passed over
            graft: %s: empty; passed over
            graft: passed over 1 file that is no photo
            graft: %s: truncated GIF (the file ends inside the first frame); copy the file again or leave it out
            graft: 1 of 5 inputs failed
            """
                .formatted(
                    folder.resolve("b/README"), folder.resolve("d.JPG"), folder.resolve("c")));
  }

  @Test
  void followsLinksToFoldersOnlyWhenAsked() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("in"));
    Path inside = Cli.photo(folder.resolve("1.png"), 0xff0000);
    Path other = Cli.photo(temp.resolve("other/2.png"), 0xff0000).getParent();
    Path link = folder.resolve("link");
    Posix.link(link, other);
    Posix.link(other.resolve("up"), folder);
    String header = "path,status,label,probability,error\n";
    String row = "%s,ok,red," + RED + ",\n";
    classify(folder)
        .is(
            0,
            header + row.formatted(inside),
            ("graft: %s: a link to a folder, which --follow-links (in Java: followLinks) would"
                    + " follow; passed over\n")
                .formatted(link));
    classify(folder, "--follow-links")
        .is(
            0,
            header + row.formatted(inside) + row.formatted(link.resolve("2.png")),
            ("graft: %s: leads to %s again: a loop of links, or a second link to one folder;"
                    + " passed over\n")
                .formatted(link.resolve("up"), folder));
  }

  @Test
  void givesARowToAFolderThatMayNotBeRead() throws Exception {
    Path closed = Files.createDirectories(temp.resolve("in/closed"));
    assumeTrue(closed.getFileSystem().supportedFileAttributeViews().contains("posix"), "no POSIX");
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(closed), "this user may read everything");
    Cli result = classify(closed.getParent());
    assertEquals(
        "path,status,label,probability,error\n%s,error,,,cannot be read: permission denied\n"
            .formatted(closed),
        result.out());
    assertEquals(3, result.code());
  }

  @Test
  void failsWhereThereIsNoPhotoAtAll() throws Exception {
    Path empty = Files.createDirectory(temp.resolve("empty"));
    Path output = temp.resolve("results.csv");
    classify(empty, "-o", output).is(1, "", "graft: " + empty + ": no photo found\n");
    assertFalse(Files.exists(output));
  }

  @Test
  void writesAFileWhole() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("results"));
    Path output = folder.resolve("all.csv");
    Files.writeString(output, "old");
    classify(red, "-o", output)
        .is(1, "", "graft: " + output + " exists; pass --force to overwrite it\n");
    assertEquals("old", Files.readString(output));
    classify(red, "-o", output, "--force").is(0, "", "");
    assertEquals(
        "path,status,label,probability,error\n%s,ok,red,%s,\n".formatted(red, RED),
        rounded(Files.readString(output)));
    assertEquals(List.of("all.csv"), Cli.files(folder));
  }

  @Test
  void leavesNothingWhereItCannotWrite() throws Exception {
    Path nowhere = temp.resolve("nowhere/all.csv");
    classify(red, "-o", nowhere)
        .is(
            1,
            "",
            "graft: %s: there is no folder %s; make it first\n"
                .formatted(nowhere, nowhere.getParent()));
    Path folder = Files.createDirectory(temp.resolve("folder"));
    classify(red, "-o", folder)
        .is(1, "", "graft: %s: a folder; expected the name of a file to write\n".formatted(folder));
    assertEquals(List.of(), Cli.files(folder));
    byte[] before = Files.readAllBytes(red);
    classify(red, "-o", red)
        .is(
            2,
            "",
            "graft: the output %s is one of the inputs\nTry 'graft classify --help'.\n"
                .formatted(red));
    assertEquals(before.length, Files.size(red));
  }

  @Test
  void saysWhyAModelCannotBeUsed() throws Exception {
    byte[] model = Files.readAllBytes(Cli.COLOURS);
    Path cut = Files.write(temp.resolve("cut.onnx"), Arrays.copyOf(model, 400));
    Path text = Files.writeString(temp.resolve("text.onnx"), "hello, I am a model");
    Path none = temp.resolve("none.onnx");
    for (String command : List.of("classify", "evaluate", "info")) {
      String[] data = command.equals("info") ? new String[0] : new String[] {temp.toString()};
      assertMessage(command, none, data, "no such file");
      assertMessage(
          command, temp, data, "a folder; expected a model file, as graft train writes it (.onnx)");
      assertMessage(
          command,
          text,
          data,
          "not an ONNX file; expected a model file, as graft train writes it (.onnx)");
      assertMessage(command, cut, data, "truncated: the ONNX file ends early; copy it again");
    }
  }

  private static void assertMessage(String command, Path model, String[] data, String message) {
    Object[] args = new Object[2 + data.length];
    args[0] = command;
    args[1] = model;
    System.arraycopy(data, 0, args, 2, data.length);
    Cli.run(args).is(1, "", "graft: " + model + ": " + message + "\n");
  }

  @Test
  void stopsWhenNobodyReadsTheResults() {
    Writer closed =
        new Writer() {
          @Override
          public void write(char[] text, int from, int length) throws IOException {
            throw new IOException("Broken pipe");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(closed),
            new PrintWriter(err),
            "classify",
            "--device",
            "cpu",
            Cli.COLOURS.toString(),
            red.toString());
    assertEquals(1, code);
    assertEquals(
        "graft: standard output cannot be written" + System.lineSeparator(), err.toString());
  }

  /** As root, {@code /dev/stdout} would be a file from then on. */
  @Test
  void writesItsResultsToNothingButFiles() throws Exception {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "no devices here");
    Path link = temp.resolve("link.csv"); // so that the device stays, should this fail
    Files.createSymbolicLink(link, device);
    classify(red, "-o", link)
        .is(
            1,
            "",
            "graft: %s: not a regular file; expected the name of a file to write\n"
                .formatted(link));
    assertTrue(Files.isSymbolicLink(link));
    Files.delete(link);
  }
}

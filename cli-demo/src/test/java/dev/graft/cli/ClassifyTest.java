package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
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
    Files.createFile(folder.resolve("c.JPG"));
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
            %1$s/c.JPG,error,,,the file is empty; copy it again or leave it out
            %2$s,ok,red,%3$s,
            """
                .formatted(folder, red, RED)
                .replace('/', folder.getFileSystem().getSeparator().charAt(0)),
            """
            graft: passed over 2 files made by machines (.DS_Store 1, Thumbs.db 1)
            graft: passed over 2 files that are no photos
            graft: %s: the file is empty; copy it again or leave it out
            graft: 1 of 5 inputs failed
            """
                .formatted(folder.resolve("c.JPG")));
  }

  @Test
  void followsLinksToFoldersOnlyWhenAsked() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("in"));
    Path inside = Cli.photo(folder.resolve("1.png"), 0xff0000);
    Path other = Cli.photo(temp.resolve("other/2.png"), 0xff0000).getParent();
    Path link = folder.resolve("link");
    try {
      Files.createSymbolicLink(link, other);
      Files.createSymbolicLink(other.resolve("up"), folder);
    } catch (IOException | UnsupportedOperationException e) {
      assumeTrue(false, "no symbolic links here: " + e);
    }
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

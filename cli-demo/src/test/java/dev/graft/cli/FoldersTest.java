package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.testing.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands take of a folder, and what they say of the rest. */
class FoldersTest {

  private static final String COUNTED =
      """
      graft: passed over 5 folders made by machines (@eaDir 4, #recycle 1)
      graft: passed over 3 files made by machines (._* 2, Thumbs.db 1)
      """;

  @TempDir private Path temp;
  private Path data;

  /** Photos of red, green and blue as a network storage, a Mac and a Windows leave them. */
  @BeforeEach
  void makePhotos() throws IOException {
    data = temp.resolve("data");
    Map<String, Integer> colours = Map.of("red", 0xff0000, "green", 0x00ff00, "blue", 0x0000ff);
    for (int i = 0; i < 2; i++) {
      for (String name : colours.keySet()) {
        int rgb = colours.get(name);
        Cli.photo(data.resolve("%s/%d.png".formatted(name, i)), rgb ^ i << 9);
        Cli.photo(data.resolve("%s/@eaDir/%d.png/SYNOPHOTO_THUMB_M.jpg".formatted(name, i)), rgb);
      }
    }
    Cli.photo(data.resolve("@eaDir/red/SYNOPHOTO_THUMB_M.jpg"), 0xff0000);
    Cli.photo(data.resolve("#recycle/old.png"), 0x0000ff);
    Cli.photo(data.resolve("red/._1.png"), 0xff0000);
    Cli.photo(data.resolve("red/._2.png"), 0xff0000);
    Files.writeString(data.resolve("green/Thumbs.db"), "x");
  }

  @Test
  void noCommandTakesWhatMachinesMadeForPhotosAndEachCountsIt() {
    Cli classified = Cli.run("classify", Cli.COLOURS, data);
    assertEquals(COUNTED, classified.err());
    assertEquals(1 + 6, classified.out().lines().count(), classified.out());

    Cli evaluated = Cli.run("evaluate", Cli.COLOURS, data);
    assertEquals(COUNTED, evaluated.err());
    assertTrue(evaluated.out().contains("n 6\n"), evaluated.out());

    Path model = temp.resolve("m.onnx");
    Cli trained = train(data, "-o", model, "--epochs", 1);
    String taken = "graft: classes from the subfolders of %s: 3 classes, 6 photos\n";
    assertTrue(trained.err().startsWith(taken.formatted(data) + COUNTED), trained.err());
    assertEquals(0, trained.code(), trained.err());
    assertTrue(trained.out().contains("classes      3: blue, green, red\n"), trained.out());

    Cli quantised =
        Cli.run(
            "quantize",
            model,
            "-o",
            temp.resolve("q.onnx"),
            "--calibration",
            data,
            "--calibration-photos",
            4);
    assertTrue(quantised.err().startsWith(COUNTED), quantised.err());
    assertTrue(quantised.out().contains("for 2 of 2 photos"), "4 of 6 calibrate" + quantised);
  }

  @Test
  void aFolderThatIsNamedIsTakenWhateverItsName() {
    Cli classified = Cli.run("classify", Cli.COLOURS, data.resolve("@eaDir"));
    assertEquals("", classified.err());
    assertEquals(2, classified.out().lines().count());
  }

  @Test
  void trainingSaysFirstWhatItTookForTheLabels() throws Exception {
    Files.writeString(
        data.resolve("labels.csv"), "path,labels\nred/0.png,warm;red\ngreen/0.png,green\n");
    Path empty = Files.createDirectory(temp.resolve("empty"));
    Cli several = train(data, "-o", temp.resolve("m.onnx"), "--test", empty);
    assertEquals(
        "graft: labels from %s: 2 photos, 3 labels, several a photo; without this file, subfolders"
                .formatted(data.resolve("labels.csv"))
            + " would be the classes",
        several.err().lines().findFirst().orElseThrow());
    Cli named = train(data.resolve("labels.csv"), "-o", temp.resolve("m.onnx"), "--test", empty);
    assertEquals(
        "graft: labels from %s: 2 photos, 3 labels, several a photo"
            .formatted(data.resolve("labels.csv")),
        named.err().lines().findFirst().orElseThrow());
  }

  @Test
  void aLinkThatIsNotFollowedIsNamedWithTheOptionThatWould() throws Exception {
    Path other = Cli.photo(temp.resolve("other/1.png"), 0x0000ff).getParent();
    Path link = data.resolve("red/link");
    Posix.link(link, other);
    String told =
        "graft: %s: a link to a folder, which --follow-links (in Java: followLinks) would follow;"
                .formatted(link)
            + " passed over\n";
    Path none = Files.createDirectory(temp.resolve("none"));
    for (Cli run :
        List.of(
            Cli.run("classify", Cli.COLOURS, data),
            Cli.run("evaluate", Cli.COLOURS, data),
            train(data, "-o", temp.resolve("m.onnx"), "--test", none),
            Cli.run(
                "quantize", Cli.COLOURS, "-o", temp.resolve("q.onnx"), "--calibration", data))) {
      assertTrue(run.err().contains(told), run.err());
    }
    Path quantised = temp.resolve("q2.onnx");
    for (Cli run :
        List.of(
            Cli.run("classify", Cli.COLOURS, data, "--follow-links"),
            Cli.run("evaluate", Cli.COLOURS, data, "--follow-links"),
            train(data, "-o", temp.resolve("m.onnx"), "--test", none, "--follow-links"),
            Cli.run(
                "quantize",
                Cli.COLOURS,
                "-o",
                quantised,
                "--calibration",
                data,
                "--follow-links"))) {
      assertTrue(!run.err().contains("a link to a folder"), run.err());
    }
  }

  private static Cli train(Path data, Object... options) {
    Object[] args = new Object[options.length + 7];
    Object[] first = {"train", data, "--backbone", "none", "--input-size", 18, "--no-curves"};
    System.arraycopy(first, 0, args, 0, 7);
    System.arraycopy(options, 0, args, 7, options.length);
    return Cli.run(args);
  }
}

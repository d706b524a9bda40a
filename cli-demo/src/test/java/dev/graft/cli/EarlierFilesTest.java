package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.graft.photo.spi.ScaledJpegDecoder;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an earlier Graft has written is read, and gives what it gave then. */
class EarlierFilesTest {

  /**
   * Processors add floats up in other orders: that moves a probability by some 1e-6, and an epoch's
   * loss by some 1e-5.
   */
  private static final double ANOTHER_PROCESSOR = 1e-4;

  private static final List<String> PHOTOS =
      List.of(
          "birds/adelaide-rosella.jpg",
          "birds/albino-peahen.jpg",
          "birds/blackbird.jpg",
          "birds/chicken-profile.png",
          "fruit/apple-fuji.png",
          "fruit/apple-granny-smith.jpg",
          "fruit/apple-green.jpg",
          "fruit/apple-red.jpg");

  @TempDir private Path temp;
  private Path photos;

  @BeforeEach
  void copyPhotos() throws IOException {
    photos = temp.resolve("photos");
    for (String photo : PHOTOS) {
      Path target = photos.resolve(photo);
      Files.createDirectories(target.getParent());
      Files.copy(Cli.ROOT.resolve("test-images/photos").resolve(photo), target);
    }
  }

  private static Path file(String name) {
    try {
      return Path.of(EarlierFilesTest.class.getResource("earlier/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private String withoutFolder(String text) {
    return text.replace('\\', '/').replace(temp.toString().replace('\\', '/') + "/", "");
  }

  private static String run(Object... args) {
    Cli run = Cli.run(args);
    assertEquals(0, run.code(), run.err());
    return run.out();
  }

  @Test
  void aModelIsClassifiedWithAsThen() throws IOException {
    Path model = file("small.onnx");
    List<String> now =
        withoutFolder(run("classify", model, photos, "--format", "jsonl")).lines().toList();
    List<String> then = Files.readAllLines(file("classify.jsonl"));
    assertEquals(then.size(), now.size());
    for (int i = 0; i < then.size(); i++) {
      assertSame(JsonParser.parseString(then.get(i)), JsonParser.parseString(now.get(i)), "" + i);
    }

    List<String> table =
        withoutFolder(run("classify", model, photos, "--format", "csv", "--top", 2))
            .lines()
            .toList();
    List<String> earlier = Files.readAllLines(file("classify.csv"));
    assertEquals(withoutNumbers(earlier), withoutNumbers(table));
  }

  private static List<String> withoutNumbers(List<String> lines) {
    return lines.stream().map(line -> line.replaceAll("0\\.\\d+", "P")).toList();
  }

  @Test
  void aModelIsEvaluatedAndDescribedAsThen() throws IOException {
    Path model = file("small.onnx");
    assertSame(
        JsonParser.parseString(Files.readString(file("evaluate.json"))),
        JsonParser.parseString(run("evaluate", model, photos, "--format", "json")),
        "");
    assertEquals(Files.readString(file("info.json")), run("info", model, "--format", "json"));
    assertEquals(
        Files.readAllLines(file("info.txt")).subList(1, 24),
        run("info", model).lines().toList().subList(1, 24));
  }

  @Test
  void aTrainingGoesOnFromACheckpointAndTakesFeaturesFromTheCache() throws IOException {
    assumeTrue(
        ScaledJpegDecoder.installed().flatMap(ScaledJpegDecoder::problem).isEmpty(),
        "features of large JPEGs have other keys where they are decoded otherwise");
    Path cache = temp.resolve("cache");
    List<String> entries = Cli.files(file("cache"));
    for (String entry : entries) {
      Files.createDirectories(cache.resolve(entry).getParent());
      Files.copy(file("cache").resolve(entry), cache.resolve(entry));
    }
    Path model = temp.resolve("head.onnx");
    Files.copy(file("head.checkpoint"), temp.resolve("head.onnx.checkpoint"));
    Path metrics = temp.resolve("metrics.json");
    Cli run =
        Cli.run(
            "train",
            photos,
            "-o",
            model,
            "--backbone",
            "efficientnet-lite0",
            "--epochs",
            5,
            "--cache",
            cache,
            "--no-curves",
            "--resume",
            "--metrics",
            metrics);
    assertEquals(0, run.code(), run.err());
    assertTrue(run.err().contains("goes on after epoch 3\n"), run.err());
    assertTrue(run.err().contains("features 8/8, 8 from the cache"), run.err());
    assertEquals(entries, Cli.files(cache));

    JsonObject then =
        JsonParser.parseString(Files.readString(file("metrics.json"))).getAsJsonObject();
    JsonObject now = JsonParser.parseString(Files.readString(metrics)).getAsJsonObject();
    for (JsonObject differs : List.of(then, now)) {
      differs.remove("seconds");
      differs.remove("parity");
    }
    assertSame(then, now, "");
  }

  /** Equal, the order of keys too, but for the last digits of numbers. */
  private static void assertSame(JsonElement then, JsonElement now, String where) {
    if (then.isJsonObject()) {
      JsonObject expected = then.getAsJsonObject();
      JsonObject found = now.getAsJsonObject();
      assertEquals(List.copyOf(expected.keySet()), List.copyOf(found.keySet()), where);
      expected.keySet().forEach(k -> assertSame(expected.get(k), found.get(k), where + "/" + k));
    } else if (then.isJsonArray()) {
      JsonArray expected = then.getAsJsonArray();
      assertEquals(expected.size(), now.getAsJsonArray().size(), where);
      for (int i = 0; i < expected.size(); i++) {
        assertSame(expected.get(i), now.getAsJsonArray().get(i), where + "/" + i);
      }
    } else if (then.isJsonPrimitive() && then.getAsJsonPrimitive().isNumber()) {
      assertEquals(then.getAsDouble(), now.getAsDouble(), ANOTHER_PROCESSOR, where);
    } else {
      assertEquals(then, now, where);
    }
  }
}

package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnx.proto.OnnxMl;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Names of files, of classes and in model files are other people's. Whatever is in them, a terminal
 * is given text, and a line stays one line; programs are given the names as they are.
 */
class HostileNamesTest {

  /** Clears the screen, sets a title, looks like a message of Graft's, goes back in the line. */
  private static final String ODD = "\u001b[2J\u001b]0;x\u0007\ngraft: done\r\u009b31m\u007f";

  private static final List<String> CLASSES = List.of("red" + ODD, "green" + ODD, "blue" + ODD);

  @TempDir private Path temp;
  private Path model;
  private Path data;
  private Path photo;

  @BeforeEach
  void makeOddFiles() throws IOException {
    OnnxMl.ModelProto.Builder odd =
        OnnxMl.ModelProto.parseFrom(Files.readAllBytes(Cli.COLOURS)).toBuilder();
    odd.setProducerName("odd" + ODD);
    odd.getMetadataPropsBuilderList().stream()
        .filter(property -> property.getKey().equals("graft.classes"))
        .forEach(classes -> classes.setValue(new Gson().toJson(CLASSES)));
    try {
      data = temp.resolve("data" + ODD);
      photo = Cli.photo(data.resolve(CLASSES.get(0)).resolve("1" + ODD + ".png"), 0xff0000);
      Cli.photo(data.resolve(CLASSES.get(1)).resolve("2" + ODD + ".png"), 0x00ff00);
      Files.writeString(data.resolve(CLASSES.get(2) + ".jpg"), "GIF89a"); // and no more
    } catch (IOException | InvalidPathException e) {
      assumeTrue(false, "this file system has no such names: " + e);
    }
    model = Files.write(temp.resolve("model" + ODD + ".onnx"), odd.build().toByteArray());
  }

  /** Also the number of lines, where it is known. */
  private static Cli printable(int code, Object... args) {
    Cli ran = Cli.run(args);
    String command = Stream.of(args).map(Object::toString).limit(1).toList().toString();
    for (String text : List.of(ran.out(), ran.err())) {
      assertEquals(
          List.of(),
          text.codePoints()
              .filter(c -> Character.isISOControl(c) && c != '\n')
              .mapToObj(Integer::toHexString)
              .toList(),
          command + ": " + text);
      assertTrue(text.lines().noneMatch(line -> line.startsWith("graft: done")), text);
    }
    assertEquals(code, ran.code(), ran.err());
    return ran;
  }

  @Test
  void showsPeopleNoControlCharacters() {
    Path missing = temp.resolve("no such" + ODD);
    printable(0, "info", model);
    assertEquals(
        3, printable(3, "classify", model, data, "--format", "table").out().lines().count());
    printable(0, "classify", model, photo, "--format", "table", "--top", 3);
    assertEquals(1, printable(1, "classify", missing, photo).err().lines().count());
    printable(0, "evaluate", model, data);
    printable(1, "evaluate", model, missing);
    printable(1, "backbones", "--inspect", missing);
    printable(1, "quantize", model, "-o", temp.resolve("o" + ODD), "--calibration", data);
    printable(1, "train", missing, "-o", temp.resolve("o" + ODD), "--backbone", "none");
    printable(1, "train", data, "-o", model);
    printable(0, "augment", photo, "-o", temp.resolve("sheet" + ODD + ".png"));
    printable(1, "augment", model, "-o", temp.resolve("sheet2" + ODD + ".png"));
    printable(2, "classify", model, photo, "--format", ODD);
    printable(2, "classify", model, photo, "--odd" + ODD);
    printable(2, "x" + ODD);
    printable(2, "train", data, "-o", "m.onnx", "--head", ODD);
  }

  @Test
  void showsPeopleWhatIsInAForeignFile() throws Exception {
    Path inspected = temp.resolve("foreign.onnx");
    OnnxMl.ModelProto ours = OnnxMl.ModelProto.parseFrom(Files.readAllBytes(model));
    Files.write(inspected, ours.toBuilder().clearMetadataProps().build().toByteArray());
    Cli ran = Cli.run("backbones", "--inspect", inspected);
    printable(ran.code(), "backbones", "--inspect", inspected);
    assertTrue(ran.out().contains("odd?[2J"), ran.out() + ran.err());
  }

  @Test
  void tellsProgramsTheNamesAsTheyAre() {
    Cli jsonl = Cli.run("classify", model, photo, "--format", "jsonl");
    JsonObject row = new Gson().fromJson(jsonl.out(), JsonObject.class);
    assertEquals(photo.toString(), row.get("path").getAsString());
    JsonObject best = row.getAsJsonArray("predictions").get(0).getAsJsonObject();
    assertEquals(CLASSES.get(0), best.get("label").getAsString());
    Cli csv = Cli.run("classify", model, photo, "--format", "csv");
    assertTrue(csv.out().contains('"' + photo.toString() + "\",ok,\"" + CLASSES.get(0)), csv.out());
    JsonObject info =
        new Gson().fromJson(Cli.run("info", model, "--format", "json").out(), JsonObject.class);
    List<String> classes = new ArrayList<>();
    info.getAsJsonArray("classes").forEach(name -> classes.add(name.getAsString()));
    assertEquals(CLASSES, classes);
    assertNotEquals(-1, Cli.run("info", model).out().indexOf("red?[2J"));
  }
}

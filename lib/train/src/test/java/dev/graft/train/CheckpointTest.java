package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.model.SplitMetrics;
import dev.graft.optimize.Updater;
import dev.graft.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

  private static final Map<String, String> SETTINGS = Map.of("epochs", "10");

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void nameAFile() {
    file = folder.resolve("a [*] name.onnx.checkpoint");
  }

  private static Checkpoint.Saved saved(Map<String, float[]> best, double bestLoss) {
    EpochMetrics epoch = new EpochMetrics(1, new SplitMetrics(3, 0.1 + 0.2, 1.0 / 3), null);
    return new Checkpoint.Saved(
        1,
        List.of(epoch),
        new StageState(
            Map.of("a/b", new float[] {1, Float.MIN_VALUE, -0f}, "c", new float[] {2}),
            new Updater.State(
                7,
                Map.of(
                    "a/b",
                    List.of(new float[3], new float[] {4, 5, 6}),
                    "c",
                    List.of(new float[1]))),
            best,
            bestLoss,
            2,
            0.1,
            3,
            List.of(epoch)));
  }

  @Test
  void givesBackEveryBit() throws IOException {
    Checkpoint checkpoint = Checkpoint.in(file, SETTINGS);
    checkpoint.save(saved(Map.of("c", new float[] {9}), 0.1 + 0.7));
    Checkpoint.Saved loaded = checkpoint.load();
    assertEquals(1, loaded.stage());
    assertEquals(saved(null, 0).earlier(), loaded.earlier());
    StageState state = loaded.state();
    assertArrayEquals(new float[] {1, Float.MIN_VALUE, -0f}, state.weights().get("a/b"));
    assertArrayEquals(new float[] {9}, state.bestWeights().get("c"));
    assertEquals(7, state.updater().steps());
    assertArrayEquals(new float[] {4, 5, 6}, state.updater().moments().get("a/b").get(1));
    assertEquals(1, state.updater().moments().get("c").size());
    assertEquals(0.1 + 0.7, state.bestLoss());
    assertEquals(List.of(2, 3), List.of(state.epochsSinceBest(), state.epochsOnPlateau()));
    assertEquals(0.1, state.reduction());
    assertEquals(saved(null, 0).state().epochs(), state.epochs());

    checkpoint.save(saved(null, Double.POSITIVE_INFINITY));
    assertNull(checkpoint.load().state().bestWeights());
    assertEquals(Double.POSITIVE_INFINITY, checkpoint.load().state().bestLoss());
  }

  @Test
  void isGoneWithAllThatAKilledProcessLeftWhenItIsDeleted() throws IOException {
    Checkpoint checkpoint = Checkpoint.in(file, SETTINGS);
    assertNull(checkpoint.load());
    checkpoint.save(saved(null, 1));
    Files.createFile(folder.resolve("." + file.getFileName() + ".1-2-3.part"));
    Path other = Files.createFile(folder.resolve(".other.onnx.checkpoint.1-2-3.part"));
    checkpoint.delete();
    try (var files = Files.list(folder)) {
      assertEquals(List.of(other), files.toList());
    }
    checkpoint.delete();
    assertNull(checkpoint.load());
  }

  @Test
  void saysWhichSettingDiffers() throws IOException {
    Checkpoint.in(file, SETTINGS).save(saved(null, 1));
    for (Map<String, String> other :
        List.of(Map.of("epochs", "12"), Map.of("seed", "42", "epochs", "10"))) {
      TrainingException e =
          assertThrows(TrainingException.class, () -> Checkpoint.in(file, other).load());
      String differs = other.size() == 1 ? "epochs: 10 then, 12 now" : "seed: null then, 42 now";
      assertEquals(
          "%s: a checkpoint of another training (%s); train as then, or start without --resume"
              .formatted(file, differs),
          e.getMessage());
    }
  }

  @Test
  void isRefusedWhereItIsDamaged() throws IOException {
    Checkpoint checkpoint = Checkpoint.in(file, SETTINGS);
    checkpoint.save(saved(null, 1));
    byte[] whole = Files.readAllBytes(file);
    Map<String, String> texts = Safetensors.read(file).metadata();
    for (int length : new int[] {0, 7, 100, whole.length - 1}) {
      assertRefused(Arrays.copyOf(whole, length));
    }
    assertRefused(new byte[whole.length]); // as a disk that lost its power leaves it
    assertRefused(Safetensors.write(Map.of(), Map.of("format", "pt")));
    for (String key : texts.keySet()) {
      Map<String, String> fewer = new HashMap<>(texts);
      fewer.remove(key);
      assertRefused(Safetensors.write(Map.of(), fewer));
      fewer.put(key, "{");
      assertRefused(Safetensors.write(Map.of(), fewer));
      fewer.put(key, "{}");
      if (!key.equals("settings")) {
        assertRefused(Safetensors.write(Map.of(), fewer));
      }
    }
  }

  private void assertRefused(byte[] content) throws IOException {
    Files.write(file, content);
    IOException e = assertThrows(IOException.class, () -> Checkpoint.in(file, SETTINGS).load());
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    assertTrue(e.getMessage().endsWith("; start without --resume"), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
  }
}

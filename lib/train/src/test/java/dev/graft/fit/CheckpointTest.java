package dev.graft.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.model.SplitMetrics;
import dev.graft.optimize.Updater;
import dev.graft.recipe.CheckpointException;
import dev.graft.recipe.EpochMetrics;
import dev.graft.safetensors.Safetensors;
import dev.graft.train.Mutants;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

  private static final Map<String, String> SETTINGS = Map.of("epochs", "10");
  private static final Map<String, float[]> BEST =
      Map.of("a/b", new float[] {1, 2, 3}, "c", new float[] {9});

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
                    List.of(new float[1], new float[] {8}))),
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
    checkpoint.save(saved(BEST, 0.1 + 0.7));
    Checkpoint.Saved loaded = checkpoint.load();
    assertEquals(1, loaded.stage());
    assertEquals(saved(null, 0).earlier(), loaded.earlier());
    StageState state = loaded.state();
    assertArrayEquals(new float[] {1, Float.MIN_VALUE, -0f}, state.weights().get("a/b"));
    assertArrayEquals(new float[] {9}, state.bestWeights().get("c"));
    assertEquals(7, state.updater().steps());
    assertArrayEquals(new float[] {4, 5, 6}, state.updater().moments().get("a/b").get(1));
    assertArrayEquals(new float[] {8}, state.updater().moments().get("c").get(1));
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
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> Checkpoint.in(file, other).load());
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
    assertRefused(safetensors(Map.of("format", "pt")));
    for (String key : texts.keySet()) {
      Map<String, String> fewer = new HashMap<>(texts);
      fewer.remove(key);
      assertRefused(safetensors(fewer));
      fewer.put(key, "{");
      assertRefused(safetensors(fewer));
      fewer.put(key, "{}");
      assertRefused(safetensors(fewer));
    }
  }

  private static byte[] safetensors(Map<String, String> metadata) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Safetensors.write(Map.of(), metadata, bytes);
    return bytes.toByteArray();
  }

  private void assertRefused(byte[] content) throws IOException {
    Files.write(file, content);
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> Checkpoint.in(file, SETTINGS).load());
    assertTrue(e.getMessage().startsWith(file + ": damaged checkpoint ("), e.getMessage());
    assertTrue(e.getMessage().endsWith("); start without --resume"), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
  }

  @Test
  void isRefusedWhereAnOlderVersionHasWrittenIt() throws IOException {
    Files.write(file, safetensors(Map.of("graft.checkpoint", "1", "settings", "{}")));
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> Checkpoint.in(file, SETTINGS).load());
    assertEquals(
        file
            + ": an older version of Graft has written this checkpoint; go on with that one, or"
            + " start without --resume",
        e.getMessage());
  }

  @Test
  void isRefusedWherePartsOfItDoNotGoTogether() throws IOException {
    StageState good = saved(null, 1).state();
    EpochMetrics second = new EpochMetrics(2, new SplitMetrics(3, 1, 1), null);
    float[] one = new float[1];
    Map<String, List<float[]>> moments = good.updater().moments();
    Map<Checkpoint.Saved, String> wrong = new LinkedHashMap<>();
    wrong.put(new Checkpoint.Saved(2, List.of(), good), "there is no such stage");
    wrong.put(new Checkpoint.Saved(1, List.of(second), good), "epochs are missing");
    wrong.put(with(good, good.weights(), moments, BEST, List.of(second)), "epochs are missing");
    wrong.put(with(good, good.weights(), moments, BEST, List.of()), "no step was done");
    wrong.put(with(good, Map.of(), Map.of(), null, good.epochs()), "it has no weights");
    String ofMoments = "moments are missing or of another size than the weights";
    for (Map<String, List<float[]>> others :
        List.<Map<String, List<float[]>>>of(
            Map.of(),
            Map.of("c", List.of(one, one)),
            Map.of("a/b", List.of(one, one), "c", List.of(one, one)),
            Map.of("a/b", moments.get("a/b"), "c", List.of(one)))) {
      wrong.put(with(good, good.weights(), others, BEST, good.epochs()), ofMoments);
    }
    wrong.put(
        with(good, good.weights(), moments, Map.of("c", one), good.epochs()),
        "best weights are missing or of another size than the weights");
    for (Map.Entry<Checkpoint.Saved, String> each : wrong.entrySet()) {
      Checkpoint.in(file, SETTINGS).save(each.getKey());
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> Checkpoint.in(file, SETTINGS).load());
      assertEquals(
          "%s: damaged checkpoint (%s); start without --resume".formatted(file, each.getValue()),
          e.getMessage());
    }
  }

  private static Checkpoint.Saved with(
      StageState state,
      Map<String, float[]> weights,
      Map<String, List<float[]>> moments,
      Map<String, float[]> best,
      List<EpochMetrics> epochs) {
    return new Checkpoint.Saved(
        0,
        List.of(),
        new StageState(
            weights,
            new Updater.State(state.updater().steps(), moments),
            best,
            state.bestLoss(),
            state.epochsSinceBest(),
            state.reduction(),
            state.epochsOnPlateau(),
            epochs));
  }

  @Test
  void givesTheSameOrNothingWhateverIsDamaged() throws IOException {
    damage(600, 1);
  }

  @Test
  @Tag("soak")
  void givesTheSameOrNothingWhateverIsDamagedTenThousandTimes() throws IOException {
    damage(10_000, 2);
  }

  /** What {@link Checkpoint#load} gives decides all that a resumed training does. */
  private void damage(int mutants, long seed) throws IOException {
    Checkpoint checkpoint = Checkpoint.in(file, SETTINGS);
    checkpoint.save(saved(BEST, 0.1 + 0.7));
    byte[] whole = Files.readAllBytes(file);
    String expected = text(checkpoint.load());
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < mutants; i++) {
      byte[] mutant = Mutants.of(whole, random);
      Files.write(file, mutant);
      try {
        Checkpoint.Saved loaded = checkpoint.load();
        assertEquals(expected, text(loaded), () -> "a silent difference in " + hex(mutant));
      } catch (CheckpointException e) {
        refused++;
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        assertTrue(e.getMessage().endsWith("start without --resume"), e.getMessage());
      }
    }
    assertTrue(refused > 0.9 * mutants, refused + " of " + mutants + " were refused");
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Every bit of it. */
  private static String text(Checkpoint.Saved saved) {
    StageState state = saved.state();
    StringBuilder text = new StringBuilder();
    text.append(List.of(saved.stage(), saved.earlier(), state.epochs(), state.updater().steps()));
    text.append(List.of(state.bestLoss(), state.epochsSinceBest(), state.reduction()));
    text.append(state.epochsOnPlateau());
    new TreeMap<>(state.weights()).forEach((name, values) -> text.append(bits(name, values)));
    new TreeMap<>(state.bestWeights()).forEach((name, values) -> text.append(bits(name, values)));
    new TreeMap<>(state.updater().moments())
        .forEach((name, all) -> all.forEach(values -> text.append(bits(name, values))));
    return text.toString();
  }

  private static String bits(String name, float[] values) {
    return name
        + Arrays.toString(
            IntStream.range(0, values.length)
                .map(i -> Float.floatToRawIntBits(values[i]))
                .toArray());
  }
}

package dev.graft.fit;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.graft.file.AtomicFile;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.optimize.Updater;
import dev.graft.recipe.CheckpointException;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.Progress;
import dev.graft.safetensors.Safetensors;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * The file that a training which was stopped goes on from: a safetensors file of weights, moments
 * and the best weights, with the rest and a checksum of everything in its metadata. Written whole
 * after each epoch, in place of the one before.
 */
public final class Checkpoint {

  private static final String FORMAT = "graft.checkpoint";
  private static final String VERSION = "2";
  private static final String OLDER = "1"; // without a checksum
  private static final String SETTINGS = "settings";
  private static final String PROGRESS = "progress";
  private static final String CHECKSUM = "crc32c";

  /** How many stages a training may have: the head, and then layers of the backbone. */
  private static final int STAGES = 2;

  /** What to do where it is of no use. */
  private static final String BEGIN = "start without --resume";

  private static final String WEIGHT = "weight/";
  private static final String BEST = "best/";
  private static final String MOMENT = "moment";

  private final Path file; // null: none is kept
  private final Map<String, String> settings;

  private Checkpoint(Path file, Map<String, String> settings) {
    this.file = file;
    this.settings = settings;
  }

  /** Keeps nothing. */
  public static Checkpoint none() {
    return new Checkpoint(null, Map.of());
  }

  /**
   * Keeps a file.
   *
   * @param settings all that decides about the training's result, for {@link #load} to compare
   */
  public static Checkpoint in(Path file, Map<String, String> settings) {
    return new Checkpoint(file, new LinkedHashMap<>(settings));
  }

  /** Null where nothing is kept. */
  public Path file() {
    return file;
  }

  /**
   * Where a training stood.
   *
   * @param stage which of its stages, from 0
   * @param earlier metrics of the epochs of earlier stages
   */
  public record Saved(int stage, List<EpochMetrics> earlier, StageState state) {

    /** The last one done, of all stages. */
    public int epoch() {
      return earlier.size() + state.epoch();
    }
  }

  /** What the metadata say; numbers that are not finite have no place in JSON. */
  private record Progress(
      int stage,
      List<EpochMetrics> earlier,
      List<EpochMetrics> epochs,
      int steps,
      Double bestLoss,
      int epochsSinceBest,
      double reduction,
      int epochsOnPlateau) {}

  /**
   * Writes the file in place of the one before.
   *
   * @throws IOException if it cannot be written: the one before stays
   */
  public void save(Saved saved) throws IOException {
    if (file == null) {
      return;
    }
    StageState state = saved.state();
    SortedMap<String, float[]> tensors = new TreeMap<>();
    state.weights().forEach((name, values) -> tensors.put(WEIGHT + name, values));
    state
        .updater()
        .moments()
        .forEach(
            (name, moments) -> {
              for (int i = 0; i < moments.size(); i++) {
                tensors.put(MOMENT + i + "/" + name, moments.get(i));
              }
            });
    if (state.bestWeights() != null) {
      state.bestWeights().forEach((name, values) -> tensors.put(BEST + name, values));
    }
    SortedMap<String, String> metadata = new TreeMap<>();
    metadata.put(FORMAT, VERSION);
    metadata.put(SETTINGS, new Gson().toJson(settings));
    metadata.put(
        PROGRESS,
        new Gson()
            .toJson(
                new Progress(
                    saved.stage(),
                    saved.earlier(),
                    state.epochs(),
                    state.updater().steps(),
                    Double.isInfinite(state.bestLoss()) ? null : state.bestLoss(),
                    state.epochsSinceBest(),
                    state.reduction(),
                    state.epochsOnPlateau())));
    metadata.put(CHECKSUM, checksum(tensors, metadata));
    try (AtomicFile written = AtomicFile.create(file)) {
      Safetensors.write(tensors, metadata, written.out());
      written.commit();
    }
  }

  /** Of all that a file says, but for the checksum itself, in the order of names. */
  private static String checksum(
      SortedMap<String, float[]> tensors, SortedMap<String, String> metadata) throws IOException {
    CRC32C checksum = new CRC32C();
    Safetensors.write(
        tensors, metadata, new CheckedOutputStream(OutputStream.nullOutputStream(), checksum));
    return "%08x".formatted(checksum.getValue());
  }

  /**
   * What was saved, or null where nothing was.
   *
   * @throws CheckpointException if it is damaged, of an older version or another training's: other
   *     photos or settings
   * @throws IOException if the file cannot be opened
   */
  public Saved load() throws IOException {
    if (file == null) {
      return null;
    }
    SortedMap<String, float[]> tensors = new TreeMap<>();
    SortedMap<String, String> metadata = new TreeMap<>();
    try (Safetensors content = Safetensors.open(file)) {
      metadata.putAll(content.metadata());
      if (OLDER.equals(metadata.get(FORMAT))) {
        throw new CheckpointException(
            "%s: an older version of Graft has written this checkpoint; go on with that one, or %s"
                .formatted(file, BEGIN));
      }
      if (!VERSION.equals(metadata.get(FORMAT))) {
        throw damaged("it does not say that it is a checkpoint of version " + VERSION, null);
      }
      for (String name : content.names()) {
        tensors.put(name, content.floats(name));
      }
    } catch (NoSuchFileException e) {
      return null;
    } catch (CheckpointException | FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw damaged(String.valueOf(e.getMessage()).replace(file + ": ", ""), e);
    }
    String expected = metadata.remove(CHECKSUM);
    String found = checksum(tensors, metadata);
    if (!found.equals(expected)) {
      throw damaged("checksum %s, expected %s".formatted(found, expected), null);
    }
    requireSame(parse(metadata.get(SETTINGS), Map.class));
    Saved saved = saved(tensors, parse(metadata.get(PROGRESS), Progress.class));
    requireSound(saved);
    return saved;
  }

  private static Saved saved(Map<String, float[]> tensors, Progress progress) {
    Map<String, float[]> weights = new LinkedHashMap<>();
    Map<String, float[]> best = new LinkedHashMap<>();
    Map<String, List<float[]>> moments = new HashMap<>();
    tensors.forEach(
        (name, values) -> {
          String weight = name.substring(name.indexOf('/') + 1);
          if (name.startsWith(WEIGHT)) {
            weights.put(weight, values);
          } else if (name.startsWith(BEST)) {
            best.put(weight, values);
          } else { // moment0 comes before moment1
            moments.computeIfAbsent(weight, key -> new ArrayList<>()).add(values);
          }
        });
    return new Saved(
        progress.stage(),
        progress.earlier(),
        new StageState(
            weights,
            new Updater.State(progress.steps(), moments),
            best.isEmpty() ? null : best,
            progress.bestLoss() == null ? Double.POSITIVE_INFINITY : progress.bestLoss(),
            progress.epochsSinceBest(),
            progress.reduction(),
            progress.epochsOnPlateau(),
            progress.epochs()));
  }

  private <T> T parse(String json, Class<T> type) throws CheckpointException {
    T parsed;
    try {
      parsed = new Gson().fromJson(json, type);
    } catch (JsonParseException e) {
      throw damaged("its metadata are not the JSON they should be", e);
    }
    if (parsed == null) {
      throw damaged("it lacks metadata", null);
    }
    return parsed;
  }

  private CheckpointException damaged(String what, Exception cause) {
    return new CheckpointException(
        "%s: damaged checkpoint (%s); %s".formatted(file, what, BEGIN), cause);
  }

  private void requireSame(Map<?, ?> theirs) throws CheckpointException {
    for (Map.Entry<String, String> ours : settings.entrySet()) {
      Object their = theirs.get(ours.getKey());
      if (!ours.getValue().equals(their)) {
        throw new CheckpointException(
            "%s: a checkpoint of another training (%s: %s then, %s now); train as then, or %s"
                .formatted(file, ours.getKey(), their, ours.getValue(), BEGIN));
      }
    }
  }

  /** What a checksum does not tell: that all parts are there and go together. */
  private void requireSound(Saved saved) throws CheckpointException {
    StageState state = saved.state();
    Map<String, Integer> sizes = sizes(state.weights());
    require(saved.stage() >= 0 && saved.stage() < STAGES, "there is no such stage");
    require(isCounted(saved.earlier()) && isCounted(state.epochs()), "epochs are missing");
    require(state.epoch() > 0 && state.updater().steps() > 0, "no step was done");
    require(!sizes.isEmpty(), "it has no weights");
    for (int slot = 0; slot < 2; slot++) {
      Map<String, float[]> moments = new HashMap<>();
      for (Map.Entry<String, List<float[]>> of : state.updater().moments().entrySet()) {
        if (slot < of.getValue().size()) {
          moments.put(of.getKey(), of.getValue().get(slot));
        }
      }
      require(
          sizes.equals(sizes(moments)) || (slot > 0 && moments.isEmpty()),
          "moments are missing or of another size than the weights");
    }
    require(
        state.bestWeights() == null || sizes.equals(sizes(state.bestWeights())),
        "best weights are missing or of another size than the weights");
  }

  private void require(boolean sound, String otherwise) throws CheckpointException {
    if (!sound) {
      throw damaged(otherwise, null);
    }
  }

  private static boolean isCounted(List<EpochMetrics> epochs) {
    return epochs != null
        && IntStream.range(0, epochs.size()).allMatch(i -> epochs.get(i).epoch() == i + 1);
  }

  private static Map<String, Integer> sizes(Map<String, float[]> arrays) {
    Map<String, Integer> sizes = new HashMap<>();
    arrays.forEach((name, values) -> sizes.put(name, values.length));
    return sizes;
  }

  /**
   * Checks that a state is one of this network's weights. Photos that are computed on another
   * machine may span another number of dimensions.
   */
  public void requireFits(StageState state, OnnxGraph network) throws CheckpointException {
    for (Map.Entry<String, float[]> learnt : state.weights().entrySet()) {
      Initializer weight = network.initializers().get(learnt.getKey());
      if (weight == null || weight.size() != learnt.getValue().length) {
        throw new CheckpointException(
            "%s: %d numbers of %s, expected %s: features were computed otherwise then; %s"
                .formatted(
                    file,
                    learnt.getValue().length,
                    learnt.getKey(),
                    weight == null ? "none" : weight.size(),
                    BEGIN));
      }
    }
  }

  /** Takes the file away: the training is done. */
  public void delete() throws IOException {
    if (file == null) {
      return;
    }
    Files.deleteIfExists(file);
    // A process that was killed while it wrote has left an unfinished one.
    String start = "." + file.getFileName() + ".";
    try (DirectoryStream<Path> unfinished =
        Files.newDirectoryStream(
            file.toAbsolutePath().getParent(),
            other -> {
              String name = other.getFileName().toString();
              return name.startsWith(start) && name.endsWith(AtomicFile.SUFFIX);
            })) {
      for (Path other : unfinished) {
        Files.deleteIfExists(other);
      }
    }
  }
}

package dev.graft.train;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.graft.model.AtomicFile;
import dev.graft.optimize.Updater;
import dev.graft.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The file that a training which was stopped goes on from: a safetensors file of weights, moments
 * and the best weights, with the rest in its metadata. Written whole after each epoch, in place of
 * the one before.
 */
final class Checkpoint {

  private static final String FORMAT = "graft.checkpoint";
  private static final String VERSION = "1";
  private static final String SETTINGS = "settings";
  private static final String PROGRESS = "progress";

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
  static Checkpoint none() {
    return new Checkpoint(null, Map.of());
  }

  /**
   * Keeps a file.
   *
   * @param settings all that decides about the training's result, for {@link #load} to compare
   */
  static Checkpoint in(Path file, Map<String, String> settings) {
    return new Checkpoint(file, new LinkedHashMap<>(settings));
  }

  /**
   * Where a training stood.
   *
   * @param stage which of its stages, from 0
   * @param earlier metrics of the epochs of earlier stages
   */
  record Saved(int stage, List<EpochMetrics> earlier, StageState state) {}

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

  void save(Saved saved) throws IOException {
    if (file == null) {
      return;
    }
    StageState state = saved.state();
    Map<String, float[]> tensors = new TreeMap<>();
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
    Map<String, String> metadata = new LinkedHashMap<>();
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
    AtomicFile.write(file, Safetensors.write(tensors, metadata));
  }

  /**
   * What was saved, or null where nothing was.
   *
   * @throws TrainingException if it is another training's: other photos or settings
   * @throws IOException if the file is damaged or cannot be read
   */
  Saved load() throws IOException {
    if (file == null) {
      return null;
    }
    Safetensors tensors;
    try {
      tensors = Safetensors.read(file);
    } catch (NoSuchFileException e) {
      return null;
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; " + BEGIN, e);
    }
    Map<String, String> metadata = tensors.metadata();
    if (!VERSION.equals(metadata.get(FORMAT))) {
      throw new IOException(file + ": not a checkpoint that this version of Graft reads; " + BEGIN);
    }
    requireSame(parse(metadata.get(SETTINGS), Map.class));
    Progress progress = parse(metadata.get(PROGRESS), Progress.class);
    if (progress.earlier() == null || progress.epochs() == null) {
      throw damaged(null);
    }
    Map<String, float[]> weights = new LinkedHashMap<>();
    Map<String, float[]> best = new LinkedHashMap<>();
    Map<String, List<float[]>> moments = new HashMap<>();
    for (String name : tensors.names()) {
      String weight = name.substring(name.indexOf('/') + 1);
      if (name.startsWith(WEIGHT)) {
        weights.put(weight, tensors.floats(name));
      } else if (name.startsWith(BEST)) {
        best.put(weight, tensors.floats(name));
      } else if (name.startsWith(MOMENT + "0/")) {
        String second = MOMENT + "1/" + weight;
        moments.put(
            weight,
            tensors.names().contains(second)
                ? List.of(tensors.floats(name), tensors.floats(second))
                : List.of(tensors.floats(name)));
      }
    }
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

  private <T> T parse(String json, Class<T> type) throws IOException {
    T parsed;
    try {
      parsed = new Gson().fromJson(json, type);
    } catch (JsonParseException e) {
      throw damaged(e);
    }
    if (parsed == null) {
      throw damaged(null);
    }
    return parsed;
  }

  private IOException damaged(Exception cause) {
    return new IOException(file + ": damaged checkpoint; " + BEGIN, cause);
  }

  private void requireSame(Map<?, ?> theirs) {
    for (Map.Entry<String, String> ours : settings.entrySet()) {
      Object their = theirs.get(ours.getKey());
      if (!ours.getValue().equals(their)) {
        throw new TrainingException(
            "%s: a checkpoint of another training (%s: %s then, %s now); train as then, or %s"
                .formatted(file, ours.getKey(), their, ours.getValue(), BEGIN));
      }
    }
  }

  /** Takes the file away: the training is done. */
  void delete() throws IOException {
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

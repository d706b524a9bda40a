package dev.graft.train;

import dev.graft.data.LabeledPhoto;
import dev.graft.data.Skipped;
import dev.graft.device.Device;
import dev.graft.djl.EngineLoading;
import dev.graft.djl.TrainingDevice;
import dev.graft.features.FeatureExtractor;
import dev.graft.features.FeaturePass;
import dev.graft.file.FileProblem;
import dev.graft.fit.Checkpoint;
import dev.graft.fit.StageState;
import dev.graft.onnx.OnnxGraph;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.Progress;
import dev.graft.recipe.TrainingException;
import dev.graft.recipe.UnreadablePhotosException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What all networks of a training share, those of folds too: the devices, the frozen layers that
 * are loaded, the pass over the photos, clocks, and whom to tell. Decides nothing about a result.
 * For one thread.
 */
final class Workbench implements AutoCloseable {

  private final FeaturePass pass;
  private final EngineLoading engine;
  private final Device device;
  private final int threads;
  private final boolean skipUnreadable;
  private final Consumer<Progress> onProgress;
  private final Map<String, FeatureExtractor> extractors = new HashMap<>();
  private TrainingDevice trainingDevice; // null until it is needed
  private boolean fallbackTold;
  private boolean checkpointFailureTold;
  private double quantizationSeconds;
  private double featureSeconds;
  private double headSeconds;
  private double fineTuningSeconds;

  Workbench(
      FeaturePass pass,
      EngineLoading engine,
      Device device,
      int threads,
      boolean skipUnreadable,
      Consumer<Progress> onProgress) {
    this.pass = pass;
    this.engine = engine;
    this.device = device;
    this.threads = threads;
    this.skipUnreadable = skipUnreadable;
    this.onProgress = onProgress;
  }

  /** The way of photos through frozen layers. */
  FeaturePass pass() {
    return pass;
  }

  /** Runs frozen layers of a backbone; loaded once, whoever asks for them. */
  FeatureExtractor extractor(NetworkPlan plan, String name, OnnxGraph frozen, String output)
      throws TrainingException {
    String key = name + " of " + plan.backbone().fingerprint();
    FeatureExtractor extractor = extractors.get(key);
    if (extractor == null) {
      extractor =
          FeatureExtractor.on(device, frozen, output, plan.preprocessing().resize(), threads);
      extractors.put(key, extractor);
      extractor.fallback().ifPresent(this::tell);
    }
    return extractor;
  }

  /** Waits for what trains, so that a clock which begins after it measures the training alone. */
  void awaitEngine() {
    engine.await();
  }

  /** Where layers are trained: found out when the first are, for it needs DJL's engine. */
  TrainingDevice trainingDevice() {
    if (trainingDevice == null) {
      engine.await();
      trainingDevice = TrainingDevice.of(device);
      trainingDevice.fallback().ifPresent(this::tell);
    }
    return trainingDevice;
  }

  /** Once: what runs later falls back for much the same reason. */
  private void tell(String fallback) {
    if (!fallbackTold) {
      fallbackTold = true;
      onProgress.accept(new Progress.Fallback(fallback));
    }
  }

  /**
   * Those of photos that were readable when the pass met them.
   *
   * @throws UnreadablePhotosException if some were not, and are not to be left out
   */
  List<LabeledPhoto> readable(List<LabeledPhoto> photos) throws IOException {
    if (pass.unreadable().isEmpty()) {
      return photos;
    }
    if (!skipUnreadable) {
      throw new UnreadablePhotosException(pass.unreadable());
    }
    Set<Path> bad = pass.unreadable().stream().map(Skipped::path).collect(Collectors.toSet());
    return photos.stream().filter(photo -> !bad.contains(photo.path())).toList();
  }

  /**
   * What is done after each epoch of a stage: the state is kept, and told.
   *
   * @param earlier epochs of the stages before
   * @param epochs of this stage
   */
  Consumer<StageState> listener(
      int stage, List<EpochMetrics> earlier, int epochs, Checkpoint checkpoint) {
    long start = System.nanoTime();
    int[] first = {0};
    return state -> {
      if (first[0] == 0) {
        first[0] = state.epoch(); // a resumed stage has done some before
      }
      save(checkpoint, new Checkpoint.Saved(stage, earlier, state));
      int left = epochs - state.epoch();
      long each = (System.nanoTime() - start) / (state.epoch() - first[0] + 1);
      List<EpochMetrics> all = continued(earlier, state.epochs());
      onProgress.accept(
          new Progress.Epoch(
              earlier.size() + epochs, all.get(all.size() - 1), Duration.ofNanos(each * left)));
    };
  }

  /** A training that could be finished does not end because it could not be resumed. */
  private void save(Checkpoint checkpoint, Checkpoint.Saved saved) {
    try {
      checkpoint.save(saved);
      if (checkpoint.file() != null) {
        onProgress.accept(new Progress.Saved(saved.epoch()));
      }
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new UncheckedIOException(e); // stopped while it wrote
      }
      if (!checkpointFailureTold) {
        checkpointFailureTold = true;
        onProgress.accept(new Progress.CheckpointFailed(checkpoint.file(), FileProblem.reason(e)));
      }
    }
  }

  /** The epochs of two stages, counted on. */
  static List<EpochMetrics> continued(List<EpochMetrics> earlier, List<EpochMetrics> later) {
    List<EpochMetrics> all = new ArrayList<>(earlier);
    for (EpochMetrics epoch : later) {
      all.add(new EpochMetrics(earlier.size() + epoch.epoch(), epoch.train(), epoch.validation()));
    }
    return all;
  }

  void addQuantization(long start) {
    quantizationSeconds += secondsSince(start);
  }

  void addFeatures(long start) {
    featureSeconds += secondsSince(start);
  }

  void addHead(long start) {
    headSeconds += secondsSince(start);
  }

  void addFineTuning(long start) {
    fineTuningSeconds += secondsSince(start);
  }

  Timing timing() {
    return new Timing(
        quantizationSeconds,
        featureSeconds,
        pass.backboneSeconds(),
        headSeconds,
        fineTuningSeconds);
  }

  /** Photos that could not be read and were left out. */
  List<Skipped> unreadable() {
    return pass.unreadable();
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    extractors.values().forEach(FeatureExtractor::close);
  }
}

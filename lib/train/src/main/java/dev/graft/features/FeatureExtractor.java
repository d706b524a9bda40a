package dev.graft.features;

import dev.graft.device.Device;
import dev.graft.device.InferenceException;
import dev.graft.engine.DeviceChoice;
import dev.graft.engine.InferenceSession;
import dev.graft.engine.ModelRuns;
import dev.graft.engine.PhotoPipeline;
import dev.graft.engine.RunShape;
import dev.graft.engine.Sessions;
import dev.graft.engine.ShapeSearch;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import dev.graft.recipe.TrainingException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Runs a graph from {@code image}, uint8 {@code [N, H, W, 3]}, to one float output on ONNX Runtime.
 * Thread-safe.
 *
 * <p>A row does not depend on the shape of the runs: at first each photo is run alone on one
 * thread, and only a shape that gives the same bits can take its place.
 */
public final class FeatureExtractor implements AutoCloseable {

  private final Optional<String> fallback;
  private final ModelRuns runs;

  private FeatureExtractor(
      OnnxGraph graph, String output, int threads, Device device, Optional<String> fallback)
      throws InferenceException {
    this.fallback = fallback;
    int all = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    boolean onCpu = device instanceof Device.Cpu;
    Sessions sessions =
        new Sessions(
            InferenceSession.open(graph.toBytes(), device, 1),
            1,
            count -> Optional.of(InferenceSession.open(graph.toBytes(), device, count)));
    this.runs =
        new ModelRuns(
            "this feature extractor",
            graph.inputs().get(0).name(),
            List.of(output),
            sessions,
            all,
            onCpu ? new RunShape(all, 1, 1) : new RunShape(1, 1, ModelRuns.BATCH),
            !onCpu);
  }

  /**
   * On the CPU.
   *
   * @param threads for all runs under way together; 0 is one a core
   * @throws TrainingException if ONNX Runtime cannot load the graph
   */
  public static FeatureExtractor onCpu(OnnxGraph graph, String output, int threads)
      throws TrainingException {
    try {
      return new FeatureExtractor(graph, output, threads, Device.cpu(), Optional.empty());
    } catch (InferenceException e) {
      throw cannotLoad(e);
    }
  }

  /**
   * On a device, or on the CPU if that cannot be used.
   *
   * @param size of the photos
   * @param threads as for {@link #onCpu}
   * @throws TrainingException as {@link #onCpu}
   */
  public static FeatureExtractor on(
      Device wanted, OnnxGraph graph, String output, Resize size, int threads)
      throws TrainingException {
    try {
      return DeviceChoice.start(
          wanted,
          (device, fallback) -> {
            FeatureExtractor extractor =
                new FeatureExtractor(graph, output, threads, device, fallback);
            try {
              if (!(device instanceof Device.Cpu)) {
                extractor.runs.runGray(size);
              }
              return extractor;
            } catch (InferenceException | RuntimeException e) {
              extractor.close();
              throw e;
            }
          });
    } catch (InferenceException e) {
      throw cannotLoad(e);
    }
  }

  private static TrainingException cannotLoad(InferenceException e) {
    return new TrainingException("ONNX Runtime cannot load the backbone: " + e.getMessage(), e);
  }

  /** What it runs on. */
  public Device device() {
    return runs.device();
  }

  /** Why that is not the device that was asked for; empty where it is. */
  public Optional<String> fallback() {
    return fallback;
  }

  /** How many runs may be under way at once and how many photos one takes. */
  RunShape shape() {
    return runs.shape();
  }

  /** Whether {@link #findShape} has been called. */
  boolean isShapeFixed() {
    return runs.isShapeFixed();
  }

  /**
   * Measures which shape is fastest of those that give the same bits, and keeps it.
   *
   * @param size of the photos
   * @param work see {@link ShapeSearch#search}
   * @throws UncheckedIOException as {@link #run}
   */
  void findShape(Resize size, Duration work) {
    try {
      runs.findShape(size, work, ShapeSearch::withExactOutput);
    } catch (InferenceException e) {
      throw new UncheckedIOException(failed(e));
    }
  }

  /** One row a photo, of any number of photos, by as many runs as are best. */
  public List<float[]> rows(List<Pixels> photos) {
    return rows(photos.iterator(), pixels -> pixels);
  }

  /** One row for each of what photos are made from; they are made on all cores. */
  public <T> List<float[]> rows(Iterator<T> inputs, Function<T, Pixels> pixels) {
    List<float[]> rows = new ArrayList<>();
    int cores = Runtime.getRuntime().availableProcessors();
    try (PhotoPipeline<T, float[]> pipeline =
        PhotoPipeline.of(inputs, runs.shape(), cores, pixels, this::run)) {
      while (pipeline.hasNext()) {
        rows.add(pipeline.next());
      }
    }
    return rows;
  }

  /**
   * One row of output a photo, flattened in the output's own order, by one run.
   *
   * @throws UncheckedIOException of a {@link TrainingException} if ONNX Runtime fails: this runs in
   *     callbacks
   */
  List<float[]> run(List<Pixels> photos) {
    try {
      return ModelRuns.rows(runs.run(photos).get(0), photos.size());
    } catch (InferenceException e) {
      throw new UncheckedIOException(failed(e));
    }
  }

  /** The shape of the output for one photo, without the batch's axis. */
  public long[] outputShape(Resize size) throws TrainingException {
    try {
      long[] found = runs.runGray(size).get(0).shape();
      return Arrays.copyOfRange(found, 1, found.length);
    } catch (InferenceException e) {
      throw failed(e);
    }
  }

  private static TrainingException failed(InferenceException e) {
    return new TrainingException("ONNX Runtime failed: " + e.getMessage(), e);
  }

  /** Frees it once what runs has ended. */
  @Override
  public void close() {
    runs.close();
  }
}

package dev.graft.features;

import dev.graft.device.Device;
import dev.graft.device.InferenceException;
import dev.graft.engine.DeviceChoice;
import dev.graft.engine.InferenceSession;
import dev.graft.engine.PhotoPipeline;
import dev.graft.engine.RunShape;
import dev.graft.engine.ShapeSearch;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import dev.graft.recipe.TrainingException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * Runs a graph from {@code image}, uint8 {@code [N, H, W, 3]}, to one float output on ONNX Runtime.
 * Thread-safe, but for {@link #close()}, which must not meet a run.
 *
 * <p>A row does not depend on the shape of the runs: at first each photo is run alone on one
 * thread, and only a shape that gives the same bits can take its place.
 */
public final class FeatureExtractor implements AutoCloseable {

  /** Photos at once where the runs are not on the CPU. */
  private static final int BATCH = 8;

  private final OnnxGraph graph;
  private final Device device;
  private final Optional<String> fallback;
  private final String input;
  private final String output;
  private final int threads;

  /** By the threads that a run takes. */
  private final Map<Integer, InferenceSession> sessions = new ConcurrentHashMap<>();

  /** Kept: a direct buffer a run would stay until the garbage collector finds it. */
  private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();

  private volatile RunShape shape;
  private volatile boolean shapeIsFixed;

  private FeatureExtractor(
      OnnxGraph graph, String output, int threads, Device device, Optional<String> fallback)
      throws InferenceException {
    this.graph = graph;
    this.input = graph.inputs().get(0).name();
    this.output = output;
    this.threads = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    this.device = device;
    this.fallback = fallback;
    boolean onCpu = device instanceof Device.Cpu;
    this.shape = new RunShape(onCpu ? this.threads : 1, 1, onCpu ? 1 : BATCH);
    this.shapeIsFixed = !onCpu;
    sessions.put(1, InferenceSession.open(graph.toBytes(), device, 1));
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
                extractor.runGray(size.height(), size.width());
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
    return device;
  }

  /** Why that is not the device that was asked for; empty where it is. */
  public Optional<String> fallback() {
    return fallback;
  }

  private InferenceSession session(int threadsOfRun) {
    return sessions.computeIfAbsent(
        threadsOfRun,
        count -> {
          try {
            return InferenceSession.open(graph.toBytes(), device, count);
          } catch (InferenceException e) {
            throw new UncheckedIOException(cannotLoad(e));
          }
        });
  }

  /** How many runs may be under way at once and how many photos one takes. */
  RunShape shape() {
    return shape;
  }

  /** Whether {@link #findShape} has been called. */
  boolean isShapeFixed() {
    return shapeIsFixed;
  }

  /**
   * Measures which shape is fastest of those that give the same bits, and keeps it.
   *
   * @param work see {@link ShapeSearch#search}
   */
  void findShape(int height, int width, Duration work) {
    ShapeSearch.Model model =
        new ShapeSearch.Model() {
          @Override
          public List<float[]> run(List<Pixels> photos, int threadsOfRun) {
            return Arrays.asList(FeatureExtractor.this.run(photos, threadsOfRun));
          }

          @Override
          public void release(int threadsOfRun) {
            close(sessions.remove(threadsOfRun));
          }
        };
    shape = ShapeSearch.of(model, width, height, threads).withExactOutput().search(shape, work);
    shapeIsFixed = true;
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
        PhotoPipeline.of(inputs, shape, cores, pixels, photos -> Arrays.asList(run(photos)))) {
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
  float[][] run(List<Pixels> photos) {
    return run(photos, shape.threads());
  }

  private float[][] run(List<Pixels> photos, int threadsOfRun) {
    int height = photos.get(0).height();
    int width = photos.get(0).width();
    int bytes = photos.size() * height * width * 3;
    ByteBuffer pixels = buffers.poll();
    if (pixels == null || pixels.capacity() < bytes) {
      pixels = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
    pixels.clear();
    for (Pixels photo : photos) {
      pixels.put(photo.rgb());
    }
    long[] dims = {photos.size(), height, width, 3};
    try {
      InferenceSession.Output features =
          session(threadsOfRun).run(input, pixels.flip(), dims, List.of(output)).get(0);
      if (features.shape()[0] != photos.size()) {
        throw new UncheckedIOException(
            new TrainingException(
                "expected %d rows of features, the backbone gave %d"
                    .formatted(photos.size(), features.shape()[0])));
      }
      int length = features.values().length / photos.size();
      float[][] rows = new float[photos.size()][];
      Arrays.setAll(rows, i -> Arrays.copyOfRange(features.values(), i * length, (i + 1) * length));
      return rows;
    } catch (InferenceException e) {
      throw new UncheckedIOException(failed(e));
    } finally {
      buffers.add(pixels);
    }
  }

  /** The shape of the output for one photo, without the batch's axis. */
  public long[] outputShape(int height, int width) throws TrainingException {
    try {
      long[] found = runGray(height, width).shape();
      return Arrays.copyOfRange(found, 1, found.length);
    } catch (InferenceException e) {
      throw failed(e);
    }
  }

  private InferenceSession.Output runGray(int height, int width) throws InferenceException {
    ByteBuffer gray = ByteBuffer.allocateDirect(height * width * 3).order(ByteOrder.nativeOrder());
    long[] dims = {1, height, width, 3};
    return session(shape.threads()).run(input, gray, dims, List.of(output)).get(0);
  }

  private static TrainingException failed(InferenceException e) {
    return new TrainingException("ONNX Runtime failed: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    sessions.values().forEach(InferenceSession::close);
    sessions.clear();
  }

  private static void close(InferenceSession session) {
    if (session != null) {
      session.close();
    }
  }
}

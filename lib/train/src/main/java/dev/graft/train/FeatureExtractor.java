package dev.graft.train;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.Pixels;
import dev.graft.serve.PhotoPipeline;
import dev.graft.serve.RunShape;
import dev.graft.serve.ShapeSearch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
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
final class FeatureExtractor implements AutoCloseable {

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OnnxGraph graph;
  private final String input;
  private final String output;
  private final int threads;

  /** By the threads that a run takes. */
  private final Map<Integer, OrtSession> sessions = new ConcurrentHashMap<>();

  /** Kept: a direct buffer a run would stay until the garbage collector finds it. */
  private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();

  private volatile RunShape shape;
  private volatile boolean shapeIsFixed;

  /**
   * @param threads for all runs under way together; 0 is one a core
   */
  FeatureExtractor(OnnxGraph graph, String output, int threads) {
    this.graph = graph;
    this.input = graph.inputs().get(0).name();
    this.output = output;
    this.threads = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    this.shape = new RunShape(this.threads, 1, 1);
    session(1);
  }

  private OrtSession session(int threadsOfRun) {
    return sessions.computeIfAbsent(
        threadsOfRun,
        count -> {
          try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(count);
            // Idle threads sleep instead of spinning: photos are decoded on the same cores.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            return environment.createSession(graph.toBytes(), options);
          } catch (OrtException e) {
            throw new TrainingException(
                "ONNX Runtime cannot load the backbone: " + e.getMessage(), e);
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
  void findShape(int height, int width, Duration work) throws InterruptedException {
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
  List<float[]> rows(List<Pixels> photos) {
    return rows(photos.iterator(), pixels -> pixels);
  }

  /** One row for each of what photos are made from; they are made on all cores. */
  <T> List<float[]> rows(Iterator<T> inputs, Function<T, Pixels> pixels) {
    List<float[]> rows = new ArrayList<>();
    int cores = Runtime.getRuntime().availableProcessors();
    try (PhotoPipeline<T, float[]> pipeline =
        PhotoPipeline.of(inputs, shape, cores, pixels, photos -> Arrays.asList(run(photos)))) {
      while (pipeline.hasNext()) {
        rows.add(pipeline.next());
      }
    } catch (InterruptedException e) {
      throw new CancellationException("training was stopped");
    }
    return rows;
  }

  /** One row of output a photo, flattened in the output's own order, by one run. */
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
    try (OnnxTensor image =
            OnnxTensor.createTensor(environment, pixels.flip(), dims, OnnxJavaType.UINT8);
        OrtSession.Result result =
            session(threadsOfRun)
                .run(Map.<String, OnnxTensorLike>of(input, image), Set.of(output))) {
      OnnxTensor features = (OnnxTensor) result.get(0);
      long[] dimensions = features.getInfo().getShape();
      if (dimensions[0] != photos.size()) {
        throw new TrainingException(
            "expected %d rows of features, the backbone gave %d"
                .formatted(photos.size(), dimensions[0]));
      }
      FloatBuffer values = features.getFloatBuffer();
      float[][] rows = new float[photos.size()][values.remaining() / photos.size()];
      for (float[] row : rows) {
        values.get(row);
      }
      return rows;
    } catch (OrtException e) {
      throw new TrainingException("ONNX Runtime failed: " + e.getMessage(), e);
    } finally {
      buffers.add(pixels);
    }
  }

  /** The shape of the output for one photo, without the batch's axis. */
  long[] outputShape(int height, int width) {
    ByteBuffer grey = ByteBuffer.allocateDirect(height * width * 3).order(ByteOrder.nativeOrder());
    long[] dims = {1, height, width, 3};
    try (OnnxTensor image = OnnxTensor.createTensor(environment, grey, dims, OnnxJavaType.UINT8);
        OrtSession.Result result =
            session(shape.threads())
                .run(Map.<String, OnnxTensorLike>of(input, image), Set.of(output))) {
      long[] found = ((OnnxTensor) result.get(0)).getInfo().getShape();
      return Arrays.copyOfRange(found, 1, found.length);
    } catch (OrtException e) {
      throw new TrainingException("ONNX Runtime failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    sessions.values().forEach(FeatureExtractor::close);
    sessions.clear();
  }

  private static void close(OrtSession session) {
    try {
      if (session != null) {
        session.close();
      }
    } catch (OrtException e) {
      throw new TrainingException("ONNX Runtime cannot close its session: " + e.getMessage(), e);
    }
  }
}

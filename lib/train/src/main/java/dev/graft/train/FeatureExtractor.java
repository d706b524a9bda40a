package dev.graft.train;

import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import dev.graft.serve.Device;
import dev.graft.serve.DeviceChoice;
import dev.graft.serve.InferenceException;
import dev.graft.serve.InferenceSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Runs a graph from {@code image}, uint8 {@code [N, H, W, 3]}, to one float output on ONNX Runtime.
 * For one thread at a time.
 */
final class FeatureExtractor implements AutoCloseable {

  private final InferenceSession session;
  private final String input;
  private final String output;
  private final Optional<String> fallback;

  /** Kept: a direct buffer a run would stay until the garbage collector finds it. */
  private ByteBuffer pixels = ByteBuffer.allocateDirect(0);

  private FeatureExtractor(
      InferenceSession session, String input, String output, Optional<String> fallback) {
    this.session = session;
    this.input = input;
    this.output = output;
    this.fallback = fallback;
  }

  /**
   * On the CPU.
   *
   * @param threads for one operator; 0 leaves the choice to ONNX Runtime
   */
  static FeatureExtractor onCpu(OnnxGraph graph, String output, int threads) {
    try {
      return open(graph, output, threads, Device.cpu(), Optional.empty());
    } catch (InferenceException e) {
      throw cannotLoad(e);
    }
  }

  /**
   * On a device, or on the CPU if that cannot be used.
   *
   * @param size of the photos
   * @param threads as for {@link #onCpu}
   */
  static FeatureExtractor on(
      Device wanted, OnnxGraph graph, String output, Resize size, int threads) {
    try {
      return DeviceChoice.start(
          wanted,
          (device, fallback) -> {
            FeatureExtractor extractor = open(graph, output, threads, device, fallback);
            try {
              if (!(device instanceof Device.Cpu)) {
                extractor.runGrey(size.height(), size.width());
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

  private static FeatureExtractor open(
      OnnxGraph graph, String output, int threads, Device device, Optional<String> fallback)
      throws InferenceException {
    return new FeatureExtractor(
        InferenceSession.open(graph.toBytes(), device, threads),
        graph.inputs().get(0).name(),
        output,
        fallback);
  }

  private static TrainingException cannotLoad(InferenceException e) {
    return new TrainingException("ONNX Runtime cannot load the backbone: " + e.getMessage(), e);
  }

  /** What it runs on. */
  Device device() {
    return session.device();
  }

  /** Why that is not the device that was asked for; empty where it is. */
  Optional<String> fallback() {
    return fallback;
  }

  /** One row of output a photo, flattened in the output's own order. */
  float[][] run(List<Pixels> photos) {
    int height = photos.get(0).height();
    int width = photos.get(0).width();
    int bytes = photos.size() * height * width * 3;
    if (pixels.capacity() < bytes) {
      pixels = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
    pixels.clear();
    for (Pixels photo : photos) {
      pixels.put(photo.rgb());
    }
    long[] shape = {photos.size(), height, width, 3};
    try {
      InferenceSession.Output features = run(pixels.flip(), shape);
      if (features.shape()[0] != photos.size()) {
        throw new TrainingException(
            "expected %d rows of features, the backbone gave %d"
                .formatted(photos.size(), features.shape()[0]));
      }
      int length = features.values().length / photos.size();
      float[][] rows = new float[photos.size()][];
      Arrays.setAll(rows, i -> Arrays.copyOfRange(features.values(), i * length, (i + 1) * length));
      return rows;
    } catch (InferenceException e) {
      throw failed(e);
    }
  }

  /** The shape of the output for one photo, without the batch's axis. */
  long[] outputShape(int height, int width) {
    try {
      long[] found = runGrey(height, width).shape();
      return Arrays.copyOfRange(found, 1, found.length);
    } catch (InferenceException e) {
      throw failed(e);
    }
  }

  private InferenceSession.Output runGrey(int height, int width) throws InferenceException {
    ByteBuffer grey = ByteBuffer.allocateDirect(height * width * 3).order(ByteOrder.nativeOrder());
    return run(grey, new long[] {1, height, width, 3});
  }

  private InferenceSession.Output run(ByteBuffer values, long[] shape) throws InferenceException {
    return session.run(input, values, shape, List.of(output)).get(0);
  }

  private static TrainingException failed(InferenceException e) {
    return new TrainingException("ONNX Runtime failed: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    session.close();
  }
}

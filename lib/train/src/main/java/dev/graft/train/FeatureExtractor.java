package dev.graft.train;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.Pixels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs a graph from {@code image}, uint8 {@code [N, H, W, 3]}, to one float output on ONNX Runtime.
 * For one thread at a time.
 */
final class FeatureExtractor implements AutoCloseable {

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final String input;
  private final String output;

  /** Kept: a direct buffer a run would stay until the garbage collector finds it. */
  private ByteBuffer pixels = ByteBuffer.allocateDirect(0);

  /**
   * @param threads for one operator; 0 leaves the choice to ONNX Runtime
   */
  FeatureExtractor(OnnxGraph graph, String output, int threads) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      // Idle threads sleep instead of spinning: photos are decoded on the same cores.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      session = environment.createSession(graph.toBytes(), options);
    } catch (OrtException e) {
      throw new TrainingException("ONNX Runtime cannot load the backbone: " + e.getMessage(), e);
    }
    this.input = graph.inputs().get(0).name();
    this.output = output;
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
    try (OnnxTensor image =
            OnnxTensor.createTensor(environment, pixels.flip(), shape, OnnxJavaType.UINT8);
        OrtSession.Result result =
            session.run(Map.<String, OnnxTensorLike>of(input, image), Set.of(output))) {
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
    }
  }

  /** The shape of the output for one photo, without the batch's axis. */
  long[] outputShape(int height, int width) {
    ByteBuffer grey = ByteBuffer.allocateDirect(height * width * 3).order(ByteOrder.nativeOrder());
    long[] shape = {1, height, width, 3};
    try (OnnxTensor image = OnnxTensor.createTensor(environment, grey, shape, OnnxJavaType.UINT8);
        OrtSession.Result result =
            session.run(Map.<String, OnnxTensorLike>of(input, image), Set.of(output))) {
      long[] found = ((OnnxTensor) result.get(0)).getInfo().getShape();
      return Arrays.copyOfRange(found, 1, found.length);
    } catch (OrtException e) {
      throw new TrainingException("ONNX Runtime failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new TrainingException("ONNX Runtime cannot close its session: " + e.getMessage(), e);
    }
  }
}

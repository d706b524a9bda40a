package dev.graft.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runs a graph in ONNX Runtime: the reference that other results are compared with. */
public final class OrtRun {

  private OrtRun() {}

  /** All outputs of a graph of one float input, flattened, by name. */
  public static Map<String, float[]> floats(OnnxGraph graph, float[] input, long... shape)
      throws OrtException {
    try (OnnxTensor tensor =
        OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(input), shape)) {
      return run(graph, tensor);
    }
  }

  /** All outputs of a graph of one uint8 input, flattened, by name. */
  public static Map<String, float[]> bytes(OnnxGraph graph, byte[] input, long... shape)
      throws OrtException {
    ByteBuffer direct = ByteBuffer.allocateDirect(input.length).put(input).flip();
    try (OnnxTensor tensor =
        OnnxTensor.createTensor(
            OrtEnvironment.getEnvironment(), direct, shape, OnnxJavaType.UINT8)) {
      return run(graph, tensor);
    }
  }

  private static Map<String, float[]> run(OnnxGraph graph, OnnxTensor input) throws OrtException {
    try (OrtSession.SessionOptions options = options(graph);
        OrtSession session =
            OrtEnvironment.getEnvironment().createSession(graph.toBytes(), options);
        OrtSession.Result result = session.run(Map.of(graph.inputs().get(0).name(), input))) {
      Map<String, float[]> outputs = new LinkedHashMap<>();
      for (TensorInfo output : graph.outputs()) {
        FloatBuffer buffer =
            ((OnnxTensor) result.get(output.name()).orElseThrow()).getFloatBuffer();
        float[] floats = new float[buffer.remaining()];
        buffer.get(floats);
        outputs.put(output.name(), floats);
      }
      return outputs;
    }
  }

  /** To start threads and to rewrite the graph takes longer than to run a small one. */
  private static OrtSession.SessionOptions options(OnnxGraph graph) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    int weights = graph.initializers().values().stream().mapToInt(Initializer::size).sum();
    if (weights < 100_000) {
      options.setIntraOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
    }
    return options;
  }
}

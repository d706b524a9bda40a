package dev.graft.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.TensorInfo.OnnxTensorType;
import dev.graft.engine.OnnxRuntimeEnvironment;
import dev.graft.protobuf.GraphGuard;
import dev.graft.shutdown.Shutdown;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * A graph in ONNX Runtime on the CPU, to learn what its file does not say: shapes and values of any
 * of its tensors. For one thread at a time.
 */
public final class OnnxRun implements AutoCloseable {

  /** What becomes of a tensor that was computed. */
  private interface Reading<T> {
    T of(String name, OnnxTensor tensor);
  }

  private final String name;
  private final List<String> tensors;
  private final List<TensorInfo> inputs;
  private final OrtEnvironment environment;
  private final OrtSession session;

  /**
   * Loads what is needed to compute these tensors.
   *
   * @param tensors names of tensors of the graph, whether it declares them or not
   * @throws IllegalArgumentException if there is no tensor of such a name, if the graph has several
   *     inputs, or if ONNX Runtime cannot load it; the message says why
   */
  public OnnxRun(OnnxGraph graph, Collection<String> tensors) {
    this.name = graph.name();
    this.tensors = List.copyOf(tensors);
    OnnxGraph asked = asking(graph, tensors);
    inputs = asked.inputs();
    if (inputs.size() > 1) {
      throw new IllegalArgumentException(
          "%s: expected at most one input, found %s".formatted(name, inputs));
    }
    session = load(asked, OptLevel.ALL_OPT);
    environment = OrtEnvironment.getEnvironment();
  }

  private static OnnxGraph asking(OnnxGraph graph, Collection<String> tensors) {
    return graph.withOutputs(
        tensors.stream()
            // ONNX Runtime finds the type by itself, and refuses a wrong one.
            .map(tensor -> new TensorInfo(tensor, ElementType.OTHER, Shape.UNKNOWN))
            .toArray(TensorInfo[]::new));
  }

  private static OrtSession load(OnnxGraph graph, OptLevel level) {
    byte[] bytes = graph.toBytes();
    Optional<String> complaint = GraphGuard.complaint(ByteBuffer.wrap(bytes));
    if (complaint.isPresent()) {
      throw cannotRun(graph.name(), complaint.get(), null);
    }
    Shutdown.Work opening = Shutdown.begin(() -> {}); // nothing cuts it short
    try {
      OnnxRuntimeEnvironment.keep();
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        // The shapes in the file are those of other inputs: no warnings if they differ.
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        options.setOptimizationLevel(level);
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        return environment.createSession(bytes, options);
      }
    } catch (OrtException e) {
      throw cannotRun(graph.name(), e.getMessage(), e);
    } finally {
      opening.close();
    }
  }

  /**
   * The types of tensors, without running the graph.
   *
   * @return by name, in the order of the names; without what is no tensor, such as a sequence
   * @throws IllegalArgumentException as the constructor
   */
  static Map<String, ElementType> types(OnnxGraph graph, Collection<String> tensors) {
    Map<String, ElementType> types = new LinkedHashMap<>();
    Shutdown.Work reading = Shutdown.begin(() -> {}); // over soon
    try (OrtSession session = load(asking(graph, tensors), OptLevel.NO_OPT)) {
      Map<String, NodeInfo> outputs = session.getOutputInfo();
      for (String tensor : tensors) {
        if (outputs.get(tensor).getInfo() instanceof ai.onnxruntime.TensorInfo info) {
          types.put(tensor, type(info.onnxType));
        }
      }
    } catch (OrtException e) {
      throw cannotRun(graph.name(), e.getMessage(), e);
    } finally {
      reading.close();
    }
    return types;
  }

  /**
   * The types and shapes of the tensors, which all are in memory until the run has ended: {@link
   * OnnxShapes} needs less.
   *
   * @param input what the graph's only input is fed, FLOAT or UINT8, given as floats; null for a
   *     graph without
   * @return by name, in the order of the names; without what is no tensor, such as a sequence
   * @throws IllegalArgumentException if ONNX Runtime cannot run the graph; the message says why
   */
  public Map<String, TensorInfo> shapes(Initializer input) {
    return run(
        tensors,
        input,
        (tensor, found) ->
            new TensorInfo(
                tensor,
                type(found.getInfo().onnxType),
                Shape.of(Arrays.stream(found.getInfo().getShape()).boxed().toArray())));
  }

  /**
   * The values of the tensors. Floats of 16 and 64 bits are given as FLOAT, whole numbers and truth
   * values (0 or 1) as INT64.
   *
   * @param input what the graph's only input is fed, FLOAT or UINT8, given as floats; null for a
   *     graph without
   * @return by name, in the order of the names
   * @throws IllegalArgumentException if ONNX Runtime cannot run the graph; the message says why
   */
  public Map<String, Initializer> values(Initializer input) {
    return run(tensors, input, OnnxRun::value);
  }

  /**
   * The values of those of the tensors that hold floats of 32 bits, last dimension fastest.
   *
   * @param input what the graph's only input is fed, FLOAT or UINT8, given as floats
   * @return by name, in the order of the names
   * @throws IllegalArgumentException if ONNX Runtime cannot run the graph; the message says why
   */
  public Map<String, float[]> floats(Initializer input) {
    Map<String, float[]> floats = run(tensors, input, OnnxRun::floats);
    floats.values().removeIf(Objects::isNull);
    return floats;
  }

  /** The values of one of the tensors. */
  public Initializer value(String tensor, Initializer input) {
    return run(List.of(tensor), input, OnnxRun::value).get(tensor);
  }

  private <T> Map<String, T> run(List<String> asked, Initializer input, Reading<T> reading) {
    if (!inputs.isEmpty() && input == null) {
      throw new IllegalArgumentException("%s: expected %s".formatted(name, inputs));
    }
    Map<String, T> results = new LinkedHashMap<>();
    try (OrtSession.RunOptions options = new OrtSession.RunOptions()) {
      Shutdown.Work running = Shutdown.begin(() -> terminate(options));
      try (OnnxTensor fed = inputs.isEmpty() ? null : tensor(environment, inputs.get(0), input);
          OrtSession.Result result =
              session.run(
                  fed == null
                      ? Map.<String, OnnxTensorLike>of()
                      : Map.<String, OnnxTensorLike>of(inputs.get(0).name(), fed),
                  Set.copyOf(asked),
                  options)) {
        for (String tensor : asked) {
          if (result.get(tensor).orElseThrow() instanceof OnnxTensor found) {
            results.put(tensor, reading.of(tensor, found));
          }
        }
      } finally {
        running.close();
      }
    } catch (OrtException e) {
      Shutdown.requireNotBegun(); // or it was told to end
      throw cannotRun(e);
    }
    return results;
  }

  private static void terminate(OrtSession.RunOptions options) {
    try {
      options.setTerminate(true);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot end a run", e);
    }
  }

  private IllegalArgumentException cannotRun(OrtException e) {
    return cannotRun(name, e.getMessage(), e);
  }

  private static IllegalArgumentException cannotRun(String name, String reason, OrtException e) {
    return new IllegalArgumentException(
        "ONNX Runtime cannot run %s: %s".formatted(name, reason), e);
  }

  /** Where the process is ending, it takes the session along. */
  @Override
  public void close() {
    Shutdown.Work closing;
    try {
      closing = Shutdown.begin(() -> {});
    } catch (CancellationException e) {
      return;
    }
    try {
      session.close();
    } catch (OrtException e) {
      throw cannotRun(e);
    } finally {
      closing.close();
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, TensorInfo wanted, Initializer input)
      throws OrtException {
    float[] floats = input.floats();
    if (wanted.type() != ElementType.UINT8) {
      return OnnxTensor.createTensor(environment, FloatBuffer.wrap(floats), input.shape());
    }
    ByteBuffer bytes = ByteBuffer.allocateDirect(floats.length).order(ByteOrder.nativeOrder());
    for (float value : floats) {
      bytes.put((byte) value);
    }
    return OnnxTensor.createTensor(environment, bytes.flip(), input.shape(), OnnxJavaType.UINT8);
  }

  private static ElementType type(OnnxTensorType type) {
    return switch (type) {
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> ElementType.FLOAT;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> ElementType.DOUBLE;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> ElementType.FLOAT16;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> ElementType.BFLOAT16;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> ElementType.INT64;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> ElementType.INT32;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> ElementType.INT8;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> ElementType.UINT8;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> ElementType.BOOL;
      default -> ElementType.OTHER;
    };
  }

  private static float[] floats(String name, OnnxTensor tensor) {
    if (type(tensor.getInfo().onnxType) != ElementType.FLOAT) {
      return null;
    }
    return tensor.getFloatBuffer().array(); // a copy, which is the caller's
  }

  private static Initializer value(String name, OnnxTensor tensor) {
    long[] shape = tensor.getInfo().getShape();
    int size = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    return switch (type(tensor.getInfo().onnxType)) {
      case FLOAT, FLOAT16, BFLOAT16 -> {
        float[] floats = new float[size];
        tensor.getFloatBuffer().get(floats);
        yield Initializer.of(name, shape, floats);
      }
      case DOUBLE -> {
        float[] floats = new float[size];
        var doubles = tensor.getDoubleBuffer();
        for (int i = 0; i < size; i++) {
          floats[i] = (float) doubles.get(i);
        }
        yield Initializer.of(name, shape, floats);
      }
      case INT64 -> {
        long[] longs = new long[size];
        tensor.getLongBuffer().get(longs);
        yield Initializer.of(name, shape, longs);
      }
      case INT32 -> {
        long[] longs = new long[size];
        var ints = tensor.getIntBuffer();
        Arrays.setAll(longs, ints::get);
        yield Initializer.of(name, shape, longs);
      }
      case INT8, UINT8, BOOL -> {
        long[] longs = new long[size];
        ByteBuffer bytes = tensor.getByteBuffer().order(ByteOrder.nativeOrder());
        boolean signed = type(tensor.getInfo().onnxType) == ElementType.INT8;
        Arrays.setAll(longs, i -> signed ? bytes.get(i) : bytes.get(i) & 0xff);
        yield Initializer.of(name, shape, longs);
      }
      default ->
          throw new IllegalArgumentException(
              "the tensor " + name + " holds " + tensor.getInfo().onnxType + ", not numbers");
    };
  }
}

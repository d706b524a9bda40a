package dev.graft.engine;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import dev.graft.device.Device;
import dev.graft.device.InferenceException;
import dev.graft.protobuf.GraphGuard;
import dev.graft.serve.Classifier;
import dev.graft.shutdown.Shutdown;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * A graph from photos to floats in ONNX Runtime, on a device: the one place where a {@link Device}
 * becomes settings of ONNX Runtime. {@link Classifier} and the feature pass of training stand on
 * it. Thread-safe but for {@link #close()}, which must not be called while it runs. Once the
 * process is ending, no session opens or runs any more: see {@link Shutdown}.
 */
public final class InferenceSession implements AutoCloseable {

  /**
   * So long a thread of a run that has nothing to do spins before it sleeps: long enough to be
   * there for the next layer (after 50 it often is not, and waking it takes a virtual machine much
   * of a layer's time), and no longer. ONNX Runtime's default spins on between runs, which takes
   * the cores from decoding and from the rest of the application.
   */
  private static final String SPIN_MICROSECONDS = "200";

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Device device;

  private InferenceSession(OrtEnvironment environment, OrtSession session, Device device) {
    this.environment = environment;
    this.session = session;
    this.device = device;
  }

  /**
   * An output of a run.
   *
   * @param shape with the batch first
   * @param values in the order of the axes, the last one fastest
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on at once, never compared
  public record Output(long[] shape, float[] values) {}

  /**
   * Loads the bytes of a model file.
   *
   * @param model direct, so that they are not copied, from the buffer's position on
   * @param device not {@link Device.Auto}: {@link DeviceChoice#start} decides what that is
   * @param threads of one run on the CPU; 0 leaves the choice to ONNX Runtime
   * @throws InferenceException if ONNX Runtime cannot load it, or not on this device, or if {@link
   *     GraphGuard} speaks against trying
   * @throws CancellationException if the process is ending
   */
  public static InferenceSession open(ByteBuffer model, Device device, int threads)
      throws InferenceException {
    requireHarmless(model);
    return open(
        (environment, settings) -> environment.createSession(model, settings), device, threads);
  }

  /** The same with bytes in Java's heap. */
  public static InferenceSession open(byte[] model, Device device, int threads)
      throws InferenceException {
    requireHarmless(ByteBuffer.wrap(model));
    return open(
        (environment, settings) -> environment.createSession(model, settings), device, threads);
  }

  private static void requireHarmless(ByteBuffer model) throws InferenceException {
    Optional<String> complaint = GraphGuard.complaint(model);
    if (complaint.isPresent()) {
      throw new InferenceException(complaint.get());
    }
  }

  private interface Loading {
    OrtSession load(OrtEnvironment environment, OrtSession.SessionOptions settings)
        throws OrtException;
  }

  private static InferenceSession open(Loading loading, Device device, int threads)
      throws InferenceException {
    Shutdown.Work opening = Shutdown.begin(() -> {}); // nothing cuts it short
    try {
      OnnxRuntimeEnvironment.keep();
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
        settings.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        settings.setIntraOpNumThreads(threads);
        settings.addConfigEntry("session.intra_op.spin_duration_us", SPIN_MICROSECONDS);
        addProviders(settings, device);
        return new InferenceSession(environment, loading.load(environment, settings), device);
      }
    } catch (OrtException e) {
      throw new InferenceException(e);
    } finally {
      opening.close();
    }
  }

  /** What no provider takes runs on the CPU, which ONNX Runtime adds by itself. */
  private static void addProviders(OrtSession.SessionOptions settings, Device device)
      throws OrtException {
    if (device instanceof Device.Auto) {
      throw new IllegalArgumentException("expected a device to run on, got auto");
    } else if (device instanceof Device.Cuda cuda) {
      addCuda(settings, cuda.id());
    } else if (device instanceof Device.TensorRt tensorRt) {
      try (OrtTensorRTProviderOptions options = new OrtTensorRTProviderOptions(tensorRt.id())) {
        settings.addTensorrt(options);
      }
      addCuda(settings, tensorRt.id());
    } else if (device instanceof Device.CoreMl) {
      settings.addCoreML(Map.of());
    } else if (device instanceof Device.DirectMl directMl) {
      // DirectML's own conditions:
      // https://onnxruntime.ai/docs/execution-providers/DirectML-ExecutionProvider.html
      settings.setMemoryPatternOptimization(false);
      settings.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
      settings.addDirectML(directMl.id());
    }
  }

  private static void addCuda(OrtSession.SessionOptions settings, int id) throws OrtException {
    try (OrtCUDAProviderOptions options = new OrtCUDAProviderOptions(id)) {
      // By default products are rounded to TF32's 10 bits on GPUs that have it: then answers, and
      // features that a head learns from, would depend on the device in their third digit.
      options.add("use_tf32", "0");
      settings.addCUDA(options);
    }
  }

  /** Whether this ONNX Runtime was built for a kind of device; that it works is another matter. */
  public static boolean isBuiltFor(Device device) {
    OrtProvider provider = provider(device);
    return provider == OrtProvider.CPU || OrtEnvironment.getAvailableProviders().contains(provider);
  }

  private static OrtProvider provider(Device device) {
    if (device instanceof Device.Cuda) {
      return OrtProvider.CUDA;
    }
    if (device instanceof Device.TensorRt) {
      return OrtProvider.TENSOR_RT;
    }
    if (device instanceof Device.CoreMl) {
      return OrtProvider.CORE_ML;
    }
    return device instanceof Device.DirectMl ? OrtProvider.DIRECT_ML : OrtProvider.CPU;
  }

  /** What it was opened on. Single operators may still run on the CPU. */
  public Device device() {
    return device;
  }

  /**
   * Type and shape of an input, such as {@code UINT8 [-1, 224, 224, 3]}, where -1 is any size;
   * {@code none} if there is no tensor of that name.
   */
  public String describeInput(String name) throws InferenceException {
    try {
      return describe(session.getInputInfo().get(name));
    } catch (OrtException e) {
      throw new InferenceException(e);
    }
  }

  /** As {@link #describeInput}, of an output. */
  public String describeOutput(String name) throws InferenceException {
    try {
      return describe(session.getOutputInfo().get(name));
    } catch (OrtException e) {
      throw new InferenceException(e);
    }
  }

  private static String describe(NodeInfo node) {
    return node != null && node.getInfo() instanceof TensorInfo info
        ? info.type + " " + Arrays.toString(info.getShape())
        : "none";
  }

  /**
   * Runs the graph.
   *
   * @param input the name of its only input, which takes uint8
   * @param values a direct buffer in native order, from its position to its limit
   * @param shape of the input, {@code [N, H, W, 3]}
   * @param outputs names of float outputs, each once
   * @return the outputs in the order of the names
   * @throws InferenceException if ONNX Runtime fails, say for want of memory
   * @throws CancellationException if the process is ending
   */
  public List<Output> run(String input, ByteBuffer values, long[] shape, List<String> outputs)
      throws InferenceException {
    return run(input, values, shape, outputs, null);
  }

  /**
   * The same.
   *
   * @param expected shape of each output; null where it may have any
   * @throws InferenceException also if one has another shape, whatever the graph declares
   */
  public List<Output> run(
      String input, ByteBuffer values, long[] shape, List<String> outputs, long[] expected)
      throws InferenceException {
    try (OrtSession.RunOptions options = new OrtSession.RunOptions()) {
      Shutdown.Work running = Shutdown.begin(() -> terminate(options));
      try (OnnxTensor tensor =
              OnnxTensor.createTensor(environment, values, shape, OnnxJavaType.UINT8);
          OrtSession.Result result =
              session.run(Map.of(input, tensor), new LinkedHashSet<>(outputs), options)) {
        List<Output> found = new ArrayList<>();
        for (String name : outputs) {
          OnnxTensor output = (OnnxTensor) result.get(name).orElseThrow();
          long[] size = output.getInfo().getShape();
          if (expected != null && !Arrays.equals(size, expected)) {
            throw new InferenceException(
                "its output %s has the shape %s, expected %s; export it again"
                    .formatted(name, Arrays.toString(size), Arrays.toString(expected)));
          }
          found.add(new Output(size, output.getFloatBuffer().array()));
        }
        return found;
      } finally {
        running.close();
      }
    } catch (OrtException e) {
      Shutdown.requireNotBegun(); // or it was told to end
      throw new InferenceException(e);
    }
  }

  private static void terminate(OrtSession.RunOptions options) {
    try {
      options.setTerminate(true);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot end a run", e);
    }
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
      throw new IllegalStateException("ONNX Runtime cannot close a session", e);
    } finally {
      closing.close();
    }
  }
}

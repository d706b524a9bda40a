package dev.graft.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.graft.device.Device;
import dev.graft.shutdown.Shutdown;
import java.nio.FloatBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where DJL computes, and how Java reaches the numbers there: on the CPU in place, on a GPU by
 * copy.
 *
 * @param device DJL's
 * @param access one that the device has: by copy is possible on each
 * @param fallback why it is not the device that was asked for, one line for people; empty where it
 *     is, and where {@link Device.Auto} finds a PyTorch without CUDA
 */
public record TrainingDevice(ai.djl.Device device, HostAccess access, Optional<String> fallback) {

  public static final TrainingDevice CPU =
      new TrainingDevice(ai.djl.Device.cpu(), HostAccess.IN_PLACE, Optional.empty());

  /**
   * The GPU of that number, for CUDA and TensorRT alike, if PyTorch can use it, and else the CPU.
   * With Core ML and DirectML it is the CPU: DJL trains on neither.
   */
  public static TrainingDevice of(Device wanted) {
    boolean auto = wanted instanceof Device.Auto;
    int id;
    if (auto) {
      id = 0;
    } else if (wanted instanceof Device.Cuda cuda) {
      id = cuda.id();
    } else if (wanted instanceof Device.TensorRt tensorRt) {
      id = tensorRt.id();
    } else {
      return CPU;
    }
    Engine engine = Engine.getInstance();
    String reason;
    if (!engine.hasCapability(StandardCapabilities.CUDA)) {
      if (auto) {
        return CPU;
      }
      reason = "this PyTorch is built without CUDA";
    } else if (id >= engine.getGpuCount()) {
      reason = "PyTorch finds %d GPUs".formatted(engine.getGpuCount());
    } else {
      TrainingDevice gpu =
          new TrainingDevice(ai.djl.Device.gpu(id), HostAccess.BY_COPY, Optional.empty());
      try {
        gpu.multiplyOnce();
        return gpu;
      } catch (EngineException e) {
        reason = e.getMessage().lines().findFirst().orElse("it does not say why");
      }
    }
    return new TrainingDevice(
        CPU.device(),
        CPU.access(),
        Optional.of(
            "cuda:%d cannot train layers (%s); they are trained on the CPU".formatted(id, reason)));
  }

  /** That a GPU cannot be used may show in the first operation. */
  private void multiplyOnce() {
    Shutdown.Work running = Shutdown.begin(() -> {}); // over in no time
    try (NDManager manager = newManager()) {
      NDArray ones = manager.ones(new Shape(2, 2));
      ones.matMul(ones).toFloatArray();
    } finally {
      running.close();
    }
  }

  public NDManager newManager() {
    return NDManager.newBaseManager(device);
  }

  /** A new array, whose values are written; the buffer must not be kept. */
  public NDArray create(NDManager manager, Shape shape, Consumer<FloatBuffer> write) {
    return access.create(manager, shape, write);
  }

  /** Shows the values of an array; the buffer must not be kept. */
  public void read(NDArray array, Consumer<FloatBuffer> reader) {
    access.read(array, reader);
  }

  /** Has the values of an array changed; the buffer must not be kept. */
  public void change(NDArray array, Consumer<FloatBuffer> writer) {
    access.change(array, writer);
  }

  /** Sets an array to 0, of which Java has cleared what it was shown. */
  public void clear(NDArray array) {
    access.clear(array);
  }

  /** The own memory of an array on the CPU, not a copy. */
  public static FloatBuffer memory(NDArray array) {
    return HostAccess.memory(array);
  }
}

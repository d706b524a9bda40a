package dev.graft.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.graft.device.Device;
import dev.graft.shutdown.Shutdown;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where DJL computes, and how Java reaches the numbers there: on the CPU they are in one memory, on
 * a GPU Java works on copies.
 *
 * @param device DJL's
 * @param copies whether Java works on copies; always on a GPU, on the CPU for tests alone
 * @param fallback why it is not the device that was asked for, one line for people; empty where it
 *     is, and where {@link Device.Auto} finds a PyTorch without CUDA
 */
public record TrainingDevice(ai.djl.Device device, boolean copies, Optional<String> fallback) {

  public static final TrainingDevice CPU =
      new TrainingDevice(ai.djl.Device.cpu(), false, Optional.empty());

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
      TrainingDevice gpu = new TrainingDevice(ai.djl.Device.gpu(id), true, Optional.empty());
      try {
        gpu.multiplyOnce();
        return gpu;
      } catch (EngineException e) {
        reason = e.getMessage().lines().findFirst().orElse("it does not say why");
      }
    }
    return new TrainingDevice(
        CPU.device(),
        CPU.copies(),
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
    // Filled in place: a direct buffer would stay until the garbage collector finds it.
    if (!copies) {
      NDArray array = manager.create(shape);
      write.accept(memory(array));
      return array;
    }
    try (NDManager scratch = manager.newSubManager(ai.djl.Device.cpu())) {
      NDArray host = scratch.create(shape);
      write.accept(memory(host));
      NDArray array = copy(host, device);
      array.attach(manager);
      return array;
    }
  }

  /** Shows the values of an array; the buffer must not be kept. */
  public void read(NDArray array, Consumer<FloatBuffer> reader) {
    if (!copies) {
      reader.accept(memory(array));
      return;
    }
    // DJL's own ways to the values leave such a copy to the array's manager, for a weight too long.
    try (NDManager scratch = array.getManager().newSubManager(ai.djl.Device.cpu())) {
      reader.accept(memory(onHost(array, scratch)));
    }
  }

  /** Has the values of an array changed; the buffer must not be kept. */
  public void change(NDArray array, Consumer<FloatBuffer> writer) {
    if (!copies) {
      writer.accept(memory(array));
      return;
    }
    try (NDManager scratch = array.getManager().newSubManager(ai.djl.Device.cpu())) {
      NDArray host = onHost(array, scratch);
      writer.accept(memory(host));
      array.muli(0).addi(copy(host, device));
    }
  }

  /** Sets an array to 0, of which Java has cleared what it was shown. */
  public void clear(NDArray array) {
    if (copies) {
      array.muli(0);
    }
  }

  /**
   * The own memory of an array on the CPU, not a copy: {@code NDArray.set} would have PyTorch print
   * a warning.
   */
  public static FloatBuffer memory(NDArray array) {
    return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** A copy that goes with its manager. */
  private static NDArray onHost(NDArray array, NDManager scratch) {
    // A copy on another device is given a manager of its own below that of what it is a copy of.
    NDArray host = copy(array, ai.djl.Device.cpu());
    NDManager own = host.getManager();
    host.attach(scratch);
    if (own != array.getManager()) {
      own.close();
    }
    return host;
  }

  /** On the device that it is on, {@code toDevice} would give the same memory again. */
  private static NDArray copy(NDArray array, ai.djl.Device device) {
    return array.getDevice().equals(device) ? array.duplicate() : array.toDevice(device, true);
  }
}

package dev.graft.engine;

import dev.graft.device.Device;
import dev.graft.device.InferenceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether a device can be used; starts things on it, or on the CPU where it cannot. */
public final class DeviceChoice {

  private static final int PROBE_SIZE = 16;
  private static final int GREY = 128;

  private DeviceChoice() {}

  /** Starts something on a device. */
  public interface Starter<T, E extends Exception> {

    /**
     * Starts, and shows that it works: that a GPU cannot be used may show in the first run only.
     *
     * @param device never {@link Device.Auto}
     * @param fallback why that is not the device that was asked for, one line for people; empty
     *     where it is, and where {@link Device.Auto} finds an ONNX Runtime without CUDA
     * @throws E if it cannot be started on this device
     */
    T start(Device device, Optional<String> fallback) throws E;
  }

  /**
   * Starts on a device if that can be used and else on the CPU.
   *
   * <p>{@link Device.Auto} is the first CUDA device where this ONNX Runtime is built for CUDA and
   * the machine has NVIDIA's driver, and else the CPU. Without a driver CUDA is not tried: its
   * library alone is 340 MB that ONNX Runtime unpacks to load it.
   *
   * @throws E what the starter throws on the CPU
   */
  public static <T, E extends Exception> T start(Device wanted, Starter<T, E> starter) throws E {
    return start(wanted, starter, CudaInstallation::find);
  }

  static <T, E extends Exception> T start(
      Device wanted, Starter<T, E> starter, Supplier<CudaInstallation> installation) throws E {
    boolean auto = wanted instanceof Device.Auto;
    Device device = auto ? Device.cuda(0) : wanted;
    boolean built = InferenceSession.isBuiltFor(device);
    if (device instanceof Device.Cpu || (auto && !built)) {
      return starter.start(Device.cpu(), Optional.empty());
    }
    String reason;
    if (!built) {
      reason = withoutIt(device);
    } else if (auto && !installation.get().driver()) {
      reason = "there is no NVIDIA driver";
    } else {
      try {
        return starter.start(device, Optional.empty());
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        reason = reason(device, e, installation.get());
      }
    }
    return starter.start(
        Device.cpu(),
        Optional.of("%s cannot be used (%s); running on the CPU".formatted(device, reason)));
  }

  /**
   * Tries a device with a network of one convolution, which takes milliseconds on the CPU and,
   * where ONNX Runtime has to unpack and load the library of a GPU first, seconds.
   *
   * @param device not {@link Device.Auto}
   * @return why it cannot be used, in the words of ONNX Runtime; empty if it can
   */
  public static Optional<String> problem(Device device) {
    if (!InferenceSession.isBuiltFor(device)) {
      return Optional.of(withoutIt(device));
    }
    byte[] network;
    try (InputStream in = DeviceChoice.class.getResourceAsStream("device-probe.onnx")) {
      network = in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] grey = new byte[PROBE_SIZE * PROBE_SIZE * 3];
    Arrays.fill(grey, (byte) GREY);
    ByteBuffer photo = ByteBuffer.allocateDirect(grey.length).put(grey).flip();
    long[] shape = {1, PROBE_SIZE, PROBE_SIZE, 3};
    try (InferenceSession session = InferenceSession.open(network, device, 1)) {
      float mean = session.run("image", photo, shape, List.of("means")).get(0).values()[0];
      return Math.abs(mean - GREY) < 1 // were it computed in half precision, it would still be so
          ? Optional.empty()
          : Optional.of("expected a mean of %d, it computes %s".formatted(GREY, mean));
    } catch (InferenceException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static String withoutIt(Device device) {
    String which = "onnxruntime_gpu has it, for Linux and Windows on x86-64";
    if (device instanceof Device.CoreMl) {
      which = "only that for macOS has it";
    } else if (device instanceof Device.DirectMl) {
      which = "no published one has it";
    }
    return "this build of ONNX Runtime is without it; " + which;
  }

  /** What ONNX Runtime says, which names the first library that is missing, and all that is. */
  private static String reason(Device device, Exception failure, CudaInstallation installation) {
    List<String> missing = List.of();
    if (device instanceof Device.Cuda) {
      missing = installation.missing();
    } else if (device instanceof Device.TensorRt) {
      missing = installation.missingForTensorRt();
    }
    Throwable said = failure.getCause() instanceof InferenceException cause ? cause : failure;
    return missing.isEmpty()
        ? said.getMessage()
        : said.getMessage() + "; missing: " + String.join(", ", missing);
  }
}

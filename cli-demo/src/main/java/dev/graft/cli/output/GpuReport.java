package dev.graft.cli.output;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import dev.graft.device.Device;
import dev.graft.engine.CudaInstallation;
import dev.graft.engine.DeviceChoice;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * What {@code doctor} says of GPUs: whether they work, and what is missing where they do not.
 *
 * @param providers that ONNX Runtime is built with
 * @param problem why a device cannot be used; empty if it can
 */
public record GpuReport(
    Set<OrtProvider> providers,
    CudaInstallation installation,
    Function<Device, Optional<String>> problem) {

  public static GpuReport ofThisMachine() {
    return new GpuReport(
        OrtEnvironment.getAvailableProviders(), CudaInstallation.find(), DeviceChoice::problem);
  }

  /** Gives each line: what it is about, which is empty where a line continues, and what it says. */
  public void forEach(BiConsumer<String, String> line) {
    if (!providers.contains(OrtProvider.CUDA)) {
      line.accept("cuda", "not in this build of ONNX Runtime, the CPU is used");
      if (installation.driver()) {
        line.accept(
            "",
            "NVIDIA driver: %s; to use the GPU build with: mvn -Pgpu -DskipTests package"
                .formatted(installation.describeDriver()));
      } else {
        line.accept(
            "",
            "for an NVIDIA GPU on Linux or Windows (x86-64), build with: mvn -Pgpu -DskipTests package");
      }
    } else {
      cuda(line);
    }
    if (providers.contains(OrtProvider.TENSOR_RT)) {
      line.accept("tensorrt", state(Device.tensorRt(0)));
      installation.tensorRt().forEach(library -> line.accept("", describe(library)));
    }
    if (providers.contains(OrtProvider.CORE_ML)) {
      line.accept("coreml", state(Device.coreMl()));
    }
    if (providers.contains(OrtProvider.DIRECT_ML)) {
      line.accept("directml", state(Device.directMl(0)));
    }
  }

  private void cuda(BiConsumer<String, String> line) {
    line.accept("cuda", state(Device.cuda(0)));
    line.accept("", "NVIDIA driver: " + installation.describeDriver());
    installation.libraries().forEach(library -> line.accept("", describe(library)));
  }

  private String state(Device device) {
    return problem
        .apply(device)
        .map(why -> "does not work, the CPU is used (%s)".formatted(why))
        .orElse("works");
  }

  private static String describe(CudaInstallation.Library library) {
    return "%s (%s): %s".formatted(library.file(), library.product(), library.describe());
  }
}

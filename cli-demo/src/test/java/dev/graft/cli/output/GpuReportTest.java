package dev.graft.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OrtProvider;
import dev.graft.engine.CudaInstallation;
import dev.graft.engine.CudaInstallation.Library;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

/** What doctor says of machines that are not here. */
class GpuReportTest {

  private static final Path CUDART = Path.of("lib", "libcudart.so.12.6.77");

  private static CudaInstallation installation(boolean driver) {
    Library there =
        new Library(
            "libcudart.so.12",
            "CUDA 12",
            "x",
            Optional.of(CUDART),
            Optional.empty(),
            Optional.empty());
    Library missing =
        new Library(
            "libcudnn.so.9",
            "cuDNN 9",
            "NVIDIA's cuDNN 9",
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    Library tensorRt =
        new Library(
            "libnvinfer.so.10",
            "TensorRT 10",
            "NVIDIA's TensorRT 10",
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    return new CudaInstallation(
        driver,
        driver ? Optional.of("570.86.15") : Optional.empty(),
        List.of(there, missing),
        List.of(tensorRt));
  }

  private static String report(CudaInstallation installation, String problem, OrtProvider... more) {
    EnumSet<OrtProvider> providers = EnumSet.of(OrtProvider.CPU, more);
    StringJoiner lines = new StringJoiner("\n");
    new GpuReport(providers, installation, device -> Optional.ofNullable(problem))
        .forEach((name, text) -> lines.add("[" + name + "] " + text));
    return lines.toString();
  }

  @Test
  void saysHowToGetTheBuildForGpus() {
    assertEquals(
        """
        [cuda] not in this build of ONNX Runtime, the CPU is used
        [] for an NVIDIA GPU on Linux or Windows (x86-64), build with: mvn -Pgpu -DskipTests package""",
        report(installation(false), null));
    assertEquals(
        """
        [cuda] not in this build of ONNX Runtime, the CPU is used
        [] NVIDIA driver: 570.86.15 (needed: 525.60.13 or newer); to use the GPU build with: mvn \
        -Pgpu -DskipTests package""",
        report(installation(true), null));
  }

  @Test
  void saysWhatIsMissingAndWhatIsThere() {
    assertEquals(
        """
        [cuda] does not work, the CPU is used (libcudnn.so.9: cannot open)
        [] NVIDIA driver: missing; install NVIDIA's driver, 525.60.13 or newer
        [] libcudart.so.12 (CUDA 12): %s
        [] libcudnn.so.9 (cuDNN 9): missing; install NVIDIA's cuDNN 9
        [tensorrt] does not work, the CPU is used (libcudnn.so.9: cannot open)
        [] libnvinfer.so.10 (TensorRT 10): missing; install NVIDIA's TensorRT 10"""
            .formatted(CUDART),
        report(
            installation(false),
            "libcudnn.so.9: cannot open",
            OrtProvider.CUDA,
            OrtProvider.TENSOR_RT));
  }

  @Test
  void saysThatADeviceWorks() {
    assertEquals(
        """
        [cuda] works
        [] NVIDIA driver: 570.86.15 (needed: 525.60.13 or newer)
        [] libcudart.so.12 (CUDA 12): %s
        [] libcudnn.so.9 (cuDNN 9): missing; install NVIDIA's cuDNN 9"""
            .formatted(CUDART),
        report(installation(true), null, OrtProvider.CUDA));
    assertEquals(
        "[coreml] works",
        report(installation(false), null, OrtProvider.CORE_ML).lines().skip(2).findFirst().get());
  }
}

package dev.graft.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.device.Device;
import dev.graft.device.InferenceException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** With either build of ONNX Runtime, on machines with and without a GPU. */
class DeviceChoiceTest {

  /** No machine has so many GPUs: it works nowhere. */
  private static final Device NO_SUCH = Device.cuda(99);

  private static final boolean GPU_BUILD = InferenceSession.isBuiltFor(Device.cuda(0));

  private static final CudaInstallation NOTHING =
      new CudaInstallation(false, Optional.empty(), List.of(), List.of());
  private static final CudaInstallation DRIVER =
      new CudaInstallation(true, Optional.of("570.86.15"), List.of(), List.of());

  private final List<Device> tried = new ArrayList<>();

  /** What was started: on which device, and why. */
  private record Started(Device device, Optional<String> fallback) {}

  private Started start(Device wanted, CudaInstallation installation, Device... broken)
      throws IOException {
    return DeviceChoice.start(
        wanted,
        (device, fallback) -> {
          tried.add(device);
          if (List.of(broken).contains(device)) {
            throw new IOException("broken");
          }
          return new Started(device, fallback);
        },
        (Supplier<CudaInstallation>) () -> installation);
  }

  @Test
  void isNotTriedWhereTheBuildLacksIt() throws IOException {
    Started none = start(Device.directMl(1), NOTHING);
    assertEquals(
        new Started(
            Device.cpu(),
            Optional.of(
                "directml:1 cannot be used (this build of ONNX Runtime is without it; no published"
                    + " one has it); running on the CPU")),
        none);
    assertEquals(List.of(Device.cpu()), tried);
  }

  @Test
  void cudaIsTriedWhereTheBuildHasIt() throws IOException {
    Started started = start(Device.cuda(1), DRIVER, Device.cuda(1));
    assertEquals(Device.cpu(), started.device());
    if (GPU_BUILD) {
      assertEquals(
          Optional.of("cuda:1 cannot be used (broken); running on the CPU"), started.fallback());
      assertEquals(List.of(Device.cuda(1), Device.cpu()), tried);
    } else {
      assertEquals(
          Optional.of(
              "cuda:1 cannot be used (this build of ONNX Runtime is without it; onnxruntime_gpu has"
                  + " it, for Linux and Windows on x86-64); running on the CPU"),
          started.fallback());
      assertEquals(List.of(Device.cpu()), tried);
    }
  }

  @Test
  void autoIsSilentWithTheBuildForTheCpuAndElseSaysWhyItIsNotCuda() throws IOException {
    Started withoutDriver = start(Device.auto(), NOTHING);
    assertEquals(List.of(Device.cpu()), tried); // CUDA's library is not even unpacked
    tried.clear();
    Started broken = start(Device.auto(), DRIVER, Device.cuda(0));
    tried.clear();
    Started works = start(Device.auto(), DRIVER);
    if (GPU_BUILD) {
      String why = "cuda:0 cannot be used (%s); running on the CPU";
      assertEquals(
          Optional.of(why.formatted("there is no NVIDIA driver")), withoutDriver.fallback());
      assertEquals(Optional.of(why.formatted("broken")), broken.fallback());
      assertEquals(new Started(Device.cuda(0), Optional.empty()), works);
    } else {
      Started silent = new Started(Device.cpu(), Optional.empty());
      assertEquals(List.of(silent, silent, silent), List.of(withoutDriver, broken, works));
    }
  }

  @Test
  void theCpusOwnFailureIsNotHidden() {
    assertEquals(
        "broken",
        assertThrows(IOException.class, () -> start(Device.auto(), NOTHING, Device.cpu()))
            .getMessage());
    assertEquals(List.of(Device.cpu()), tried);
  }

  @Test
  void triesADeviceWithASmallNetwork() {
    assertEquals(Optional.empty(), DeviceChoice.problem(Device.cpu()));
    String problem = DeviceChoice.problem(NO_SUCH).orElseThrow();
    assertEquals(1, problem.lines().count(), problem);
    if (!GPU_BUILD) {
      assertTrue(problem.startsWith("this build of ONNX Runtime is without it"), problem);
    } else if (CudaInstallation.find().libraries().stream()
        .allMatch(CudaInstallation.Library::isMissing)) {
      assertEquals(
          "libcublasLt.so.12: cannot open shared object file: No such file or directory", problem);
    } else {
      assertTrue(problem.matches(".*(CUDA failure|device|shared object).*"), problem);
    }
  }

  @Test
  void tellsWhatMattersOfOnnxRuntimesMessages() {
    assertEquals(
        "libcublasLt.so.12: cannot open shared object file: No such file or directory",
        InferenceException.brief(
            "Error code - ORT_FAIL - message: /onnxruntime_src/provider_bridge_ort.cc:1962"
                + " onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] :"
                + " 1 : FAIL : Failed to load library /tmp/libonnxruntime_providers_cuda.so with"
                + " error: libcublasLt.so.12: cannot open shared object file: No such file or"
                + " directory\n\n"));
    assertEquals(
        "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version",
        InferenceException.brief(
            "Error code - ORT_FAIL - message: /onnxruntime_src/cuda_call.cc:122 CudaCall(ERRTYPE)"
                + " CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ;"
                + " GPU=-1 ; hostname=vm ; expr=cudaSetDevice(info_.device_id); \n\n"));
    assertEquals(
        "Load model failed: no such file",
        InferenceException.brief(
            "Error code - ORT_FAIL - message: Load model  failed:\nno such file"));
  }
}

package dev.graft.cli.option;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import dev.graft.device.Device;
import dev.graft.shutdown.Shutdown;
import java.util.Set;
import picocli.CommandLine.Option;

/** What runs a network: an option that several commands share. */
public final class DeviceOption {

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description =
          "What runs the network: "
              + Device.SPELLINGS
              + "; where it cannot be used the CPU does, and a message says why. auto takes CUDA"
              + " where it works (default: ${DEFAULT-VALUE}).")
  private String name;

  /**
   * @throws IllegalArgumentException as {@link Device#parse}
   */
  Device parse() {
    Device device = Device.parse(name);
    if (!(device instanceof Device.Cpu)) {
      silenceOnnxRuntime();
    }
    return device;
  }

  /**
   * Of a GPU that cannot be used, ONNX Runtime prints lines of its own, before our message says the
   * same. This holds for the process, and only before ONNX Runtime is used.
   */
  public static void silenceOnnxRuntime() {
    Shutdown.Work loading = Shutdown.begin(() -> {}); // the library: nothing cuts it short
    try {
      if (!OrtEnvironment.getAvailableProviders().equals(Set.of(OrtProvider.CPU))) {
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      }
    } finally {
      loading.close();
    }
  }
}

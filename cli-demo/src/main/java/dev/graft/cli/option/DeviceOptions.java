package dev.graft.cli.option;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import dev.graft.device.Device;
import dev.graft.engine.ThreadLimit;
import dev.graft.shutdown.Shutdown;
import java.util.Set;
import picocli.CommandLine.Option;

/** What runs a network, and on how many threads: options that several commands share. */
public final class DeviceOptions {

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description =
          "What runs the network: "
              + Device.SPELLINGS
              + "; where it cannot be used the CPU does, and a message says why. auto takes CUDA"
              + " where it works (default: ${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Threads that run the network, in all; 0 is one a core (default: ${DEFAULT-VALUE}).")
  private int threads;

  /**
   * @throws IllegalArgumentException as {@link Device#parse}
   */
  Device device() {
    Device parsed = Device.parse(device);
    if (!(parsed instanceof Device.Cpu)) {
      silenceOnnxRuntime();
    }
    return parsed;
  }

  /**
   * How many threads run it, 0 for one a core.
   *
   * @throws IllegalArgumentException as {@link ThreadLimit#require}
   */
  int threads() {
    return ThreadLimit.require(threads);
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

package dev.graft.device;

import dev.graft.engine.CudaInstallation;
import java.util.function.IntFunction;

/**
 * What runs a model. {@code toString} gives the spelling that {@link #parse} reads.
 *
 * <p>Which of them ONNX Runtime can use depends on its jar. The usual one, {@code onnxruntime}, has
 * the CPU, and Core ML on macOS; {@code onnxruntime_gpu} has the CPU, CUDA and TensorRT, for Linux
 * and Windows on x86-64. No published jar has DirectML: that is for builds of ONNX Runtime of one's
 * own.
 */
public sealed interface Device {

  /** The first CUDA device if it can be used, and else the processor. */
  record Auto() implements Device {
    @Override
    public String toString() {
      return "auto";
    }
  }

  /** The processor. */
  record Cpu() implements Device {
    @Override
    public String toString() {
      return "cpu";
    }
  }

  /**
   * An NVIDIA GPU. Needs {@code onnxruntime_gpu} instead of {@code onnxruntime} on the class path
   * and the libraries that {@link CudaInstallation} looks for.
   *
   * @param id as {@code nvidia-smi} counts, from 0
   */
  record Cuda(int id) implements Device {
    public Cuda {
      requireId(id, "CUDA");
    }

    @Override
    public String toString() {
      return "cuda:" + id;
    }
  }

  /**
   * An NVIDIA GPU by TensorRT, which compiles a network when it is loaded and leaves to CUDA what
   * it does not know. Needs TensorRT 10 besides what {@link Cuda} needs.
   *
   * @param id as {@code nvidia-smi} counts, from 0
   */
  record TensorRt(int id) implements Device {
    public TensorRt {
      requireId(id, "TensorRT");
    }

    @Override
    public String toString() {
      return "tensorrt:" + id;
    }
  }

  /** What Apple's Core ML chooses: GPU, neural engine or processor. */
  record CoreMl() implements Device {
    @Override
    public String toString() {
      return "coreml";
    }
  }

  /**
   * A GPU by DirectML, on Windows.
   *
   * @param id as DirectX counts adapters, from 0
   */
  record DirectMl(int id) implements Device {
    public DirectMl {
      requireId(id, "DirectML");
    }

    @Override
    public String toString() {
      return "directml:" + id;
    }
  }

  /** What {@link #parse} reads, for people. */
  String SPELLINGS = "auto, cpu, cuda[:N], tensorrt[:N], coreml or directml[:N]";

  static Device auto() {
    return new Auto();
  }

  static Device cpu() {
    return new Cpu();
  }

  static Device cuda(int id) {
    return new Cuda(id);
  }

  static Device tensorRt(int id) {
    return new TensorRt(id);
  }

  static Device coreMl() {
    return new CoreMl();
  }

  static Device directMl(int id) {
    return new DirectMl(id);
  }

  /**
   * Reads {@code auto}, {@code cpu}, {@code coreml}, and {@code cuda}, {@code tensorrt} and {@code
   * directml}, which mean the first one, or with a number, {@code cuda:1}, another.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static Device parse(String text) {
    String[] parts = text.split(":", 2);
    IntFunction<Device> numbered =
        switch (parts[0]) {
          case "cuda" -> Cuda::new;
          case "tensorrt" -> TensorRt::new;
          case "directml" -> DirectMl::new;
          default -> null;
        };
    if (numbered != null && parts.length == 1) {
      return numbered.apply(0);
    }
    if (numbered != null && parts[1].matches("\\d{1,3}")) {
      return numbered.apply(Integer.parseInt(parts[1]));
    }
    return switch (text) {
      case "auto" -> auto();
      case "cpu" -> cpu();
      case "coreml" -> coreMl();
      default ->
          throw new IllegalArgumentException("expected " + SPELLINGS + " as device, got " + text);
    };
  }

  private static void requireId(int id, String kind) {
    if (id < 0) {
      throw new IllegalArgumentException("expected a %s device from 0, got %d".formatted(kind, id));
    }
  }
}

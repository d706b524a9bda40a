package dev.graft.serve;

/** What runs a model. {@code toString} gives the spelling that {@link #parse} reads. */
public sealed interface Device {

  /** The processor. */
  record Cpu() implements Device {
    @Override
    public String toString() {
      return "cpu";
    }
  }

  /**
   * An NVIDIA GPU. Needs {@code onnxruntime_gpu} instead of {@code onnxruntime} on the class path
   * and NVIDIA's CUDA and cuDNN libraries on the machine.
   *
   * @param id as {@code nvidia-smi} counts, from 0
   */
  record Cuda(int id) implements Device {
    public Cuda {
      if (id < 0) {
        throw new IllegalArgumentException("expected a CUDA device from 0, got " + id);
      }
    }

    @Override
    public String toString() {
      return "cuda:" + id;
    }
  }

  static Device cpu() {
    return new Cpu();
  }

  static Device cuda(int id) {
    return new Cuda(id);
  }

  /**
   * Reads {@code cpu}, {@code cuda} (the first one) or {@code cuda:1}.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static Device parse(String text) {
    if (text.equals("cpu")) {
      return cpu();
    }
    if (text.equals("cuda")) {
      return cuda(0);
    }
    if (text.matches("cuda:\\d{1,3}")) {
      return cuda(Integer.parseInt(text.substring("cuda:".length())));
    }
    throw new IllegalArgumentException("expected cpu, cuda or cuda:N as device, got " + text);
  }
}

package dev.graft.serve;

import java.util.Objects;

/**
 * How a {@link Classifier} runs; never what it answers.
 *
 * @param device where it shall run; where CUDA cannot be loaded the CPU does, see {@link
 *     Classifier#fallback()}
 * @param threads that run the model on the CPU, up to 1024, or 0 for one a core: all of them for
 *     one photo or one batch; {@link BatchClassifier} may share them out among several runs
 * @param warmUp whether opening also runs once on a grey photo, so that the first real photo is no
 *     slower than the others
 * @param batchSize how many photos at most the model sees at once, 1 to 1024, or 0 for what {@link
 *     BatchClassifier} finds to be fastest by a short measurement
 */
public record ClassifierOptions(Device device, int threads, boolean warmUp, int batchSize) {

  /** More than any machine has cores; ONNX Runtime starts as many as it is told to. */
  private static final int MOST_THREADS = 1024;

  public ClassifierOptions {
    Objects.requireNonNull(device, "device");
    if (threads < 0 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "expected threads from 0 to " + MOST_THREADS + ", got " + threads);
    }
    if (batchSize < 0 || batchSize > 1024) {
      throw new IllegalArgumentException("expected a batch size from 0 to 1024, got " + batchSize);
    }
  }

  /** The CPU with all its cores, warmed up, batches of what is fastest. */
  public static ClassifierOptions defaults() {
    return new ClassifierOptions(Device.cpu(), 0, true, 0);
  }

  public ClassifierOptions withDevice(Device device) {
    return new ClassifierOptions(device, threads, warmUp, batchSize);
  }

  public ClassifierOptions withThreads(int threads) {
    return new ClassifierOptions(device, threads, warmUp, batchSize);
  }

  public ClassifierOptions withWarmUp(boolean warmUp) {
    return new ClassifierOptions(device, threads, warmUp, batchSize);
  }

  public ClassifierOptions withBatchSize(int batchSize) {
    return new ClassifierOptions(device, threads, warmUp, batchSize);
  }
}

package dev.graft.serve;

import dev.graft.device.Device;
import dev.graft.engine.ThreadLimit;
import java.util.Objects;

/**
 * How a {@link Classifier} runs; never what it answers, but for the last digits.
 *
 * @param device where it shall run; where that cannot be used the CPU does, see {@link
 *     Classifier#fallback()}
 * @param threads that run the model on the CPU, up to 1024, or 0 for one a core: all of them for
 *     one photo or one batch; {@link BatchClassifier} may share them out among several runs
 * @param warmUp whether opening also runs once on a grey photo, so that the first real photo is no
 *     slower than the others; on another device than the CPU it always does
 * @param batchSize how many photos at most the model sees at once, 1 to 1024, or 0 for what {@link
 *     BatchClassifier} finds to be fastest by a short measurement
 * @param exactDecoding whether photos are decoded exactly even where a {@link
 *     dev.graft.photo.spi.ScaledJpegDecoder} is installed
 * @param allowChanged whether a model file is opened whose checksum is not that of its bytes
 */
public record ClassifierOptions(
    Device device,
    int threads,
    boolean warmUp,
    int batchSize,
    boolean exactDecoding,
    boolean allowChanged) {

  public ClassifierOptions {
    Objects.requireNonNull(device, "device");
    ThreadLimit.require(threads);
    if (batchSize < 0 || batchSize > 1024) {
      throw new IllegalArgumentException("expected a batch size from 0 to 1024, got " + batchSize);
    }
  }

  /** A GPU if CUDA can be used, else the CPU with all its cores; warmed up, the fastest batches. */
  public static ClassifierOptions defaults() {
    return new ClassifierOptions(Device.auto(), 0, true, 0, false, false);
  }

  public ClassifierOptions withDevice(Device device) {
    return new ClassifierOptions(device, threads, warmUp, batchSize, exactDecoding, allowChanged);
  }

  public ClassifierOptions withThreads(int threads) {
    return new ClassifierOptions(device, threads, warmUp, batchSize, exactDecoding, allowChanged);
  }

  public ClassifierOptions withWarmUp(boolean warmUp) {
    return new ClassifierOptions(device, threads, warmUp, batchSize, exactDecoding, allowChanged);
  }

  public ClassifierOptions withBatchSize(int batchSize) {
    return new ClassifierOptions(device, threads, warmUp, batchSize, exactDecoding, allowChanged);
  }

  public ClassifierOptions withExactDecoding(boolean exactDecoding) {
    return new ClassifierOptions(device, threads, warmUp, batchSize, exactDecoding, allowChanged);
  }

  public ClassifierOptions withAllowChanged(boolean allowChanged) {
    return new ClassifierOptions(device, threads, warmUp, batchSize, exactDecoding, allowChanged);
  }
}

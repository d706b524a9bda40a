package dev.graft.serve;

import dev.graft.device.Device;
import dev.graft.engine.ThreadLimit;
import java.util.Objects;

/**
 * How a {@link Classifier} runs; never what it answers, but for the last digits. Immutable: begin
 * at {@link #defaults} and change one thing at a time.
 *
 * <pre>{@code
 * ClassifierOptions.defaults().withDevice(Device.cpu()).withThreads(4)
 * }</pre>
 */
public final class ClassifierOptions {

  private static final int LARGEST_BATCH = 1024;

  private static final ClassifierOptions DEFAULTS =
      new ClassifierOptions(Device.auto(), 0, true, 0, false, false);

  private final Device device;
  private final int threads;
  private final boolean warmUp;
  private final int batchSize;
  private final boolean exactDecoding;
  private final boolean allowChanged;

  private ClassifierOptions(
      Device device,
      int threads,
      boolean warmUp,
      int batchSize,
      boolean exactDecoding,
      boolean allowChanged) {
    this.device = Objects.requireNonNull(device, "device");
    ThreadLimit.require(threads);
    if (batchSize < 0 || batchSize > LARGEST_BATCH) {
      throw new IllegalArgumentException(
          "expected a batch size from 0 to " + LARGEST_BATCH + ", got " + batchSize);
    }
    this.threads = threads;
    this.warmUp = warmUp;
    this.batchSize = batchSize;
    this.exactDecoding = exactDecoding;
    this.allowChanged = allowChanged;
  }

  /** A GPU if CUDA can be used, else the CPU with all its cores; warmed up, the fastest batches. */
  public static ClassifierOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Where it shall run; where that cannot be used the CPU does, see {@link Classifier#fallback}.
   */
  public Device device() {
    return device;
  }

  /** See {@link #withThreads}. */
  public int threads() {
    return threads;
  }

  /** See {@link #withWarmUp}. */
  public boolean warmUp() {
    return warmUp;
  }

  /** See {@link #withBatchSize}. */
  public int batchSize() {
    return batchSize;
  }

  /** See {@link #withExactDecoding}. */
  public boolean exactDecoding() {
    return exactDecoding;
  }

  /** See {@link #withAllowChanged}. */
  public boolean allowChanged() {
    return allowChanged;
  }

  /**
   * Where it shall run; where that cannot be used the CPU does, see {@link Classifier#fallback}.
   */
  public ClassifierOptions withDevice(Device newDevice) {
    return new ClassifierOptions(
        newDevice, threads, warmUp, batchSize, exactDecoding, allowChanged);
  }

  /**
   * How many threads run the model on the CPU: all of them for one photo or one batch; {@link
   * BatchClassifier} may share them out among several runs.
   *
   * @param newThreads 1 to 1024, or 0 for one a core
   */
  public ClassifierOptions withThreads(int newThreads) {
    return new ClassifierOptions(
        device, newThreads, warmUp, batchSize, exactDecoding, allowChanged);
  }

  /**
   * Whether opening also runs once on a grey photo, so that the first real photo is no slower than
   * the others; on another device than the CPU it always does.
   */
  public ClassifierOptions withWarmUp(boolean newWarmUp) {
    return new ClassifierOptions(
        device, threads, newWarmUp, batchSize, exactDecoding, allowChanged);
  }

  /**
   * How many photos at most the model sees at once.
   *
   * @param newBatchSize 1 to 1024, or 0 for what {@link BatchClassifier} finds to be fastest by a
   *     short measurement
   */
  public ClassifierOptions withBatchSize(int newBatchSize) {
    return new ClassifierOptions(
        device, threads, warmUp, newBatchSize, exactDecoding, allowChanged);
  }

  /**
   * Whether photos are decoded exactly even where a {@link dev.graft.photo.spi.ScaledJpegDecoder}
   * is installed.
   */
  public ClassifierOptions withExactDecoding(boolean newExactDecoding) {
    return new ClassifierOptions(
        device, threads, warmUp, batchSize, newExactDecoding, allowChanged);
  }

  /** Whether a model file is opened whose checksum is not that of its bytes. */
  public ClassifierOptions withAllowChanged(boolean newAllowChanged) {
    return new ClassifierOptions(
        device, threads, warmUp, batchSize, exactDecoding, newAllowChanged);
  }

  /** All of them, for logs. */
  @Override
  public String toString() {
    return "device %s, threads %d, warm-up %s, batch size %d, exact decoding %s, allow changed %s"
        .formatted(device, threads, warmUp, batchSize, exactDecoding, allowChanged);
  }
}

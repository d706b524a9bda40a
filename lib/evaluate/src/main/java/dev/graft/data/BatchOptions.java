package dev.graft.data;

import dev.graft.model.ModelFile;
import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import java.util.Objects;

/**
 * What {@link LabeledFolder#batches} gives of photos. The names are Keras' own where Keras has the
 * option. Immutable.
 */
public final class BatchOptions {

  private static final BatchOptions DEFAULTS =
      new BatchOptions(PhotoPreprocessing.stretch(224, 224), 32, true, LabelMode.SPARSE);

  private final PhotoPreprocessing preprocessing;
  private final int batchSize;
  private final boolean shuffle;
  private final LabelMode labelMode;

  private BatchOptions(
      PhotoPreprocessing preprocessing, int batchSize, boolean shuffle, LabelMode labelMode) {
    this.preprocessing = Objects.requireNonNull(preprocessing, "preprocessing");
    this.labelMode = Objects.requireNonNull(labelMode, "labelMode");
    if (batchSize < 1) {
      throw new IllegalArgumentException("expected a batch size of at least 1, got " + batchSize);
    }
    this.batchSize = batchSize;
    this.shuffle = shuffle;
  }

  /** 224 x 224, stretched, bilinear, RGB; 32 a batch, shuffled; indices of classes as labels. */
  public static BatchOptions defaults() {
    return DEFAULTS;
  }

  /** The pixels that a model sees of photos; the rest is that of {@link #defaults()}. */
  public static BatchOptions suitedTo(ModelFile model) {
    return DEFAULTS.withPreprocessing(model.preprocessing());
  }

  /** Size, interpolation, crop or pad and colours. */
  public PhotoPreprocessing preprocessing() {
    return preprocessing;
  }

  /** Photos a batch, at least 1; the last one may have fewer. */
  public int batchSize() {
    return batchSize;
  }

  /** Whether batches come in an order of their own each epoch. */
  public boolean shuffle() {
    return shuffle;
  }

  /** The form of a batch's labels, in single-label data. */
  public LabelMode labelMode() {
    return labelMode;
  }

  public BatchOptions withPreprocessing(PhotoPreprocessing newPreprocessing) {
    return new BatchOptions(newPreprocessing, batchSize, shuffle, labelMode);
  }

  /** In pixels; mind that Keras' {@code target_size} is (height, width). */
  public BatchOptions withTargetSize(int width, int height) {
    Resize resize = preprocessing.resize();
    return withResize(new Resize(width, height, resize.fit(), resize.filter()));
  }

  public BatchOptions withInterpolation(Resize.Filter interpolation) {
    Resize resize = preprocessing.resize();
    return withResize(new Resize(resize.width(), resize.height(), resize.fit(), interpolation));
  }

  /** Stretch, crop to the aspect ratio or pad to it. */
  public BatchOptions withFit(Resize.Fit fit) {
    Resize resize = preprocessing.resize();
    return withResize(new Resize(resize.width(), resize.height(), fit, resize.filter()));
  }

  private BatchOptions withResize(Resize resize) {
    return withPreprocessing(new PhotoPreprocessing(resize, preprocessing.colorMode()));
  }

  public BatchOptions withColorMode(ColorMode colorMode) {
    return withPreprocessing(new PhotoPreprocessing(preprocessing.resize(), colorMode));
  }

  /**
   * Another size of batches.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public BatchOptions withBatchSize(int photos) {
    return new BatchOptions(preprocessing, photos, shuffle, labelMode);
  }

  public BatchOptions withShuffle(boolean newShuffle) {
    return new BatchOptions(preprocessing, batchSize, newShuffle, labelMode);
  }

  public BatchOptions withLabelMode(LabelMode mode) {
    return new BatchOptions(preprocessing, batchSize, shuffle, mode);
  }
}

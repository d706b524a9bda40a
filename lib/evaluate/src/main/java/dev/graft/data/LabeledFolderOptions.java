package dev.graft.data;

import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import java.text.Normalizer;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/**
 * How a {@link LabeledFolder} is read. The names are Keras' own where Keras has the option.
 *
 * @param classes the class folders to use, or the labels of multi-label data, in the order of their
 *     indices; empty for all, sorted. Named classes may lack photos, as those of a test folder made
 *     for another folder's classes
 * @param preprocessing size, interpolation, crop or pad and colours of {@link
 *     LabeledFolder#batches}
 * @param batchSize photos a batch, at least 1
 * @param shuffle whether batches come in an order of their own each epoch
 * @param seed decides the split and the order of shuffled batches
 * @param validationSplit the share of photos for validation, 0 (none) up to but not including 1
 * @param followLinks whether symbolic links to folders are followed; links to files always are
 * @param labelMode the form of a batch's labels, in single-label data
 * @param skipUnreadable whether photos that cannot be read are reported and passed over instead of
 *     being an error
 */
public record LabeledFolderOptions(
    List<String> classes,
    PhotoPreprocessing preprocessing,
    int batchSize,
    boolean shuffle,
    long seed,
    double validationSplit,
    boolean followLinks,
    LabelMode labelMode,
    boolean skipUnreadable) {

  public LabeledFolderOptions {
    classes =
        classes.stream().map(name -> Normalizer.normalize(name, Normalizer.Form.NFC)).toList();
    if (new HashSet<>(classes).size() < classes.size() || classes.size() == 1) {
      throw new IllegalArgumentException(
          "expected at least two classes, all different, or none for all folders; got " + classes);
    }
    Objects.requireNonNull(preprocessing, "preprocessing");
    Objects.requireNonNull(labelMode, "labelMode");
    if (batchSize < 1) {
      throw new IllegalArgumentException("expected a batch size of at least 1, got " + batchSize);
    }
    if (!(validationSplit >= 0 && validationSplit < 1)) {
      throw new IllegalArgumentException(
          "expected a validation split from 0 up to but not including 1, got " + validationSplit);
    }
  }

  /** All folders, 224 x 224 stretched RGB, batches of 32 shuffled by seed 42, a fifth validates. */
  public static LabeledFolderOptions defaults() {
    return new LabeledFolderOptions(
        List.of(),
        PhotoPreprocessing.stretch(224, 224),
        32,
        true,
        42,
        0.2,
        false,
        LabelMode.SPARSE,
        false);
  }

  public LabeledFolderOptions withClasses(List<String> classes) {
    return new LabeledFolderOptions(
        classes,
        preprocessing,
        batchSize,
        shuffle,
        seed,
        validationSplit,
        followLinks,
        labelMode,
        skipUnreadable);
  }

  public LabeledFolderOptions withPreprocessing(PhotoPreprocessing preprocessing) {
    return new LabeledFolderOptions(
        classes,
        preprocessing,
        batchSize,
        shuffle,
        seed,
        validationSplit,
        followLinks,
        labelMode,
        skipUnreadable);
  }

  /** In pixels; mind that Keras' {@code target_size} is (height, width). */
  public LabeledFolderOptions withTargetSize(int width, int height) {
    Resize resize = preprocessing.resize();
    return withResize(new Resize(width, height, resize.fit(), resize.filter()));
  }

  public LabeledFolderOptions withInterpolation(Resize.Filter interpolation) {
    Resize resize = preprocessing.resize();
    return withResize(new Resize(resize.width(), resize.height(), resize.fit(), interpolation));
  }

  /** Stretch, crop to the aspect ratio or pad to it. */
  public LabeledFolderOptions withFit(Resize.Fit fit) {
    Resize resize = preprocessing.resize();
    return withResize(new Resize(resize.width(), resize.height(), fit, resize.filter()));
  }

  private LabeledFolderOptions withResize(Resize resize) {
    return withPreprocessing(new PhotoPreprocessing(resize, preprocessing.colorMode()));
  }

  public LabeledFolderOptions withColorMode(ColorMode colorMode) {
    return withPreprocessing(new PhotoPreprocessing(preprocessing.resize(), colorMode));
  }

  public LabeledFolderOptions withBatchSize(int batchSize) {
    return new LabeledFolderOptions(
        classes,
        preprocessing,
        batchSize,
        shuffle,
        seed,
        validationSplit,
        followLinks,
        labelMode,
        skipUnreadable);
  }

  public LabeledFolderOptions withShuffle(boolean shuffle) {
    return new LabeledFolderOptions(
        classes,
        preprocessing,
        batchSize,
        shuffle,
        seed,
        validationSplit,
        followLinks,
        labelMode,
        skipUnreadable);
  }

  public LabeledFolderOptions withSeed(long seed) {
    return new LabeledFolderOptions(
        classes,
        preprocessing,
        batchSize,
        shuffle,
        seed,
        validationSplit,
        followLinks,
        labelMode,
        skipUnreadable);
  }

  public LabeledFolderOptions withValidationSplit(double validationSplit) {
    return new LabeledFolderOptions(
        classes,
        preprocessing,
        batchSize,
        shuffle,
        seed,
        validationSplit,
        followLinks,
        labelMode,
        skipUnreadable);
  }

  public LabeledFolderOptions withFollowLinks(boolean followLinks) {
    return new LabeledFolderOptions(
        classes,
        preprocessing,
        batchSize,
        shuffle,
        seed,
        validationSplit,
        followLinks,
        labelMode,
        skipUnreadable);
  }

  public LabeledFolderOptions withLabelMode(LabelMode labelMode) {
    return new LabeledFolderOptions(
        classes,
        preprocessing,
        batchSize,
        shuffle,
        seed,
        validationSplit,
        followLinks,
        labelMode,
        skipUnreadable);
  }

  public LabeledFolderOptions withSkipUnreadable(boolean skipUnreadable) {
    return new LabeledFolderOptions(
        classes,
        preprocessing,
        batchSize,
        shuffle,
        seed,
        validationSplit,
        followLinks,
        labelMode,
        skipUnreadable);
  }
}

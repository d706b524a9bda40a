package dev.graft.model;

import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a model file says about itself: all that is needed to serve it, and where it comes from.
 *
 * @param format the version of this description: 1, or 2 which says the task too
 * @param classes the labels, in the order of the model's outputs, at least two, all different;
 *     those of a multi-label model have no {@code ;} in them
 * @param preprocessing what happens to a photo before the model's {@code image} input
 * @param thresholds of a multi-label model, one for each class in their order, 0 to 1: a photo has
 *     the labels whose probability is at least their threshold; empty for a single-label model
 * @param quantization null where all weights are 32-bit floats
 */
public record ModelFile(
    int format,
    List<String> classes,
    PhotoPreprocessing preprocessing,
    BackboneInfo backbone,
    TrainingInfo training,
    List<Double> thresholds,
    QuantizationInfo quantization) {

  /** The newest format that this Graft reads. */
  public static final int FORMAT = 2;

  /** Of a photo: 4096 x 4096. What is larger takes 200 MB as floats, and is a mistake. */
  private static final int MOST_PIXELS = 1 << 24;

  public ModelFile {
    if (format < 1 || format > FORMAT) {
      throw new IllegalArgumentException(
          "expected a format from 1 to " + FORMAT + ", got " + format);
    }
    classes = List.copyOf(classes);
    if (classes.size() < 2 || new HashSet<>(classes).size() < classes.size()) {
      throw new IllegalArgumentException(
          "expected at least two classes, all different, got " + classes);
    }
    Objects.requireNonNull(preprocessing, "preprocessing");
    Resize photo = preprocessing.resize();
    if ((long) photo.width() * photo.height() > MOST_PIXELS) {
      throw new IllegalArgumentException(
          "expected photos of at most %d pixels, got %dx%d"
              .formatted(MOST_PIXELS, photo.width(), photo.height()));
    }
    Objects.requireNonNull(backbone, "backbone");
    Objects.requireNonNull(training, "training");
    thresholds = List.copyOf(thresholds);
    if (!thresholds.isEmpty()) {
      if (format < 2) {
        throw new IllegalArgumentException("format 1 knows no multi-label models");
      }
      if (thresholds.size() != classes.size()) {
        throw new IllegalArgumentException(
            "expected a threshold for each of %d classes, got %s"
                .formatted(classes.size(), thresholds));
      }
      thresholds.forEach(ModelFile::requireThreshold);
      if (classes.stream().anyMatch(label -> label.contains(";"))) {
        throw new IllegalArgumentException(
            "expected labels without ';', which separates them in CSV, got " + classes);
      }
    }
  }

  private static void requireThreshold(double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException("expected a threshold from 0 to 1, got " + threshold);
    }
  }

  /** A single-label model, in format 1: the first Graft reads it too. */
  public static ModelFile of(
      List<String> classes,
      PhotoPreprocessing preprocessing,
      BackboneInfo backbone,
      TrainingInfo training) {
    return new ModelFile(1, classes, preprocessing, backbone, training, List.of(), null);
  }

  /**
   * A multi-label model, in format 2: a Graft that knows only single-label models refuses it.
   *
   * @param thresholds one for each class in their order, 0 to 1
   */
  public static ModelFile multiLabel(
      List<String> classes,
      List<Double> thresholds,
      PhotoPreprocessing preprocessing,
      BackboneInfo backbone,
      TrainingInfo training) {
    if (thresholds.isEmpty()) {
      throw new IllegalArgumentException("expected a threshold for each class, got none");
    }
    return new ModelFile(2, classes, preprocessing, backbone, training, thresholds, null);
  }

  /** The same model, its numbers stored otherwise. */
  public ModelFile withQuantization(QuantizationInfo info) {
    return new ModelFile(format, classes, preprocessing, backbone, training, thresholds, info);
  }

  /** Multi-label where there are thresholds, else single-label. */
  public Task task() {
    return thresholds.isEmpty() ? Task.SINGLE_LABEL : Task.MULTI_LABEL;
  }

  /**
   * The entries of an ONNX file's {@code metadata_props}: keys {@code graft.*} in a fixed order,
   * values JSON. Equal descriptions give equal text.
   */
  public Map<String, String> toMetadata() {
    return ModelJson.write(this);
  }

  /**
   * Reads what {@link #toMetadata()} wrote, now or in a later version of the same format: keys and
   * fields that are not known are passed over.
   *
   * @param file named in error messages
   * @throws ModelException if this is no Graft model, a newer one, or something is missing or
   *     malformed
   */
  public static ModelFile parse(Map<String, String> metadata, Path file) throws ModelException {
    return ModelJson.read(metadata, file);
  }

  /**
   * Reads the description alone: all bytes are compared with their checksum, but the graph is not
   * loaded.
   *
   * @throws ModelException as {@link ModelBytes#read(Path)} and {@link #parse} say
   */
  public static ModelFile read(Path file) throws ModelException {
    return ModelBytes.read(file).describe();
  }
}

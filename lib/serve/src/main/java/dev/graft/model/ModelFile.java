package dev.graft.model;

import dev.graft.photo.PhotoPreprocessing;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a model file says about itself: all that is needed to serve it, and where it comes from.
 *
 * @param format the version of this description, {@value #FORMAT} for files written by this Graft
 * @param classes the labels, in the order of the model's outputs, at least two, all different
 * @param preprocessing what happens to a photo before the model's {@code image} input
 */
public record ModelFile(
    int format,
    List<String> classes,
    PhotoPreprocessing preprocessing,
    BackboneInfo backbone,
    TrainingInfo training) {

  /** The newest format that this Graft reads, and the one it writes. */
  public static final int FORMAT = 1;

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
    Objects.requireNonNull(backbone, "backbone");
    Objects.requireNonNull(training, "training");
  }

  /** A description in the format of this Graft. */
  public static ModelFile of(
      List<String> classes,
      PhotoPreprocessing preprocessing,
      BackboneInfo backbone,
      TrainingInfo training) {
    return new ModelFile(FORMAT, classes, preprocessing, backbone, training);
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
   * Reads the description alone, in milliseconds for a file of any size: the graph is not loaded
   * and not checked.
   *
   * @throws ModelException if the file is missing, not ONNX, truncated, or as {@link #parse} says
   */
  public static ModelFile read(Path file) throws ModelException {
    return parse(OnnxMetadata.read(file), file);
  }
}

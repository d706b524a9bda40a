package dev.graft.data;

import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A photo and what it shows.
 *
 * @param labels indices of its classes among {@link LabeledFolder#classes()}, ascending: exactly
 *     one in single-label data, any number in multi-label data
 * @param sha256 of the file's bytes, lower-case hexadecimal
 * @param group photos of one group stay on one side of every split and in one fold: the sha256 of
 *     the group's first photo, of a photo by itself its own
 */
public record LabeledPhoto(Path path, List<Integer> labels, String sha256, String group) {

  public LabeledPhoto {
    Objects.requireNonNull(path, "path");
    labels = labels.stream().sorted().distinct().toList();
    Objects.requireNonNull(sha256, "sha256");
    Objects.requireNonNull(group, "group");
  }

  /** A photo by itself. */
  public LabeledPhoto(Path path, List<Integer> labels, String sha256) {
    this(path, labels, sha256, sha256);
  }

  /** A photo of one class. */
  public LabeledPhoto(Path path, int label, String sha256) {
    this(path, List.of(label), sha256);
  }

  LabeledPhoto inGroup(String newGroup) {
    return new LabeledPhoto(path, labels, sha256, newGroup);
  }

  /**
   * The index of its class, in single-label data.
   *
   * @throws IllegalStateException if it has no label or several
   */
  public int label() {
    if (labels.size() != 1) {
      throw new IllegalStateException(
          "%s: expected exactly one label, has %d; these data are multi-label"
              .formatted(path, labels.size()));
    }
    return labels.get(0);
  }

  /**
   * Its pixels, if the file still has the bytes that it was listed with.
   *
   * @throws PhotoException if it has not, or as {@link PhotoReader#read(Path, PhotoPreprocessing)}
   */
  public Pixels read(PhotoReader reader, PhotoPreprocessing preprocessing) throws PhotoException {
    return reader.readUnchanged(path, sha256, preprocessing);
  }

  /** Its labels as numbers, {@code [classes]}: 1 for each that it has, else 0; a new array. */
  public float[] multiHot(int classes) {
    float[] values = new float[classes];
    labels.forEach(label -> values[label] = 1);
    return values;
  }
}

package dev.graft.data;

import java.util.List;

/** The labels of a batch, in the order of its photos; which of these, {@link LabelMode} says. */
public sealed interface Labels {

  /**
   * Indices of classes.
   *
   * @param values {@code [n]}, 0 to classes - 1
   */
  @SuppressWarnings("ArrayRecordComponent") // a batch is read once and thrown away
  record Sparse(int[] values) implements Labels {}

  /**
   * One-hot vectors; of multi-label data vectors with any number of ones.
   *
   * @param values {@code [n][classes]}, each row 1 for the classes of the photo and else 0
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Categorical(float[][] values) implements Labels {}

  /**
   * Which of two classes.
   *
   * @param values {@code [n]}, 0 for the first class and 1 for the second
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Binary(float[] values) implements Labels {}

  /** The labels of {@code photos} in the given form. */
  static Labels of(LabelMode mode, List<LabeledPhoto> photos, int classes) {
    return switch (mode) {
      case SPARSE -> new Sparse(photos.stream().mapToInt(LabeledPhoto::label).toArray());
      case CATEGORICAL ->
          new Categorical(
              photos.stream().map(photo -> photo.multiHot(classes)).toArray(float[][]::new));
      case BINARY -> {
        float[] values = new float[photos.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = photos.get(i).label();
        }
        yield new Binary(values);
      }
    };
  }
}

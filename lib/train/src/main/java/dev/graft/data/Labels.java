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
   * One-hot vectors.
   *
   * @param values {@code [n][classes]}, each row one 1 and else 0
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
      case CATEGORICAL -> {
        float[][] rows = new float[photos.size()][classes];
        for (int i = 0; i < rows.length; i++) {
          rows[i][photos.get(i).label()] = 1;
        }
        yield new Categorical(rows);
      }
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

package dev.graft.data;

/**
 * How a batch gives its labels; Keras' {@code label_mode} or {@code class_mode}. Batches of
 * multi-label data are always {@link #CATEGORICAL}.
 */
public enum LabelMode {
  /** The index of the class. */
  SPARSE,
  /** One number for each class: 1 for the photo's own, one or several, 0 for the others. */
  CATEGORICAL,
  /** For two classes: 0 for the first, 1 for the second. */
  BINARY
}

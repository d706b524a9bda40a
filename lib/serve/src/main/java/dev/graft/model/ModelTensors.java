package dev.graft.model;

/** The names that a model file's tensors have: of its input and of its outputs. */
public final class ModelTensors {

  /** Photos: uint8 {@code [N, height, width, 3]}, RGB, already resized. */
  public static final String IMAGE = "image";

  /** What the softmax or the sigmoid made of the logits: float {@code [N, classes]}. */
  public static final String PROBABILITIES = "probabilities";

  /** The scores of the classes: float {@code [N, classes]}. */
  public static final String LOGITS = "logits";

  private ModelTensors() {}
}

package dev.graft.serve;

import java.util.Objects;

/**
 * What a model says of one class.
 *
 * @param index the place of the class among {@link Classifier#classes()}
 * @param probability 0 to 1; those of all classes of a single-label model add up to 1, those of a
 *     multi-label model do not
 * @param logit what the softmax, or for a multi-label model the sigmoid, was taken of
 */
public record LabelProbability(String label, int index, float probability, float logit) {

  public LabelProbability {
    Objects.requireNonNull(label, "label");
  }
}

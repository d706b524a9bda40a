package dev.graft.recipe;

import dev.graft.backbone.Backbone;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which layers of a backbone learn on after the head has learnt, and how. The layers below keep
 * their weights.
 *
 * @param from {@code all}; a number of layers with weights, counted from the features down; the
 *     first block to be trained, such as {@code block5} for the layers that end in the cut point
 *     {@code block5_pool} or {@code block5}; or any other tensor that the backbone can be cut at,
 *     for the layers above it
 * @param epochs of this stage, at least 1
 * @param learningRate of the backbone's layers, above 0; the head keeps its own
 */
public record FineTuning(String from, int epochs, float learningRate) {

  /** All layers. */
  public static final String ALL = Backbone.ALL_LAYERS;

  public FineTuning {
    if (from.isBlank()) {
      throw new IllegalArgumentException(
          "expected the layers to fine-tune: all, a number of layers, or a cut point");
    }
    if (epochs < 1) {
      throw new IllegalArgumentException("expected at least 1 epoch of fine-tuning, got " + epochs);
    }
    if (!(learningRate > 0) || Float.isInfinite(learningRate)) {
      throw new IllegalArgumentException(
          "expected a learning rate above 0 for fine-tuning, got " + learningRate);
    }
  }

  /** With the default number of epochs and rate: 5 epochs at 1e-4. */
  public static FineTuning from(String layers) {
    return new FineTuning(layers, 5, 1e-4f);
  }

  /**
   * Checks that a backbone has these layers.
   *
   * @throws IllegalArgumentException if it has not, and the message lists those that it has; or if
   *     it is not pretrained and learns all of its layers anyway
   * @throws IOException if the backbone cannot be read
   */
  public void requireIn(Backbone backbone) throws IOException {
    if (!backbone.isPretrained()) {
      throw new IllegalArgumentException(
          "fine-tuning is for pretrained backbones; all layers of \"%s\" learn from the start"
              .formatted(backbone.card().name()));
    }
    backbone.cutPointBelow(from);
  }

  /** What a model file says of it, by its keys such as {@code fine_tune_epochs}. */
  public Map<String, String> toMetadata() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("fine_tune", from);
    all.put("fine_tune_epochs", Integer.toString(epochs));
    all.put("fine_tune_learning_rate", Float.toString(learningRate));
    return all;
  }

  public FineTuning withEpochs(int newEpochs) {
    return new FineTuning(from, newEpochs, learningRate);
  }

  public FineTuning withLearningRate(float newLearningRate) {
    return new FineTuning(from, epochs, newLearningRate);
  }
}

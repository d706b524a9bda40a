package dev.graft.train;

/**
 * How a head is optimised. {@link Head#defaults()} has those that suit a head.
 *
 * @param epochs passes over the training photos, at least 1
 * @param batchSize photos a step, at least 1
 * @param learningRate of Adam, above 0
 * @param weightDecay times the weights is added to the gradient (an L2 penalty), 0 or more
 */
public record Hyperparameters(int epochs, int batchSize, float learningRate, float weightDecay) {

  public Hyperparameters {
    if (epochs < 1) {
      throw new IllegalArgumentException("expected at least 1 epoch, got " + epochs);
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException("expected a batch size of at least 1, got " + batchSize);
    }
    if (!(learningRate > 0) || Float.isInfinite(learningRate)) {
      throw new IllegalArgumentException("expected a learning rate above 0, got " + learningRate);
    }
    if (!(weightDecay >= 0) || Float.isInfinite(weightDecay)) {
      throw new IllegalArgumentException(
          "expected a weight decay of 0 or more, got " + weightDecay);
    }
  }

  public Hyperparameters withEpochs(int newEpochs) {
    return new Hyperparameters(newEpochs, batchSize, learningRate, weightDecay);
  }

  public Hyperparameters withBatchSize(int newBatchSize) {
    return new Hyperparameters(epochs, newBatchSize, learningRate, weightDecay);
  }

  public Hyperparameters withLearningRate(float newLearningRate) {
    return new Hyperparameters(epochs, batchSize, newLearningRate, weightDecay);
  }

  public Hyperparameters withWeightDecay(float newWeightDecay) {
    return new Hyperparameters(epochs, batchSize, learningRate, newWeightDecay);
  }
}

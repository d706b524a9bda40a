package dev.graft.recipe;

import dev.graft.backbone.Backbone;
import dev.graft.model.Task;
import dev.graft.optimize.Optimizer;
import dev.graft.optimize.Schedule;
import java.util.Objects;

/**
 * How weights are optimised. {@link Head#defaults()} has what suits a head.
 *
 * @param epochs passes over the training photos, at least 1
 * @param batchSize photos a step, at least 1
 * @param learningRate the step size at its full height, above 0
 * @param weightDecay times the weights is added to the gradient (an L2 penalty), or with AdamW
 *     taken off the weights; 0 or more
 * @param schedule how the rate changes; a {@link Schedule.Plateau} needs validation photos
 * @param warmupEpochs in which the rate rises in a line from 0 to its full height, step by step; 0
 *     or more, fewer than all
 * @param labelSmoothing the share of a label that is spread over all classes (Szegedy et al.,
 *     "Rethinking the Inception Architecture", CVPR 2016), 0 up to but not including 1
 * @param balance what is done for small classes
 * @param clipNorm gradients whose norm, over all weights together, is larger are scaled down to it
 *     (Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013); above
 *     0, infinite for no bound
 * @param patience epochs without a lower validation loss after which training stops, with the
 *     weights of the best epoch; 0 trains all epochs and keeps the last weights
 */
public record Hyperparameters(
    int epochs,
    int batchSize,
    float learningRate,
    float weightDecay,
    Optimizer optimizer,
    Schedule schedule,
    int warmupEpochs,
    float labelSmoothing,
    Balance balance,
    float clipNorm,
    int patience) {

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
    Objects.requireNonNull(optimizer, "optimizer");
    Objects.requireNonNull(schedule, "schedule");
    if (warmupEpochs < 0 || warmupEpochs >= epochs) {
      throw new IllegalArgumentException(
          "expected at least 0 and fewer than all %d epochs of warm-up, got %d"
              .formatted(epochs, warmupEpochs));
    }
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new IllegalArgumentException(
          "expected a label smoothing of at least 0 and below 1, got " + labelSmoothing);
    }
    Objects.requireNonNull(balance, "balance");
    if (!(clipNorm > 0)) {
      throw new IllegalArgumentException("expected a norm to clip at above 0, got " + clipNorm);
    }
    if (patience < 0) {
      throw new IllegalArgumentException("expected a patience of 0 or more, got " + patience);
    }
  }

  /** Adam at a constant rate, and nothing else. */
  public static Hyperparameters of(int epochs, int batchSize, float learningRate) {
    return new Hyperparameters(
        epochs,
        batchSize,
        learningRate,
        0,
        Optimizer.adam(),
        new Schedule.Constant(),
        0,
        0,
        Balance.NONE,
        Float.POSITIVE_INFINITY,
        0);
  }

  /**
   * What suits a head on a backbone: the head's own, or 30 epochs at 1e-3 where everything is to be
   * learnt.
   */
  public static Hyperparameters suitedTo(Backbone backbone, Head head) {
    return backbone.isPretrained() ? head.defaults() : of(30, 32, 1e-3f);
  }

  /** Whether validation photos decide about the weights: when to stop or to slow down. */
  public boolean needsValidation() {
    return patience > 0 || schedule instanceof Schedule.Plateau;
  }

  /**
   * Checks that data have what these ask for.
   *
   * @throws TrainingException if not
   */
  public void requireFor(Task task, int validationPhotos) throws TrainingException {
    if (needsValidation() && validationPhotos == 0) {
      throw new TrainingException(
          "early stopping and the schedule plateau watch the loss of validation photos, and there"
              + " are none; keep some with a validation split, or name a folder of them");
    }
    if (balance != Balance.NONE && task == Task.MULTI_LABEL) {
      throw new TrainingException(
          "class weights and balanced sampling are for photos of one class each; these have several"
              + " labels");
    }
  }

  public Hyperparameters withEpochs(int newEpochs) {
    return new Hyperparameters(
        newEpochs,
        batchSize,
        learningRate,
        weightDecay,
        optimizer,
        schedule,
        warmupEpochs,
        labelSmoothing,
        balance,
        clipNorm,
        patience);
  }

  public Hyperparameters withBatchSize(int newBatchSize) {
    return new Hyperparameters(
        epochs,
        newBatchSize,
        learningRate,
        weightDecay,
        optimizer,
        schedule,
        warmupEpochs,
        labelSmoothing,
        balance,
        clipNorm,
        patience);
  }

  public Hyperparameters withLearningRate(float newLearningRate) {
    return new Hyperparameters(
        epochs,
        batchSize,
        newLearningRate,
        weightDecay,
        optimizer,
        schedule,
        warmupEpochs,
        labelSmoothing,
        balance,
        clipNorm,
        patience);
  }

  public Hyperparameters withWeightDecay(float newWeightDecay) {
    return new Hyperparameters(
        epochs,
        batchSize,
        learningRate,
        newWeightDecay,
        optimizer,
        schedule,
        warmupEpochs,
        labelSmoothing,
        balance,
        clipNorm,
        patience);
  }

  public Hyperparameters withOptimizer(Optimizer newOptimizer) {
    return new Hyperparameters(
        epochs,
        batchSize,
        learningRate,
        weightDecay,
        newOptimizer,
        schedule,
        warmupEpochs,
        labelSmoothing,
        balance,
        clipNorm,
        patience);
  }

  public Hyperparameters withSchedule(Schedule newSchedule) {
    return new Hyperparameters(
        epochs,
        batchSize,
        learningRate,
        weightDecay,
        optimizer,
        newSchedule,
        warmupEpochs,
        labelSmoothing,
        balance,
        clipNorm,
        patience);
  }

  public Hyperparameters withWarmupEpochs(int newWarmupEpochs) {
    return new Hyperparameters(
        epochs,
        batchSize,
        learningRate,
        weightDecay,
        optimizer,
        schedule,
        newWarmupEpochs,
        labelSmoothing,
        balance,
        clipNorm,
        patience);
  }

  public Hyperparameters withLabelSmoothing(float newLabelSmoothing) {
    return new Hyperparameters(
        epochs,
        batchSize,
        learningRate,
        weightDecay,
        optimizer,
        schedule,
        warmupEpochs,
        newLabelSmoothing,
        balance,
        clipNorm,
        patience);
  }

  public Hyperparameters withBalance(Balance newBalance) {
    return new Hyperparameters(
        epochs,
        batchSize,
        learningRate,
        weightDecay,
        optimizer,
        schedule,
        warmupEpochs,
        labelSmoothing,
        newBalance,
        clipNorm,
        patience);
  }

  public Hyperparameters withClipNorm(float newClipNorm) {
    return new Hyperparameters(
        epochs,
        batchSize,
        learningRate,
        weightDecay,
        optimizer,
        schedule,
        warmupEpochs,
        labelSmoothing,
        balance,
        newClipNorm,
        patience);
  }

  public Hyperparameters withPatience(int newPatience) {
    return new Hyperparameters(
        epochs,
        batchSize,
        learningRate,
        weightDecay,
        optimizer,
        schedule,
        warmupEpochs,
        labelSmoothing,
        balance,
        clipNorm,
        newPatience);
  }
}

package dev.graft.recipe;

import dev.graft.backbone.Backbone;
import dev.graft.model.Task;
import dev.graft.optimize.Optimizer;
import dev.graft.optimize.Schedule;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How weights are optimized. {@link Head#defaults()} has what suits a head; {@code with} methods
 * change one of them. Immutable and thread-safe.
 */
public final class Hyperparameters {

  private final Map<Hyperparameter, Object> values; // never changed

  private Hyperparameters(Map<Hyperparameter, Object> values) {
    this.values = values;
    values.forEach(Hyperparameter::require);
    if (warmupEpochs() < 0 || warmupEpochs() >= epochs()) {
      throw new IllegalArgumentException(
          "expected at least 0 and fewer than all %d epochs of warm-up, got %d"
              .formatted(epochs(), warmupEpochs()));
    }
  }

  /**
   * Adam at a constant rate, and nothing else.
   *
   * @throws IllegalArgumentException as {@link #withEpochs}, {@link #withBatchSize} and {@link
   *     #withLearningRate}
   */
  public static Hyperparameters of(int epochs, int batchSize, float learningRate) {
    Map<Hyperparameter, Object> values = new EnumMap<>(Hyperparameter.class);
    for (Hyperparameter each : Hyperparameter.values()) {
      if (each.off() != null) {
        values.put(each, each.off());
      }
    }
    values.put(Hyperparameter.EPOCHS, epochs);
    values.put(Hyperparameter.BATCH_SIZE, batchSize);
    values.put(Hyperparameter.LEARNING_RATE, learningRate);
    values.put(Hyperparameter.WEIGHT_DECAY, 0f);
    values.put(Hyperparameter.OPTIMIZER, Optimizer.adam());
    values.put(Hyperparameter.SCHEDULE, new Schedule.Constant());
    return new Hyperparameters(values);
  }

  /**
   * What suits a head on a backbone: the head's own, or 30 epochs at 1e-3 where everything is to be
   * learnt.
   */
  public static Hyperparameters suitedTo(Backbone backbone, Head head) {
    return backbone.isPretrained() ? head.defaults() : of(30, 32, 1e-3f);
  }

  private Hyperparameters with(Hyperparameter one, Object value) {
    Map<Hyperparameter, Object> changed = new EnumMap<>(values);
    changed.put(one, value);
    return new Hyperparameters(changed);
  }

  /** Passes over the training photos. */
  public int epochs() {
    return (int) values.get(Hyperparameter.EPOCHS);
  }

  /**
   * The same with another number of epochs.
   *
   * @param epochs at least 1, and more than those of the warm-up
   */
  public Hyperparameters withEpochs(int epochs) {
    return with(Hyperparameter.EPOCHS, epochs);
  }

  /** Photos a step. */
  public int batchSize() {
    return (int) values.get(Hyperparameter.BATCH_SIZE);
  }

  /**
   * The same with another batch size.
   *
   * @param batchSize at least 1
   */
  public Hyperparameters withBatchSize(int batchSize) {
    return with(Hyperparameter.BATCH_SIZE, batchSize);
  }

  /** The step size at its full height. */
  public float learningRate() {
    return (float) values.get(Hyperparameter.LEARNING_RATE);
  }

  /**
   * The same with another learning rate.
   *
   * @param learningRate above 0, finite
   */
  public Hyperparameters withLearningRate(float learningRate) {
    return with(Hyperparameter.LEARNING_RATE, learningRate);
  }

  /**
   * Times the weights is added to the gradient (an L2 penalty), or with AdamW taken off the
   * weights.
   */
  public float weightDecay() {
    return (float) values.get(Hyperparameter.WEIGHT_DECAY);
  }

  /**
   * The same with another weight decay.
   *
   * @param weightDecay 0 or more, finite
   */
  public Hyperparameters withWeightDecay(float weightDecay) {
    return with(Hyperparameter.WEIGHT_DECAY, weightDecay);
  }

  /** By which rule weights follow their gradients. */
  public Optimizer optimizer() {
    return (Optimizer) values.get(Hyperparameter.OPTIMIZER);
  }

  /** The same with another optimizer. */
  public Hyperparameters withOptimizer(Optimizer optimizer) {
    return with(Hyperparameter.OPTIMIZER, optimizer);
  }

  /** How the learning rate changes. */
  public Schedule schedule() {
    return (Schedule) values.get(Hyperparameter.SCHEDULE);
  }

  /**
   * The same with another schedule.
   *
   * @param schedule a {@link Schedule.Plateau} needs validation photos
   */
  public Hyperparameters withSchedule(Schedule schedule) {
    return with(Hyperparameter.SCHEDULE, schedule);
  }

  /** In which the rate rises in a line from 0 to its full height, step by step. */
  public int warmupEpochs() {
    return (int) values.get(Hyperparameter.WARMUP_EPOCHS);
  }

  /**
   * The same with another number of epochs of warm-up.
   *
   * @param warmupEpochs 0 or more, fewer than all
   */
  public Hyperparameters withWarmupEpochs(int warmupEpochs) {
    return with(Hyperparameter.WARMUP_EPOCHS, warmupEpochs);
  }

  /**
   * The share of a label that is spread over all classes (Szegedy et al., "Rethinking the Inception
   * Architecture", CVPR 2016).
   */
  public float labelSmoothing() {
    return (float) values.get(Hyperparameter.LABEL_SMOOTHING);
  }

  /**
   * The same with another label smoothing.
   *
   * @param labelSmoothing 0 up to but not including 1
   */
  public Hyperparameters withLabelSmoothing(float labelSmoothing) {
    return with(Hyperparameter.LABEL_SMOOTHING, labelSmoothing);
  }

  /** What is done for small classes. */
  public Balance balance() {
    return (Balance) values.get(Hyperparameter.BALANCE);
  }

  /**
   * The same with another balance.
   *
   * @param balance other than {@link Balance#NONE} for photos of one class each
   */
  public Hyperparameters withBalance(Balance balance) {
    return with(Hyperparameter.BALANCE, balance);
  }

  /**
   * Gradients whose norm, over all weights together, is larger are scaled down to it (Pascanu et
   * al., "On the difficulty of training recurrent neural networks", ICML 2013); infinite for no
   * bound.
   */
  public float clipNorm() {
    return (float) values.get(Hyperparameter.CLIP_NORM);
  }

  /**
   * The same with another norm to clip at.
   *
   * @param clipNorm above 0, infinite for no bound
   */
  public Hyperparameters withClipNorm(float clipNorm) {
    return with(Hyperparameter.CLIP_NORM, clipNorm);
  }

  /**
   * Epochs without a lower validation loss after which training stops, with the weights of the best
   * epoch; 0 trains all epochs and keeps the last weights.
   */
  public int patience() {
    return (int) values.get(Hyperparameter.PATIENCE);
  }

  /**
   * The same with another patience.
   *
   * @param patience 0 or more; above 0 it needs validation photos
   */
  public Hyperparameters withPatience(int patience) {
    return with(Hyperparameter.PATIENCE, patience);
  }

  /** Whether validation photos decide about the weights: when to stop or to slow down. */
  public boolean needsValidation() {
    return patience() > 0 || schedule() instanceof Schedule.Plateau;
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
    if (balance() != Balance.NONE && task == Task.MULTI_LABEL) {
      throw new TrainingException(
          "class weights and balanced sampling are for photos of one class each; these have several"
              + " labels");
    }
  }

  /**
   * What a model file says of them, by its keys such as {@code batch_size}: all that are in use, in
   * the order of the file.
   */
  public Map<String, String> toMetadata() {
    Map<String, String> all = new LinkedHashMap<>();
    values.forEach(
        (each, value) -> {
          if (!each.isOff(value)) {
            each.describe(value, all);
          }
        });
    return all;
  }

  /** All of them in full, by names for people such as {@code batch size}: a checkpoint compares. */
  public Map<String, String> settings() {
    Map<String, String> all = new LinkedHashMap<>();
    values.forEach((each, value) -> all.put(each.setting(), value.toString()));
    return all;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hyperparameters same && values.equals(same.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return "Hyperparameters" + settings();
  }
}

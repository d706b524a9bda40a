package dev.graft.cli.option;

import dev.graft.optimize.Optimizer;
import dev.graft.optimize.Schedule;
import dev.graft.recipe.Balance;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Hyperparameters;
import java.util.Optional;
import java.util.function.BiFunction;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How {@code train} optimizes weights. */
public final class LearningOptions implements OptionGroup {

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the training photos (default: 10 / 50).")
  private Integer epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Photos a step of training (default: 32 / 32).")
  private Integer batchSize;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      description = "The optimiser's step size (default: 1e-4 / 1e-3).")
  private Float learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "RATE",
      description = "L2 penalty on the weights, decoupled with adamw (default: 0 / 0.01).")
  private Float weightDecay;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description = "adam, adamw, sgd (with Nesterov's momentum) or rmsprop (default: adam).")
  private String optimizer;

  @Option(names = "--momentum", paramLabel = "SHARE", description = "Of sgd (default: 0.9).")
  private Float momentum;

  @Option(
      names = "--schedule",
      paramLabel = "SCHEDULE",
      description =
          "How the learning rate changes: constant, cosine, step=EPOCHS/FACTOR or"
              + " plateau=EPOCHS/FACTOR, such as step=10/0.1 (default: constant).")
  private String schedule;

  @Option(
      names = "--warmup-epochs",
      paramLabel = "N",
      description = "Epochs in which the learning rate rises to its height (default: 0).")
  private Integer warmupEpochs;

  @Option(
      names = "--label-smoothing",
      paramLabel = "SHARE",
      description = "Share of each label that is spread over all classes (default: 0).")
  private Float labelSmoothing;

  @ArgGroup private Balancing balancing = new Balancing();

  private static final class Balancing {
    @Option(
        names = "--class-weights",
        paramLabel = "balanced",
        description = "Let photos of small classes count more.")
    private Even weights;

    @Option(
        names = "--sampling",
        paramLabel = "balanced",
        description = "Draw as many photos of each class in each epoch.")
    private Even sampling;
  }

  /** The one value there is: the options read as in scikit-learn. */
  enum Even {
    BALANCED
  }

  @Option(
      names = "--clip-norm",
      paramLabel = "NORM",
      description = "Scale gradients of a larger norm down to it (default: no bound).")
  private Float clipNorm;

  @Option(
      names = "--early-stopping",
      paramLabel = "N",
      description =
          "Stop after N epochs without a lower validation loss, with the weights of the best epoch"
              + " (default: train all epochs, keep the last weights).")
  private Integer patience;

  @Option(
      names = "--fine-tune",
      paramLabel = "LAYERS",
      description =
          "When the head has learnt, train layers of the backbone too: a block, such as block5, and"
              + " all after it; a number of layers; a tensor, for the layers after it; or all.")
  private String fineTune;

  @Option(
      names = "--fine-tune-epochs",
      paramLabel = "N",
      description = "Epochs of that (default: 5).")
  private Integer fineTuneEpochs;

  @Option(
      names = "--fine-tune-learning-rate",
      paramLabel = "RATE",
      description = "The backbone's step size; the head keeps its own (default: 1e-4).")
  private Float fineTuneLearningRate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description =
          "Decides the split, the first weights and the order of photos (default:"
              + " ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public String heading() {
    return "Learning";
  }

  public long seed() {
    return seed;
  }

  /**
   * The chosen ones.
   *
   * @throws IllegalArgumentException if one makes no sense; the message says what was expected
   */
  public Hyperparameters hyperparameters(Hyperparameters defaults) {
    Hyperparameters chosen = defaults;
    chosen = changed(chosen, epochs, Hyperparameters::withEpochs);
    chosen = changed(chosen, batchSize, Hyperparameters::withBatchSize);
    chosen = changed(chosen, learningRate, Hyperparameters::withLearningRate);
    chosen = changed(chosen, weightDecay, Hyperparameters::withWeightDecay);
    chosen = changed(chosen, optimizer(), Hyperparameters::withOptimizer);
    chosen = changed(chosen, schedule(), Hyperparameters::withSchedule);
    chosen = changed(chosen, warmupEpochs, Hyperparameters::withWarmupEpochs);
    chosen = changed(chosen, labelSmoothing, Hyperparameters::withLabelSmoothing);
    chosen = changed(chosen, balance(), Hyperparameters::withBalance);
    chosen = changed(chosen, clipNorm, Hyperparameters::withClipNorm);
    return changed(chosen, patience(), Hyperparameters::withPatience);
  }

  /** With a value; as they are where the option is not given. */
  private static <T> Hyperparameters changed(
      Hyperparameters all, T value, BiFunction<Hyperparameters, T, Hyperparameters> with) {
    return value == null ? all : with.apply(all, value);
  }

  private Optimizer optimizer() {
    Optimizer chosen = optimizer == null ? null : Optimizer.named(optimizer);
    if (momentum == null) {
      return chosen;
    }
    if (chosen instanceof Optimizer.Sgd) {
      return new Optimizer.Sgd(momentum);
    }
    throw new IllegalArgumentException("--momentum needs --optimizer sgd");
  }

  private Schedule schedule() {
    return schedule == null ? null : Schedule.parse(schedule);
  }

  private Balance balance() {
    if (balancing.weights != null) {
      return Balance.CLASS_WEIGHTS;
    }
    return balancing.sampling != null ? Balance.SAMPLING : null;
  }

  private Integer patience() {
    if (patience != null && patience < 1) {
      throw new IllegalArgumentException("expected --early-stopping 1 or more, got " + patience);
    }
    return patience;
  }

  /** Empty where the backbone stays as it is. */
  public Optional<FineTuning> fineTuning() {
    if (fineTune == null) {
      if (fineTuneEpochs != null || fineTuneLearningRate != null) {
        throw new IllegalArgumentException(
            "--fine-tune-epochs and --fine-tune-learning-rate need --fine-tune");
      }
      return Optional.empty();
    }
    FineTuning defaults = FineTuning.from(fineTune);
    return Optional.of(
        new FineTuning(
            fineTune,
            fineTuneEpochs == null ? defaults.epochs() : fineTuneEpochs,
            fineTuneLearningRate == null ? defaults.learningRate() : fineTuneLearningRate));
  }
}

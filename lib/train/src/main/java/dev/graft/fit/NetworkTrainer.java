package dev.graft.fit;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import dev.graft.djl.OnnxBlock;
import dev.graft.djl.TrainingDevice;
import dev.graft.model.SplitMetrics;
import dev.graft.model.Task;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import dev.graft.optimize.Schedule;
import dev.graft.optimize.Updater;
import dev.graft.recipe.Balance;
import dev.graft.recipe.DivergenceException;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.Hyperparameters;
import dev.graft.recipe.TrainingException;
import dev.graft.shutdown.Shutdown;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Trains the weights of an ONNX graph with DJL, from examples to logits: one stage of a training.
 * After each epoch it tells its state, from which it can go on with the same bits.
 */
public final class NetworkTrainer {

  /** DJL has one gradient collector a JVM and one random state. */
  private static final ReentrantLock DJL = new ReentrantLock();

  private static final int MEASURED_AT_ONCE = 64;

  /** A step of fewer multiplications is over before a second thread has woken up. */
  private static final long MULTIPLICATIONS_WORTH_THREADS = 1L << 24;

  private static final Set<String> HEAD_OPERATORS = Set.of("Gemm", "Relu", "Dropout");

  private final TrainingDevice device;
  private final Hyperparameters hyperparameters;
  private final long seed;
  private final Function<String, Treatment> treatments;

  /**
   * How a weight is treated.
   *
   * @param rate what the learning rate is multiplied by
   * @param decays whether weight decay pulls it to 0
   */
  public record Treatment(double rate, boolean decays) {
    public static final Treatment USUAL = new Treatment(1, true);
  }

  /**
   * @param seed of the order of examples and of dropout
   * @param treatments of the weights, by name
   */
  public NetworkTrainer(
      TrainingDevice device,
      Hyperparameters hyperparameters,
      long seed,
      Function<String, Treatment> treatments) {
    this.device = device;
    this.hyperparameters = hyperparameters;
    this.seed = seed;
    this.treatments = treatments;
  }

  /**
   * What training made.
   *
   * @param weights by the initializers' names: the last, or those of the best epoch
   */
  public record Result(Map<String, float[]> weights, List<EpochMetrics> epochs) {}

  /**
   * Trains.
   *
   * @param network from examples, {@code [N, ...]}, to logits, {@code [N, classes]}; its weights
   *     are where training starts
   * @param validation may have no examples; influences the weights only as {@link
   *     Hyperparameters#needsValidation} says
   * @param from where an earlier training of the same stage was stopped; null to begin
   * @param onEpoch told of the state after each epoch; must not keep its arrays
   * @throws CancellationException if the thread is interrupted, which it stays, or the process is
   *     ending
   * @throws TrainingException if the loss is no longer a number, or the data are not what the
   *     hyper-parameters ask for
   * @throws UncheckedIOException if an example cannot be read or an operation fails
   */
  public Result train(
      OnnxGraph network,
      Examples train,
      Examples validation,
      StageState from,
      Consumer<StageState> onEpoch)
      throws TrainingException {
    Task task =
        train.targets() instanceof SingleLabelTargets ? Task.SINGLE_LABEL : Task.MULTI_LABEL;
    hyperparameters.requireFor(task, validation.n());
    Shutdown.Work running = Shutdown.begin(Thread.currentThread()::interrupt);
    DJL.lock();
    try (NDManager manager = device.newManager()) {
      int threads = JniUtils.getNumThreads();
      JniUtils.setNumThreads(isSmall(network) ? 1 : threads);
      try {
        Run run = new Run(manager, network, train, validation);
        if (from != null) {
          run.restore(from);
        }
        while (!run.isDone()) {
          run.epoch();
          onEpoch.accept(run.state());
        }
        return run.result();
      } finally {
        JniUtils.setNumThreads(threads);
      }
    } finally {
      DJL.unlock();
      running.close();
    }
  }

  /** Whether a step takes little: of a head, which uses each weight once for each example. */
  private boolean isSmall(OnnxGraph network) {
    long weights = network.initializers().values().stream().mapToLong(Initializer::size).sum();
    return HEAD_OPERATORS.containsAll(network.nodes().stream().map(OnnxNode::opType).toList())
        && weights * hyperparameters.batchSize() < MULTIPLICATIONS_WORTH_THREADS;
  }

  /**
   * The logits of each example, without dropout.
   *
   * @throws DivergenceException if one is not a number
   */
  public static List<float[]> logits(TrainingDevice device, OnnxGraph network, Examples examples)
      throws DivergenceException {
    Shutdown.Work running = Shutdown.begin(Thread.currentThread()::interrupt);
    DJL.lock();
    try (NDManager manager = device.newManager()) {
      return logits(device, manager, initialized(manager, network, examples), examples);
    } finally {
      DJL.unlock();
      running.close();
    }
  }

  /** A training that is under way. */
  private final class Run {

    private final NDManager manager;
    private final OnnxBlock block;
    private final ParameterStore store;
    private final Examples train;
    private final Examples validation;
    private final ExampleOrder order;
    private final float[] classWeights;
    private final Updater updater = new Updater(hyperparameters.optimizer());
    private final List<EpochMetrics> epochs = new ArrayList<>();
    private Map<String, float[]> bestWeights;
    private double bestLoss = Double.POSITIVE_INFINITY;
    private int epochsSinceBest;
    private double reduction = 1;
    private int epochsOnPlateau;

    Run(NDManager manager, OnnxGraph network, Examples train, Examples validation) {
      this.manager = manager;
      this.block = initialized(manager, network, train);
      this.store = new ParameterStore(manager, false);
      this.train = train;
      this.validation = validation;
      this.order = new ExampleOrder(train.targets(), hyperparameters.balance(), seed);
      this.classWeights = classWeights(train.targets());
    }

    boolean isDone() {
      return epochs.size() >= hyperparameters.epochs()
          || (hyperparameters.patience() > 0 && epochsSinceBest >= hyperparameters.patience());
    }

    void epoch() throws DivergenceException {
      int epoch = epochs.size() + 1;
      // A seed of its own for each epoch: one that is resumed is as if it had not been stopped.
      Engine.getInstance().setRandomSeed((int) order.seed(epoch));
      SplitMetrics running = steps(epoch, order.of(epoch));
      SplitMetrics unseen =
          validation.n() == 0 ? null : measure(device, manager, block, validation);
      if (unseen != null) {
        follow(unseen.loss());
      }
      epochs.add(new EpochMetrics(epoch, running, unseen));
    }

    private SplitMetrics steps(int epoch, int[] order) throws DivergenceException {
      List<float[]> rows = new ArrayList<>(order.length);
      for (int from = 0; from < order.length; from += hyperparameters.batchSize()) {
        checkNotInterrupted();
        int to = Math.min(order.length, from + hyperparameters.batchSize());
        int[] examples = Arrays.copyOfRange(order, from, to);
        double done = epoch - 1 + (double) from / order.length;
        try (NDManager batch = manager.newSubManager()) {
          NDArray inputs = inputs(device, batch, train, examples, epoch);
          NDArray targets = targets(batch, examples);
          NDArray logits;
          float loss;
          try (GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
            logits = block.forward(store, new NDList(inputs), true).singletonOrThrow();
            NDArray losses = train.targets().loss(logits, targets);
            if (classWeights != null) {
              losses = losses.mul(batch.create(weights(examples)));
            }
            NDArray mean = losses.mean();
            gradients.backward(mean);
            loss = mean.getFloat();
          }
          requireNumber(loss, epoch);
          step(learningRate(done));
          addRows(rows, logits, train.targets().classes());
        }
      }
      return train.targets().summary(order, rows);
    }

    private void step(double learningRate) {
      double factor = 1;
      if (Float.isFinite(hyperparameters.clipNorm())) {
        double[] squares = {0};
        for (Pair<String, Parameter> weight : block.getDirectParameters()) {
          try (NDArray gradient = weight.getValue().getArray().getGradient()) {
            device.read(gradient, values -> squares[0] += Updater.sumOfSquares(values));
          }
        }
        factor = Math.min(1, hyperparameters.clipNorm() / Math.sqrt(squares[0]));
      }
      updater.beginStep();
      for (Pair<String, Parameter> weight : block.getDirectParameters()) {
        NDArray array = weight.getValue().getArray();
        try (NDArray gradient = array.getGradient()) {
          double scale = factor;
          device.read(
              gradient,
              gradients ->
                  device.change(
                      array,
                      weights -> update(weight.getKey(), weights, gradients, learningRate, scale)));
          device.clear(gradient); // or the next step's would be added to it
        }
      }
    }

    private void update(
        String name,
        FloatBuffer weights,
        FloatBuffer gradients,
        double learningRate,
        double factor) {
      Treatment treatment = treatments.apply(name);
      updater.update(
          name,
          weights,
          gradients,
          learningRate * treatment.rate(),
          treatment.decays() ? hyperparameters.weightDecay() : 0,
          factor);
    }

    private double learningRate(double done) {
      int warmup = hyperparameters.warmupEpochs();
      double rising = done < warmup ? (done + 1e-9) / warmup : 1;
      return hyperparameters.learningRate()
          * reduction
          * rising
          * hyperparameters.schedule().factor(done, hyperparameters.epochs());
    }

    /** Remembers the best epoch and slows down on a plateau. */
    private void follow(double loss) {
      boolean better = loss < bestLoss;
      epochsSinceBest = better ? 0 : epochsSinceBest + 1;
      epochsOnPlateau = better ? 0 : epochsOnPlateau + 1;
      if (better) {
        bestLoss = loss;
        if (hyperparameters.patience() > 0) {
          bestWeights = weights();
        }
      }
      if (hyperparameters.schedule() instanceof Schedule.Plateau plateau
          && epochsOnPlateau >= plateau.epochs()) {
        reduction *= plateau.factor();
        epochsOnPlateau = 0;
      }
    }

    private void requireNumber(double loss, int epoch) throws DivergenceException {
      if (!Double.isFinite(loss)) {
        throw new DivergenceException(
            "the loss became %s in epoch %d: use a lower learning rate than %s"
                .formatted(loss, epoch, hyperparameters.learningRate()));
      }
    }

    private NDArray targets(NDManager batch, int[] examples) {
      Targets targets = train.targets();
      int classes = targets.classes();
      float[] rows = new float[examples.length * classes];
      for (int i = 0; i < examples.length; i++) {
        targets.write(examples[i], hyperparameters.labelSmoothing(), rows, i * classes);
      }
      return batch.create(rows, new Shape(examples.length, classes));
    }

    private float[] weights(int[] examples) {
      float[] weights = new float[examples.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = classWeights[((SingleLabelTargets) train.targets()).labels()[examples[i]]];
      }
      return weights;
    }

    StageState state() {
      return new StageState(
          weights(),
          updater.state(),
          bestWeights,
          bestLoss,
          epochsSinceBest,
          reduction,
          epochsOnPlateau,
          epochs);
    }

    void restore(StageState state) {
      write(state.weights());
      updater.restore(state.updater());
      bestWeights = state.bestWeights();
      bestLoss = state.bestLoss();
      epochsSinceBest = state.epochsSinceBest();
      reduction = state.reduction();
      epochsOnPlateau = state.epochsOnPlateau();
      epochs.addAll(state.epochs());
    }

    private Map<String, float[]> weights() {
      Map<String, float[]> weights = new LinkedHashMap<>();
      for (Pair<String, Parameter> weight : block.getDirectParameters()) {
        device.read(
            weight.getValue().getArray(),
            memory -> {
              float[] values = new float[memory.remaining()];
              memory.get(values);
              weights.put(weight.getKey(), values);
            });
      }
      return weights;
    }

    private void write(Map<String, float[]> weights) {
      for (Pair<String, Parameter> weight : block.getDirectParameters()) {
        float[] values = weights.get(weight.getKey());
        NDArray array = weight.getValue().getArray();
        if (values == null || values.length != array.size()) {
          throw new IllegalArgumentException("the state is not one of " + weight.getKey());
        }
        device.change(array, memory -> memory.put(values));
      }
    }

    Result result() {
      return new Result(bestWeights == null ? weights() : bestWeights, epochs);
    }
  }

  private float[] classWeights(Targets targets) {
    if (hyperparameters.balance() != Balance.CLASS_WEIGHTS) {
      return null;
    }
    int[] counts = targets.counts();
    float[] weights = new float[counts.length];
    for (int c = 0; c < weights.length; c++) {
      weights[c] = (float) targets.n() / (counts.length * counts[c]);
    }
    return weights;
  }

  private static OnnxBlock initialized(NDManager manager, OnnxGraph network, Examples examples) {
    OnnxBlock block = new OnnxBlock(network);
    block.initialize(manager, DataType.FLOAT32, batchOf(1, examples));
    return block;
  }

  private static SplitMetrics measure(
      TrainingDevice device, NDManager manager, OnnxBlock block, Examples examples)
      throws DivergenceException {
    return examples
        .targets()
        .summary(
            IntStream.range(0, examples.n()).toArray(), logits(device, manager, block, examples));
  }

  private static List<float[]> logits(
      TrainingDevice device, NDManager manager, OnnxBlock block, Examples examples)
      throws DivergenceException {
    List<float[]> rows = new ArrayList<>(examples.n());
    for (int from = 0; from < examples.n(); from += MEASURED_AT_ONCE) {
      checkNotInterrupted();
      int to = Math.min(examples.n(), from + MEASURED_AT_ONCE);
      int[] some = IntStream.range(from, to).toArray();
      try (NDManager batch = manager.newSubManager()) {
        NDList inputs = new NDList(inputs(device, batch, examples, some, 0));
        NDList outputs = block.forward(new ParameterStore(batch, false), inputs, false);
        addRows(rows, outputs.singletonOrThrow(), examples.targets().classes());
      }
    }
    for (float[] row : rows) {
      for (float logit : row) {
        if (!Float.isFinite(logit)) {
          throw new DivergenceException(
              "the network gives %s: use a lower learning rate".formatted(logit));
        }
      }
    }
    return rows;
  }

  private static void addRows(List<float[]> rows, NDArray logits, int classes) {
    float[] values = logits.toFloatArray();
    for (int at = 0; at < values.length; at += classes) {
      rows.add(Arrays.copyOfRange(values, at, at + classes));
    }
  }

  private static NDArray inputs(
      TrainingDevice device, NDManager manager, Examples examples, int[] some, int epoch) {
    return device.create(
        manager, batchOf(some.length, examples), memory -> examples.copy(some, epoch, memory));
  }

  private static Shape batchOf(int n, Examples examples) {
    long[] shape = new long[examples.shape().length + 1];
    shape[0] = n;
    System.arraycopy(examples.shape(), 0, shape, 1, examples.shape().length);
    return new Shape(shape);
  }

  private static void checkNotInterrupted() {
    Shutdown.requireNotBegun();
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("training was stopped");
    }
  }
}

package dev.graft.train;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import dev.graft.model.SplitMetrics;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** Trains a head on features with DJL. */
final class HeadTrainer {

  /** DJL has one gradient collector a JVM and one random state. */
  private static final ReentrantLock DJL = new ReentrantLock();

  private final Head head;
  private final Hyperparameters hyperparameters;
  private final long seed;

  HeadTrainer(Head head, Hyperparameters hyperparameters, long seed) {
    this.head = head;
    this.hyperparameters = hyperparameters;
    this.seed = seed;
  }

  /**
   * What training made.
   *
   * @param layers the head's dense layers, from the features on
   * @param train the trained head on the training photos, without dropout
   * @param validation the same on the validation photos; null where there are none
   */
  record Result(
      List<DenseLayer> layers,
      SplitMetrics train,
      SplitMetrics validation,
      List<EpochMetrics> epochs) {}

  /**
   * Trains.
   *
   * @param validation may have no rows; never influences the weights
   * @throws CancellationException if the thread is interrupted
   * @throws TrainingException if the loss is no longer a number
   */
  Result train(Features train, Features validation, int classes, Consumer<EpochMetrics> onEpoch) {
    DJL.lock();
    try (Model model = Model.newInstance("head", Device.cpu())) {
      Engine.getInstance().setRandomSeed((int) seed);
      HeadBlock block = new HeadBlock(head, classes);
      model.setBlock(block.block());
      Loss loss = Loss.softmaxCrossEntropyLoss();
      int inputs = train.rows()[0].length;
      try (Trainer trainer =
          model.newTrainer(
              new DefaultTrainingConfig(loss).optDevices(new Device[] {Device.cpu()}))) {
        trainer.initialize(new Shape(1, inputs));
        block.randomize(seed);
        List<EpochMetrics> epochs = new ArrayList<>();
        Random order = new Random(seed);
        FusedAdam adam = new FusedAdam(hyperparameters);
        for (int epoch = 1; epoch <= hyperparameters.epochs(); epoch++) {
          SplitMetrics running = epoch(trainer, adam, loss, train, order, epoch);
          SplitMetrics unseen =
              validation.n() == 0 ? null : measure(trainer.getManager(), block, validation);
          EpochMetrics metrics = new EpochMetrics(epoch, running, unseen);
          epochs.add(metrics);
          onEpoch.accept(metrics);
        }
        return new Result(
            block.read(),
            measure(trainer.getManager(), block, train),
            validation.n() == 0 ? null : epochs.get(epochs.size() - 1).validation(),
            epochs);
      }
    } finally {
      DJL.unlock();
    }
  }

  private SplitMetrics epoch(
      Trainer trainer, FusedAdam adam, Loss loss, Features train, Random order, int epoch) {
    int[] shuffled = shuffled(train.n(), order);
    double lossSum = 0;
    int correct = 0;
    for (int from = 0; from < train.n(); from += hyperparameters.batchSize()) {
      checkNotInterrupted();
      int to = Math.min(train.n(), from + hyperparameters.batchSize());
      try (NDManager batch = trainer.getManager().newSubManager()) {
        NDArray features = features(batch, train, shuffled, from, to);
        int[] labels = labels(train, shuffled, from, to);
        NDArray truth = batch.create(labels);
        NDArray logits;
        float batchLoss;
        try (GradientCollector gradients = trainer.newGradientCollector()) {
          logits = trainer.forward(new NDList(features)).singletonOrThrow();
          NDArray value = loss.evaluate(new NDList(truth), new NDList(logits));
          gradients.backward(value);
          batchLoss = value.getFloat();
        }
        if (!Float.isFinite(batchLoss)) {
          throw new TrainingException(
              "the loss became %s in epoch %d: use a lower learning rate than %s"
                  .formatted(batchLoss, epoch, hyperparameters.learningRate()));
        }
        adam.step(trainer.getModel().getBlock().getParameters());
        lossSum += (double) batchLoss * (to - from);
        correct += countCorrect(logits.toFloatArray(), labels);
      }
    }
    return new SplitMetrics(train.n(), lossSum / train.n(), (double) correct / train.n());
  }

  /** Loss and accuracy of a trained head, without dropout. */
  static SplitMetrics measure(Head head, List<DenseLayer> layers, int classes, Features features) {
    DJL.lock();
    try (NDManager manager = HeadBlock.newManager()) {
      HeadBlock block = new HeadBlock(head, classes);
      block.initialize(manager, layers.get(0).inputs());
      block.write(layers);
      return measure(manager, block, features);
    } finally {
      DJL.unlock();
    }
  }

  private static SplitMetrics measure(NDManager manager, HeadBlock block, Features features) {
    double lossSum = 0;
    int correct = 0;
    int step = 64;
    int[] order = identity(features.n());
    for (int from = 0; from < features.n(); from += step) {
      checkNotInterrupted();
      int to = Math.min(features.n(), from + step);
      try (NDManager batch = manager.newSubManager()) {
        NDArray logits =
            block
                .block()
                .forward(
                    new ParameterStore(batch, false),
                    new NDList(features(batch, features, order, from, to)),
                    false)
                .singletonOrThrow();
        float[] values = logits.toFloatArray();
        int[] labels = labels(features, order, from, to);
        correct += countCorrect(values, labels);
        lossSum += crossEntropy(values, labels);
      }
    }
    return new SplitMetrics(features.n(), lossSum / features.n(), (double) correct / features.n());
  }

  private static NDArray features(
      NDManager manager, Features features, int[] order, int from, int to) {
    int length = features.rows()[0].length;
    // Filled in place: a direct buffer would stay until the garbage collector finds it.
    NDArray batch = manager.create(new Shape(to - from, length));
    FloatBuffer rows = HeadBlock.memory(batch);
    for (int i = from; i < to; i++) {
      rows.put(features.rows()[order[i]]);
    }
    return batch;
  }

  private static int[] labels(Features features, int[] order, int from, int to) {
    int[] labels = new int[to - from];
    for (int i = from; i < to; i++) {
      labels[i - from] = features.labels()[order[i]];
    }
    return labels;
  }

  private static int countCorrect(float[] logits, int[] labels) {
    int classes = logits.length / labels.length;
    int correct = 0;
    for (int i = 0; i < labels.length; i++) {
      int best = 0;
      for (int c = 1; c < classes; c++) {
        if (logits[i * classes + c] > logits[i * classes + best]) {
          best = c;
        }
      }
      correct += best == labels[i] ? 1 : 0;
    }
    return correct;
  }

  /** Sum over the rows of -ln softmax(logits)[label]. */
  private static double crossEntropy(float[] logits, int[] labels) {
    int classes = logits.length / labels.length;
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        max = Math.max(max, logits[i * classes + c]);
      }
      double exponentials = 0;
      for (int c = 0; c < classes; c++) {
        exponentials += Math.exp(logits[i * classes + c] - max);
      }
      sum += max + Math.log(exponentials) - logits[i * classes + labels[i]];
    }
    return sum;
  }

  private static int[] identity(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    return order;
  }

  /** Fisher and Yates' shuffle. */
  private static int[] shuffled(int n, Random random) {
    int[] order = identity(n);
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return order;
  }

  private static void checkNotInterrupted() {
    if (Thread.interrupted()) {
      throw new CancellationException("training was stopped");
    }
  }
}

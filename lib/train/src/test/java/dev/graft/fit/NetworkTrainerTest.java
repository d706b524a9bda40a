package dev.graft.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import dev.graft.djl.HostAccess;
import dev.graft.djl.TrainingDevice;
import dev.graft.fit.NetworkTrainer.Treatment;
import dev.graft.model.SplitMetrics;
import dev.graft.onnx.OnnxGraph;
import dev.graft.optimize.Schedule;
import dev.graft.recipe.Balance;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import dev.graft.recipe.TrainingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTrainerTest {

  private static final int CLASSES = 3;
  private static final int INPUTS = 20;
  @TempDir private Path folder;

  private static final Hyperparameters QUICK = Hyperparameters.of(30, 16, 1e-2f);

  @Test
  void learnsClassesThatOnlyAHiddenLayerCanTellApart() throws TrainingException {
    NetworkTrainer.Result dense = train(Head.flattenDense(32, 0.2f), 42, 200, 100);
    NetworkTrainer.Result linear = train(Head.linear(), 42, 200, 100);
    assertTrue(last(dense).accuracy() > 0.9, last(dense).toString());
    assertTrue(last(linear).accuracy() < 0.8, last(linear).toString());
  }

  @Test
  void reportsWhatTheReturnedWeightsDoWithoutDropout() throws TrainingException {
    NetworkTrainer.Result result = train(Head.flattenDense(32, 0.5f), 42, 200, 50);
    double[] lossAndAccuracy = inJava(result.weights(), rings(50, 2));
    assertEquals(lossAndAccuracy[0], last(result).loss(), 1e-5);
    assertEquals(lossAndAccuracy[1], last(result).accuracy(), 1e-9);
    assertEquals(QUICK.epochs(), result.epochs().size());
  }

  @Test
  void givesTheSameBitsForTheSameSeedAndOthersForAnother() throws TrainingException {
    Head head = Head.flattenDense(16, 0.5f);
    Map<String, float[]> first = train(head, 7, 60, 10).weights();
    Map<String, float[]> again = train(head, 7, 60, 10).weights();
    Map<String, float[]> other = train(head, 8, 60, 10).weights();
    assertEquals(4, first.size());
    first.forEach(
        (name, values) -> {
          assertArrayEquals(values, again.get(name), name);
          assertFalse(Arrays.equals(values, other.get(name)), name);
        });
  }

  @Test
  void neverLetsValidationPhotosInfluenceTheWeights() throws TrainingException {
    Head head = Head.flattenDense(16, 0.5f);
    Map<String, float[]> with = train(head, 7, 60, 40).weights();
    Map<String, float[]> without = train(head, 7, 60, 0).weights();
    with.forEach((name, values) -> assertArrayEquals(values, without.get(name), name));
  }

  /** Every stop, with everything that has a state: moments, best weights, plateaus, dropout. */
  @Test
  void goesOnFromAnyEpochAsIfItHadNotBeenStopped() throws IOException {
    Hyperparameters all =
        QUICK
            .withEpochs(6)
            .withSchedule(new Schedule.Plateau(1, 0.5f))
            .withWarmupEpochs(1)
            .withLabelSmoothing(0.1f)
            .withClipNorm(0.5f)
            .withPatience(5);
    List<Checkpoint> checkpoints = new ArrayList<>();
    NetworkTrainer.Result whole =
        train(
            all,
            null,
            state -> {
              Checkpoint checkpoint =
                  Checkpoint.in(folder.resolve("epoch" + state.epoch()), Map.of("seed", "3"));
              checkpoints.add(checkpoint);
              save(checkpoint, state);
            });
    assertEquals(6, checkpoints.size());
    for (Checkpoint checkpoint : checkpoints) {
      NetworkTrainer.Result rest = train(all, checkpoint.load().state(), state -> {});
      assertEquals(whole.epochs(), rest.epochs());
      whole
          .weights()
          .forEach((name, values) -> assertArrayEquals(values, rest.weights().get(name), name));
    }
  }

  private static void save(Checkpoint checkpoint, StageState state) {
    try {
      checkpoint.save(new Checkpoint.Saved(0, List.of(), state));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Checkpoint.Saved load(Checkpoint checkpoint) {
    try {
      return checkpoint.load();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * By copy as on a GPU, whose memory Java cannot reach; in the thread that has loaded the engine
   * and in one that has not, as that of {@code graft train}.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesTheSameBitsWhereJavaWorksOnCopies(boolean otherThread) throws Exception {
    Engine.getInstance();
    FutureTask<Void> check = new FutureTask<>(this::compareWithCopies);
    if (otherThread) {
      Thread thread = new Thread(check);
      thread.start();
      thread.join();
    } else {
      check.run();
    }
    check.get();
  }

  private Void compareWithCopies() throws TrainingException {
    TrainingDevice copies = new TrainingDevice(Device.cpu(), HostAccess.BY_COPY, Optional.empty());
    Hyperparameters all = QUICK.withEpochs(4).withClipNorm(0.5f).withPatience(3);
    Checkpoint second = Checkpoint.in(folder.resolve("epoch2"), Map.of("seed", "3"));
    NetworkTrainer.Result direct =
        train(
            all,
            null,
            state -> {
              if (state.epoch() == 2) {
                save(second, state);
              }
            });
    NetworkTrainer.Result copied = train(copies, all, null, state -> {});
    NetworkTrainer.Result resumed = train(copies, all, load(second).state(), state -> {});
    for (NetworkTrainer.Result result : List.of(copied, resumed)) {
      assertEquals(direct.epochs(), result.epochs());
      direct
          .weights()
          .forEach((name, values) -> assertArrayEquals(values, result.weights().get(name), name));
    }
    OnnxGraph trained =
        untrained(Head.flattenDense(16, 0.5f), 3).withInitializers(direct.weights());
    List<float[]> expected = NetworkTrainer.logits(TrainingDevice.CPU, trained, rings(40, 2));
    List<float[]> found = NetworkTrainer.logits(copies, trained, rings(40, 2));
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i));
    }
    return null;
  }

  /** Waking a second thread for a step of microseconds costs more than the step. */
  @Test
  void computesASmallHeadInOneThreadAndLeavesPyTorchAsItWas() throws TrainingException {
    Engine.getInstance();
    int before = JniUtils.getNumThreads();
    try {
      JniUtils.setNumThreads(3);
      List<Integer> threads = new ArrayList<>();
      train(QUICK.withEpochs(2), null, state -> threads.add(JniUtils.getNumThreads()));
      assertEquals(List.of(1, 1), threads);
      assertEquals(3, JniUtils.getNumThreads());
      threads.clear();
      train(
          QUICK.withEpochs(1).withBatchSize(100_000),
          null,
          state -> threads.add(JniUtils.getNumThreads()));
      assertEquals(List.of(3), threads);
    } finally {
      JniUtils.setNumThreads(before);
    }
  }

  private static NetworkTrainer.Result train(
      Hyperparameters hyperparameters, StageState from, Consumer<StageState> onEpoch)
      throws TrainingException {
    return train(TrainingDevice.CPU, hyperparameters, from, onEpoch);
  }

  private static NetworkTrainer.Result train(
      TrainingDevice device,
      Hyperparameters hyperparameters,
      StageState from,
      Consumer<StageState> onEpoch)
      throws TrainingException {
    return new NetworkTrainer(device, hyperparameters, 3, name -> Treatment.USUAL)
        .train(
            untrained(Head.flattenDense(16, 0.5f), 3), rings(60, 1), rings(40, 2), from, onEpoch);
  }

  @Test
  void stopsEarlyWithTheWeightsOfTheBestEpoch() throws TrainingException {
    Hyperparameters early = QUICK.withEpochs(200).withLearningRate(0.1f).withPatience(3);
    List<StageState> states = new ArrayList<>();
    NetworkTrainer.Result result = train(early, null, states::add);
    int epochs = result.epochs().size();
    assertTrue(epochs < 200, epochs + " epochs");
    double best =
        result.epochs().stream().mapToDouble(e -> e.validation().loss()).min().getAsDouble();
    assertEquals(best, result.epochs().get(epochs - 4).validation().loss());
    OnnxGraph network = untrained(Head.flattenDense(16, 0.5f), 3);
    assertEquals(best, measure(network.withInitializers(result.weights()), rings(40, 2)).loss());
    states
        .get(epochs - 4)
        .weights()
        .forEach((name, values) -> assertArrayEquals(values, result.weights().get(name), name));
  }

  @Test
  void wantsValidationPhotosWhereTheyDecide() {
    TrainingException e =
        assertThrows(
            TrainingException.class,
            () ->
                new NetworkTrainer(
                        TrainingDevice.CPU, QUICK.withPatience(2), 1, name -> Treatment.USUAL)
                    .train(untrained(Head.linear(), 1), rings(60, 1), rings(0, 2), null, s -> {}));
    assertTrue(e.getMessage().contains("there are none"), e.getMessage());
  }

  @Test
  void leavesAWeightOfRateZeroAsItIs() throws TrainingException {
    OnnxGraph network = untrained(Head.flattenDense(16, 0), 5);
    NetworkTrainer.Result result =
        new NetworkTrainer(
                TrainingDevice.CPU,
                QUICK,
                1,
                name -> new Treatment(name.startsWith("dense1") ? 0 : 1, false))
            .train(network, rings(60, 1), rings(0, 2), null, s -> {});
    String kept = "dense1.weight";
    assertArrayEquals(network.initializers().get(kept).floats(), result.weights().get(kept));
    String moved = "logits.weight";
    assertFalse(
        Arrays.equals(network.initializers().get(moved).floats(), result.weights().get(moved)));
  }

  /** Of 90 photos 80 show class 0: without help the others are hardly learnt in a few epochs. */
  @ParameterizedTest
  @EnumSource(value = Balance.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void helpsSmallClasses(Balance balance) throws TrainingException {
    FrozenFeatures skewed = skewed();
    Hyperparameters few = QUICK.withEpochs(4).withLearningRate(3e-3f);
    double without = recallOfSmallClasses(few, skewed);
    double with = recallOfSmallClasses(few.withBalance(balance), skewed);
    assertTrue(with >= without + 0.2, with + " after " + without);
  }

  private static double recallOfSmallClasses(Hyperparameters hyperparameters, FrozenFeatures skewed)
      throws TrainingException {
    OnnxGraph network = untrained(Head.flattenDense(32, 0), 5);
    Map<String, float[]> weights =
        new NetworkTrainer(TrainingDevice.CPU, hyperparameters, 1, name -> Treatment.USUAL)
            .train(network, skewed, rings(0, 2), null, s -> {})
            .weights();
    int[] labels = ((SingleLabelTargets) skewed.targets()).labels();
    int[] small = IntStream.range(0, labels.length).filter(i -> labels[i] > 0).toArray();
    float[][] rows = new float[small.length][];
    int[] smallLabels = new int[small.length];
    for (int i = 0; i < small.length; i++) {
      rows[i] = skewed.rows()[small[i]];
      smallLabels[i] = labels[small[i]];
    }
    FrozenFeatures some = FrozenFeatures.of(rows, new SingleLabelTargets(smallLabels, CLASSES));
    return measure(network.withInitializers(weights), some).accuracy();
  }

  private static FrozenFeatures skewed() {
    FrozenFeatures even = rings(240, 4);
    int[] labels = ((SingleLabelTargets) even.targets()).labels();
    int[] kept = IntStream.range(0, 240).filter(i -> labels[i] == 0 || i < 15).toArray();
    float[][] rows = new float[kept.length][];
    int[] keptLabels = new int[kept.length];
    for (int i = 0; i < kept.length; i++) {
      rows[i] = even.rows()[kept[i]];
      keptLabels[i] = labels[kept[i]];
    }
    return FrozenFeatures.of(rows, new SingleLabelTargets(keptLabels, CLASSES));
  }

  @Test
  void saysSoWhenTheLossIsNoLongerANumber() {
    Hyperparameters wild = QUICK.withEpochs(20).withLearningRate(1e38f);
    TrainingException e =
        assertThrows(
            TrainingException.class,
            () ->
                new NetworkTrainer(TrainingDevice.CPU, wild, 1, name -> Treatment.USUAL)
                    .train(untrained(Head.linear(), 1), rings(60, 1), rings(0, 2), null, s -> {}));
    assertTrue(
        e.getMessage()
            .matches(
                "the loss became (NaN|Infinity) in epoch \\d+: use a lower"
                    + " learning rate than 1.0E38"),
        e.getMessage());
  }

  @Test
  void stopsBetweenBatchesWhenItIsInterrupted() throws TrainingException {
    NetworkTrainer trainer =
        new NetworkTrainer(TrainingDevice.CPU, QUICK, 1, name -> Treatment.USUAL);
    assertThrows(
        CancellationException.class,
        () ->
            trainer.train(
                untrained(Head.linear(), 1),
                rings(60, 1),
                rings(0, 2),
                null,
                state -> Thread.currentThread().interrupt()));
    assertTrue(Thread.interrupted(), "the interrupt stays");
    train(Head.linear(), 1, 60, 0); // DJL is free for the next
  }

  /** On the validation examples, after the last epoch. */
  private static SplitMetrics last(NetworkTrainer.Result result) {
    return result.epochs().get(result.epochs().size() - 1).validation();
  }

  private static SplitMetrics measure(OnnxGraph network, FrozenFeatures examples)
      throws TrainingException {
    return examples
        .targets()
        .summary(
            IntStream.range(0, examples.n()).toArray(),
            NetworkTrainer.logits(TrainingDevice.CPU, network, examples));
  }

  private static OnnxGraph untrained(Head head, long seed) {
    return HeadGraph.untrained(head, 17, INPUTS, INPUTS, CLASSES, seed);
  }

  private static NetworkTrainer.Result train(Head head, long seed, int train, int validation)
      throws TrainingException {
    return new NetworkTrainer(TrainingDevice.CPU, QUICK, seed, name -> Treatment.USUAL)
        .train(untrained(head, seed), rings(train, 1), rings(validation, 2), null, state -> {});
  }

  /** Class by distance from the origin: no linear function tells them apart. */
  private static FrozenFeatures rings(int n, long seed) {
    Random random = new Random(seed);
    float[][] rows = new float[n][INPUTS];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % CLASSES;
      double angle = random.nextDouble() * 2 * Math.PI;
      double radius = 1.5 * labels[i] + 0.3 * random.nextDouble();
      for (int j = 0; j < INPUTS; j++) {
        rows[i][j] = (float) (radius * Math.cos(angle + j * Math.PI / 2));
      }
    }
    return FrozenFeatures.of(rows, new SingleLabelTargets(labels, CLASSES));
  }

  /** Loss and accuracy of Dense(relu), Dense, computed here. */
  private static double[] inJava(Map<String, float[]> weights, FrozenFeatures features) {
    double loss = 0;
    int correct = 0;
    for (int i = 0; i < features.n(); i++) {
      double[] values = new double[INPUTS];
      for (int j = 0; j < INPUTS; j++) {
        values[j] = features.rows()[i][j];
      }
      values = apply(weights, "dense1", values, true);
      values = apply(weights, "logits", values, false);
      double sum = Arrays.stream(values).map(Math::exp).sum();
      int label = ((SingleLabelTargets) features.targets()).labels()[i];
      loss -= Math.log(Math.exp(values[label]) / sum);
      double max = Arrays.stream(values).max().getAsDouble();
      correct += values[label] == max ? 1 : 0;
    }
    return new double[] {loss / features.n(), (double) correct / features.n()};
  }

  private static double[] apply(
      Map<String, float[]> weights, String layer, double[] inputs, boolean relu) {
    float[] bias = weights.get(layer + ".bias");
    float[] weight = weights.get(layer + ".weight");
    double[] outputs = new double[bias.length];
    for (int o = 0; o < outputs.length; o++) {
      outputs[o] = bias[o];
      for (int j = 0; j < inputs.length; j++) {
        outputs[o] += weight[o * inputs.length + j] * inputs[j];
      }
      outputs[o] = relu ? Math.max(0, outputs[o]) : outputs[o];
    }
    return outputs;
  }
}

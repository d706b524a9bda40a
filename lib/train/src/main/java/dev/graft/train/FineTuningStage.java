package dev.graft.train;

import dev.graft.data.LabeledPhoto;
import dev.graft.features.Variants;
import dev.graft.fit.Checkpoint;
import dev.graft.fit.Examples;
import dev.graft.fit.HeadGraph;
import dev.graft.fit.ModelGraph;
import dev.graft.fit.NetworkTrainer;
import dev.graft.fit.NetworkTrainer.Treatment;
import dev.graft.onnx.OnnxGraph;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Hyperparameters;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The second stage: layers of the backbone learn on together with the head. */
record FineTuningStage(NetworkPlan plan, Workbench bench) {

  /** Its number in a checkpoint. */
  static final int NUMBER = 1;

  /**
   * Trains.
   *
   * @param saved where to go on; null to begin
   * @param before what the head's stage has come to; null where there was none, or it is not needed
   *     any more
   */
  Outcome train(
      List<LabeledPhoto> training,
      List<LabeledPhoto> validation,
      Checkpoint checkpoint,
      Checkpoint.Saved saved,
      Outcome before)
      throws IOException {
    boolean pretrained = plan.backbone().isPretrained();
    Level level = Level.belowTrainedLayers(plan, bench);
    PhotosAtLevel photos = new PhotosAtLevel(plan, level, bench);
    OnnxGraph above = level.above();
    OnnxGraph head =
        HeadGraph.untrained(
            plan.head(),
            above.opset(),
            plan.inputs(),
            plan.inputs(),
            plan.classes().size(),
            plan.seed());
    if (before != null) {
      head = head.withInitializers(weights(before.network().trained()));
    }
    OnnxGraph network =
        above.then(ModelGraph.vector(plan.backbone(), plan.head(), above.opset())).then(head);

    Examples train;
    Examples unseen;
    if (level.frozen() != null && plan.augmentation().isNone()) {
      PhotosAtLevel.Split split = photos.features(training, Variants.one(), validation);
      train = split.train();
      unseen = split.validation();
    } else {
      train = photos.drawn(training, plan.augmentation());
      unseen = photos.unchanged(validation);
    }
    photos.requireEveryClass(train);
    Hyperparameters chosen = plan.hyperparameters();
    Function<String, Treatment> treatments = name -> Treatment.USUAL;
    if (pretrained) {
      FineTuning fineTuning = plan.fineTuning();
      int epochs = fineTuning.epochs();
      double rate = (double) fineTuning.learningRate() / chosen.learningRate();
      Set<String> backbone = above.initializers().keySet();
      chosen =
          chosen.withWarmupEpochs(Math.min(chosen.warmupEpochs(), epochs - 1)).withEpochs(epochs);
      // Decay pulls to 0: good weights of a backbone are not there.
      treatments = name -> backbone.contains(name) ? new Treatment(rate, false) : Treatment.USUAL;
    }
    long start = System.nanoTime();
    List<EpochMetrics> earlier =
        saved != null ? saved.earlier() : before == null ? List.of() : before.epochs();
    if (saved != null) {
      checkpoint.requireFits(saved.state(), network);
    }
    NetworkTrainer.Result result =
        new NetworkTrainer(bench.trainingDevice(), chosen, plan.seed() + NUMBER, treatments)
            .train(
                network,
                train,
                unseen,
                saved == null ? null : saved.state(),
                bench.listener(NUMBER, earlier, chosen.epochs(), checkpoint));
    bench.addFineTuning(start);
    return Outcome.of(
        photos,
        network.withInitializers(result.weights()).without("Dropout"),
        train,
        unseen,
        Workbench.continued(earlier, result.epochs()),
        earlier.size());
  }

  /** The float weights of a graph, all of them. */
  private static Map<String, float[]> weights(OnnxGraph graph) {
    Map<String, float[]> weights = new HashMap<>();
    graph.initializers().forEach((name, values) -> weights.put(name, values.floats()));
    return weights;
  }
}

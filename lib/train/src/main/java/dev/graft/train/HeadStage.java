package dev.graft.train;

import dev.graft.data.LabeledPhoto;
import dev.graft.fit.Checkpoint;
import dev.graft.fit.FrozenFeatures;
import dev.graft.fit.HeadGraph;
import dev.graft.fit.NetworkTrainer;
import dev.graft.fit.NetworkTrainer.Treatment;
import dev.graft.fit.SpanBasis;
import dev.graft.model.QuantizationInfo;
import dev.graft.onnx.OnnxGraph;
import dev.graft.qdq.HalfPrecision;
import dev.graft.qdq.Quantizer;
import dev.graft.recipe.Head;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The first stage: a head learns from the features of a backbone that stays as it is. */
record HeadStage(NetworkPlan plan, Workbench bench) {

  /** Its number in a checkpoint. */
  static final int NUMBER = 0;

  /**
   * Trains.
   *
   * @param saved where to go on; null to begin
   */
  Outcome train(
      List<LabeledPhoto> training,
      List<LabeledPhoto> validation,
      Checkpoint checkpoint,
      Checkpoint.Saved saved)
      throws IOException {
    Level level = Level.belowHead(plan, bench);
    PhotosAtLevel photos = new PhotosAtLevel(plan, level, bench);
    PhotosAtLevel.Split split = photos.features(training, plan.trainingVariants(), validation);
    FrozenFeatures train = split.train();
    FrozenFeatures unseen = split.validation();
    photos.requireEveryClass(train);
    long start = System.nanoTime();
    bench.awaitEngine();
    int inputs = level.length();
    int classes = plan.classes().size();
    SpanBasis basis = basis(train, unseen);
    OnnxGraph untrained =
        HeadGraph.untrained(
            plan.head(),
            level.frozen().opset(),
            basis == null ? inputs : basis.rank(),
            inputs,
            classes,
            plan.seed());
    if (saved != null) {
      checkpoint.requireFits(saved.state(), untrained);
    }
    NetworkTrainer.Result result =
        new NetworkTrainer(
                bench.trainingDevice(),
                plan.hyperparameters(),
                plan.seed(),
                name -> Treatment.USUAL)
            .train(
                untrained,
                project(basis, train),
                project(basis, unseen),
                saved == null ? null : saved.state(),
                bench.listener(NUMBER, List.of(), plan.hyperparameters().epochs(), checkpoint));
    Map<String, float[]> weights = new HashMap<>(result.weights());
    if (basis != null) {
      weights.computeIfPresent(
          HeadGraph.firstWeight(plan.head()),
          (name, values) -> basis.expand(values, values.length / basis.rank()));
    }
    weights.replaceAll(this::rounded);
    OnnxGraph trained =
        HeadGraph.of(plan.head(), level.frozen().opset(), inputs, classes, weights)
            .without("Dropout");
    Outcome outcome =
        Outcome.of(photos, trained, train, unseen, result.epochs(), result.epochs().size());
    bench.addHead(start);
    return outcome;
  }

  /** Weights as they will be stored, so that what is measured is what is served. */
  private float[] rounded(String name, float[] values) {
    QuantizationInfo stored = plan.backbone().quantization().orElse(null);
    if (stored == null) {
      return values;
    }
    if (stored.precision().equals(QuantizationInfo.FP16)) {
      return HalfPrecision.rounded(values);
    }
    return plan.head() instanceof Head.FlattenDense head
            && name.equals(HeadGraph.firstWeight(plan.head()))
        ? Quantizer.rounded(values, head.hidden(), stored.reduceRange())
        : values;
  }

  /** Where photos are fewer than numbers in a vector, their span has all that can be learnt. */
  private SpanBasis basis(FrozenFeatures train, FrozenFeatures unseen) {
    return plan.isInSpan(train.rows().length, train.n(), unseen.n())
        ? SpanBasis.of(train.rows(), SpanBasis.LARGEST)
        : null;
  }

  private static FrozenFeatures project(SpanBasis basis, FrozenFeatures features) {
    return basis == null || features.n() == 0
        ? features
        : features.withRows(basis.project(features.rows()));
  }
}

package dev.graft.train;

import dev.graft.backbone.Backbone;
import dev.graft.data.LabeledPhoto;
import dev.graft.evaluate.Thresholds;
import dev.graft.fit.Examples;
import dev.graft.fit.MultiLabelTargets;
import dev.graft.fit.NetworkTrainer;
import dev.graft.fit.Targets;
import dev.graft.fit.TrainedNetwork;
import dev.graft.model.SplitMetrics;
import dev.graft.onnx.OnnxGraph;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.TrainingException;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A network that has learnt, and how good it is.
 *
 * @param photos how photos come to what has learnt
 * @param validation null where there are no such photos
 * @param thresholds of a multi-label network, one for each class; else empty
 * @param headEpochs how many of the epochs, the first ones, the head alone learnt in
 */
record Outcome(
    PhotosAtLevel photos,
    TrainedNetwork network,
    SplitMetrics train,
    SplitMetrics validation,
    List<Double> thresholds,
    List<EpochMetrics> epochs,
    int headEpochs) {

  /** Measures what was trained, as it will be exported. */
  static Outcome of(
      PhotosAtLevel photos,
      OnnxGraph trained,
      Examples train,
      Examples unseen,
      List<EpochMetrics> epochs,
      int headEpochs)
      throws TrainingException {
    List<float[]> logits = unseen.n() == 0 ? null : logits(photos, trained, unseen);
    List<Double> thresholds = thresholds(unseen.targets(), logits);
    return new Outcome(
        photos,
        new TrainedNetwork(photos.level().frozen(), trained),
        summary(train.targets(), logits(photos, trained, train), thresholds),
        logits == null ? null : summary(unseen.targets(), logits, thresholds),
        thresholds,
        epochs,
        headEpochs);
  }

  /** The backbone in the precision that it was learnt with. */
  Backbone backbone() {
    return photos.plan().backbone();
  }

  /** How good it is on other photos. */
  SplitMetrics measure(List<LabeledPhoto> others) throws IOException {
    Examples examples = photos.unchanged(others);
    return summary(examples.targets(), logits(photos, network.trained(), examples), thresholds);
  }

  private static List<float[]> logits(PhotosAtLevel photos, OnnxGraph trained, Examples examples)
      throws TrainingException {
    return NetworkTrainer.logits(photos.bench().trainingDevice(), trained, examples);
  }

  /** Chosen on photos that the network has not learnt from; 0.5 where there are none. */
  private static List<Double> thresholds(Targets targets, List<float[]> logits) {
    if (!(targets instanceof MultiLabelTargets labels)) {
      return List.of();
    }
    return logits == null
        ? labels.thresholds()
        : Thresholds.maximizingF1OfLogits(labels.truth(), logits);
  }

  private static SplitMetrics summary(
      Targets targets, List<float[]> logits, List<Double> thresholds) {
    Targets judged =
        targets instanceof MultiLabelTargets labels ? labels.withThresholds(thresholds) : targets;
    return judged.summary(IntStream.range(0, targets.n()).toArray(), logits);
  }
}

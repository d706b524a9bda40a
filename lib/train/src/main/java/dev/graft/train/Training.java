package dev.graft.train;

import dev.graft.backbone.Backbone;
import dev.graft.data.LabeledPhoto;
import dev.graft.features.QuantizedBackbones;
import dev.graft.fit.Checkpoint;
import java.io.IOException;
import java.util.List;

/**
 * Carries out a {@link NetworkPlan}, for the whole data or for each fold of it: first the head on
 * the backbone's features, then the layers above a seam.
 *
 * @param wanted with the backbone as it was before it was brought to its precision
 */
record Training(NetworkPlan wanted, QuantizedBackbones backbones, Workbench bench) {

  /**
   * Trains one network.
   *
   * @param saved where to go on; null to begin
   */
  Outcome run(
      List<LabeledPhoto> training,
      List<LabeledPhoto> validation,
      Checkpoint checkpoint,
      Checkpoint.Saved saved)
      throws IOException {
    long start = System.nanoTime();
    // By the training photos alone: those of another fold must not be calibrated on.
    Backbone backbone = backbones.of(wanted.backbone(), training, wanted.precision());
    NetworkPlan plan = wanted.withBackbone(backbone);
    bench.addQuantization(start);
    boolean headIsLearnt = saved != null && saved.stage() > HeadStage.NUMBER;
    Outcome head = null;
    if (backbone.isPretrained() && !headIsLearnt) {
      head = new HeadStage(plan, bench).train(training, validation, checkpoint, saved);
    }
    return plan.trainsBackbone()
        ? new FineTuningStage(plan, bench)
            .train(training, validation, checkpoint, headIsLearnt ? saved : null, head)
        : head;
  }
}

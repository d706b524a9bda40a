package dev.graft.train;

import dev.graft.optimize.Updater;
import java.util.List;
import java.util.Map;

/**
 * All that one stage of a training needs to go on after an epoch exactly as if it had not been
 * stopped.
 *
 * @param weights by the initializers' names
 * @param bestWeights those of the epoch of lowest validation loss; null where that is not followed
 * @param bestLoss its validation loss; infinite before the first
 * @param epochsSinceBest how long ago it was
 * @param reduction what plateaus have multiplied the learning rate by
 * @param epochsOnPlateau since the last improvement or reduction
 * @param epochs metrics so far, one entry an epoch
 */
record StageState(
    Map<String, float[]> weights,
    Updater.State updater,
    Map<String, float[]> bestWeights,
    double bestLoss,
    int epochsSinceBest,
    double reduction,
    int epochsOnPlateau,
    List<EpochMetrics> epochs) {

  StageState {
    epochs = List.copyOf(epochs);
  }

  int epoch() {
    return epochs.size();
  }
}

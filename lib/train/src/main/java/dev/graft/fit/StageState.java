package dev.graft.fit;

import dev.graft.optimize.Updater;
import dev.graft.recipe.EpochMetrics;
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
public record StageState(
    Map<String, float[]> weights,
    Updater.State updater,
    Map<String, float[]> bestWeights,
    double bestLoss,
    int epochsSinceBest,
    double reduction,
    int epochsOnPlateau,
    List<EpochMetrics> epochs) {

  public StageState {
    epochs = List.copyOf(epochs);
  }

  public int epoch() {
    return epochs.size();
  }
}

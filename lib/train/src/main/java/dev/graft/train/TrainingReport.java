package dev.graft.train;

import dev.graft.augment.Augmentation;
import dev.graft.data.Overlap;
import dev.graft.data.Skipped;
import dev.graft.evaluate.Baseline;
import dev.graft.model.SplitMetrics;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a training went.
 *
 * @param backbone the backbone's name
 * @param fineTuning null where the backbone stayed as it was
 * @param train the trained model on the photos it was trained on, without dropout
 * @param validation on the validation photos; null where there are none
 * @param test on the test photos; null where there are none
 * @param crossValidation null where there was none
 * @param epochs one entry an epoch, those of the fine-tuning after those of the head
 * @param headEpochs how many of {@code epochs}, the first ones, the head alone learnt in
 * @param skipped photos that could not be read and were left out
 * @param overlap photos that are in more than one set; empty unless {@link Trainer#allowOverlap}
 * @param baseline what an answer reaches that looks at no photo
 */
public record TrainingReport(
    String backbone,
    Head head,
    Hyperparameters hyperparameters,
    FineTuning fineTuning,
    Augmentation augmentation,
    long seed,
    SplitMetrics train,
    SplitMetrics validation,
    SplitMetrics test,
    CrossValidation crossValidation,
    List<EpochMetrics> epochs,
    int headEpochs,
    Timing timing,
    List<Skipped> skipped,
    Overlap overlap,
    Baseline baseline) {

  public TrainingReport {
    epochs = List.copyOf(epochs);
    skipped = List.copyOf(skipped);
  }

  /**
   * The sets on which the model is no better than the baseline, in words; empty where it has learnt
   * something that holds for all of them.
   */
  public List<String> unbeaten() {
    List<String> sets = new ArrayList<>();
    addUnbeaten("training", train, baseline.train(), sets);
    addUnbeaten("validation", validation, baseline.validation(), sets);
    addUnbeaten("test", test, baseline.test(), sets);
    if (crossValidation != null) {
      Double mean = crossValidation.meanAveragePrecision();
      addUnbeaten(
          "cross-validation",
          mean == null ? crossValidation.meanAccuracy() : mean,
          baseline.train(),
          sets);
    }
    return sets;
  }

  private static void addUnbeaten(
      String set, SplitMetrics metrics, Double least, List<String> sets) {
    if (metrics != null) {
      Double mean = metrics.meanAveragePrecision();
      addUnbeaten(set, mean == null ? metrics.accuracy() : mean, least, sets);
    }
  }

  private static void addUnbeaten(String set, double score, Double least, List<String> sets) {
    // Nothing is better than always right, as where a set has photos of one class only.
    if (least != null && score <= least && score < 1) {
      sets.add(String.format(Locale.ROOT, "%s %.3f against %.3f", set, score, least));
    }
  }
}

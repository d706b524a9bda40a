package dev.graft.train;

import dev.graft.data.SkippedFile;
import dev.graft.model.SplitMetrics;
import java.util.List;

/**
 * How a training went.
 *
 * @param backbone the backbone's name
 * @param train the trained model on the photos it was trained on, without dropout
 * @param validation on the validation photos; null where there are none
 * @param test on the test photos; null where there are none
 * @param epochs one entry an epoch
 * @param skipped photos that could not be read and were left out
 */
public record TrainingReport(
    String backbone,
    Head head,
    Hyperparameters hyperparameters,
    long seed,
    SplitMetrics train,
    SplitMetrics validation,
    SplitMetrics test,
    List<EpochMetrics> epochs,
    Timing timing,
    List<SkippedFile> skipped) {

  public TrainingReport {
    epochs = List.copyOf(epochs);
    skipped = List.copyOf(skipped);
  }
}

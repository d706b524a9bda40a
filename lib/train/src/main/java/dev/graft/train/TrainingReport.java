package dev.graft.train;

import dev.graft.augment.Augmentation;
import dev.graft.data.SkippedFile;
import dev.graft.model.SplitMetrics;
import java.util.List;

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
    List<SkippedFile> skipped) {

  public TrainingReport {
    epochs = List.copyOf(epochs);
    skipped = List.copyOf(skipped);
  }
}

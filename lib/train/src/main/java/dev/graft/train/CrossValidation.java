package dev.graft.train;

import dev.graft.model.SplitMetrics;
import java.util.List;

/**
 * How models did on the folds that they had not learnt from.
 *
 * @param folds of each fold, in turn
 */
public record CrossValidation(List<SplitMetrics> folds) {

  public CrossValidation {
    folds = List.copyOf(folds);
  }

  /** The mean of the folds' accuracies, 0..1. */
  public double meanAccuracy() {
    return folds.stream().mapToDouble(SplitMetrics::accuracy).average().orElseThrow();
  }

  /** The standard deviation of the folds' accuracies, with n - 1. */
  public double accuracyDeviation() {
    double mean = meanAccuracy();
    double squares =
        folds.stream().mapToDouble(f -> (f.accuracy() - mean) * (f.accuracy() - mean)).sum();
    return Math.sqrt(squares / (folds.size() - 1));
  }

  /** The mean of the folds' mean average precisions, 0..1; null for single-label models. */
  public Double meanAveragePrecision() {
    return folds.stream().anyMatch(fold -> fold.meanAveragePrecision() == null)
        ? null
        : folds.stream().mapToDouble(SplitMetrics::meanAveragePrecision).average().orElseThrow();
  }

  /** The mean of the folds' losses, in nats. */
  public double meanLoss() {
    return folds.stream().mapToDouble(SplitMetrics::loss).average().orElseThrow();
  }

  /** How many photos were judged, all folds together. */
  public int n() {
    return folds.stream().mapToInt(SplitMetrics::n).sum();
  }
}

package dev.graft.evaluate;

import java.util.List;

/** What all measures of multi-label models take: rows of labels and of scores. */
final class MultiLabel {

  private MultiLabel() {}

  /** Checks that both are {@code [n][labels]} with n and labels above 0, and the truth 0 or 1. */
  static void requireAlike(List<float[]> truth, List<float[]> scores) {
    if (truth.isEmpty() || scores.size() != truth.size()) {
      throw new IllegalArgumentException(
          "expected one row of scores for each of at least one photo, got %d for %d"
              .formatted(scores.size(), truth.size()));
    }
    int labels = truth.get(0).length;
    for (int i = 0; i < truth.size(); i++) {
      if (truth.get(i).length != labels || scores.get(i).length != labels || labels == 0) {
        throw new IllegalArgumentException(
            "expected %d labels and scores in each row, got %d and %d in row %d"
                .formatted(labels, truth.get(i).length, scores.get(i).length, i));
      }
      for (int c = 0; c < labels; c++) {
        if (truth.get(i)[c] != 0 && truth.get(i)[c] != 1) {
          throw new IllegalArgumentException(
              "expected 0 or 1 as the truth, got " + truth.get(i)[c] + " in row " + i);
        }
        if (Float.isNaN(scores.get(i)[c])) {
          throw new IllegalArgumentException("expected numbers as scores, got NaN in row " + i);
        }
      }
    }
  }
}

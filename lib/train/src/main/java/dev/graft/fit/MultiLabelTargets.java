package dev.graft.fit;

import ai.djl.ndarray.NDArray;
import dev.graft.evaluate.MultiLabelEvaluation;
import dev.graft.model.SplitMetrics;
import java.util.Arrays;
import java.util.List;

/**
 * Any number of classes an example.
 *
 * @param truth {@code [n][classes]}, 0 or 1
 * @param thresholds of the probability of each class, for the share that is exactly right
 */
public record MultiLabelTargets(List<float[]> truth, int classes, List<Double> thresholds)
    implements Targets {

  /** While no threshold is chosen. */
  static final double MIDDLE = 0.5;

  public MultiLabelTargets withThresholds(List<Double> chosen) {
    return new MultiLabelTargets(truth, classes, chosen);
  }

  @Override
  public int n() {
    return truth.size();
  }

  @Override
  public int[] counts() {
    int[] counts = new int[classes];
    for (float[] row : truth) {
      for (int c = 0; c < classes; c++) {
        counts[c] += row[c] == 1 ? 1 : 0;
      }
    }
    return counts;
  }

  @Override
  public void write(int example, float labelSmoothing, float[] into, int at) {
    for (int c = 0; c < classes; c++) {
      into[at + c] = truth.get(example)[c] * (1 - labelSmoothing) + labelSmoothing / 2;
    }
  }

  /**
   * Binary cross entropy of the sigmoids, its mean over the classes: ln(1 + exp(x)) - x z, where
   * PyTorch's softplus neither overflows nor loses digits.
   */
  @Override
  public NDArray loss(NDArray logits, NDArray targets) {
    return logits.getNDArrayInternal().softPlus().sub(logits.mul(targets)).mean(new int[] {1});
  }

  @Override
  public SplitMetrics summary(int[] examples, List<float[]> logits) {
    return MultiLabelEvaluation.summary(
        thresholds, Arrays.stream(examples).mapToObj(truth::get).toList(), logits);
  }
}

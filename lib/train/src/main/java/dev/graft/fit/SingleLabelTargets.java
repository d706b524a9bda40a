package dev.graft.fit;

import ai.djl.ndarray.NDArray;
import dev.graft.model.SplitMetrics;
import java.util.List;

/**
 * One class an example.
 *
 * @param labels index of each example's class
 */
@SuppressWarnings("ArrayRecordComponent") // owned by the package, never compared
public record SingleLabelTargets(int[] labels, int classes) implements Targets {

  @Override
  public int n() {
    return labels.length;
  }

  @Override
  public int[] counts() {
    int[] counts = new int[classes];
    for (int label : labels) {
      counts[label]++;
    }
    return counts;
  }

  @Override
  public void write(int example, float labelSmoothing, float[] into, int at) {
    for (int c = 0; c < classes; c++) {
      into[at + c] = labelSmoothing / classes;
    }
    into[at + labels[example]] += 1 - labelSmoothing;
  }

  /** Cross entropy of the softmax. */
  @Override
  public NDArray loss(NDArray logits, NDArray targets) {
    return logits.logSoftmax(1).mul(targets).sum(new int[] {1}).neg();
  }

  @Override
  public SplitMetrics summary(int[] examples, List<float[]> logits) {
    double loss = 0;
    int correct = 0;
    for (int i = 0; i < examples.length; i++) {
      float[] row = logits.get(i);
      int label = labels[examples[i]];
      int best = 0;
      for (int c = 1; c < classes; c++) {
        best = row[c] > row[best] ? c : best;
      }
      double exponentials = 0;
      for (float logit : row) {
        exponentials += Math.exp((double) logit - row[best]);
      }
      loss += row[best] + Math.log(exponentials) - row[label];
      correct += best == label ? 1 : 0;
    }
    return new SplitMetrics(
        examples.length, loss / examples.length, (double) correct / examples.length);
  }
}

package dev.graft.evaluate;

import java.util.List;

/**
 * The loss of multi-label models: each label is a yes or no of its own. From logits it is exact
 * however sure the model is, where a probability of 0 or 1 has lost how sure it was.
 */
final class BinaryCrossEntropy {

  private BinaryCrossEntropy() {}

  /**
   * The mean over photos and labels, in nats. What DJL's {@code SigmoidBinaryCrossEntropyLoss} and
   * PyTorch's {@code BCEWithLogitsLoss} give.
   *
   * @param truth {@code [n][labels]}, 1 where the photo has the label, else 0
   * @param logits {@code [n][labels]}, finite
   * @throws IllegalArgumentException if there is nothing to measure or the sizes differ
   */
  static double mean(List<float[]> truth, List<float[]> logits) {
    MultiLabel.requireAlike(truth, logits);
    double sum = 0;
    for (int i = 0; i < truth.size(); i++) {
      float[] z = truth.get(i);
      float[] x = logits.get(i);
      for (int c = 0; c < z.length; c++) {
        sum += of(x[c], z[c]);
      }
    }
    return sum / ((double) truth.size() * truth.get(0).length);
  }

  /**
   * -z ln s(x) - (1 - z) ln(1 - s(x)) with the sigmoid s, as max(x, 0) - x z + ln(1 + exp(-|x|)),
   * which neither overflows nor loses digits: the formula of TensorFlow's {@code
   * sigmoid_cross_entropy_with_logits}.
   */
  private static double of(double x, double z) {
    return Math.max(x, 0) - x * z + Math.log1p(Math.exp(-Math.abs(x)));
  }

  /** The probabilities that logits stand for, as the exported graph's Sigmoid gives them. */
  static float[] sigmoids(float[] logits) {
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (1 / (1 + Math.exp(-(double) logits[i])));
    }
    return probabilities;
  }
}

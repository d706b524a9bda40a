package dev.graft.serve;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a model says of a photo.
 *
 * @param ranked all classes, the most probable first, equally probable ones in the order of the
 *     classes
 */
public record Prediction(List<LabelProbability> ranked) {

  private static final Comparator<LabelProbability> MOST_PROBABLE_FIRST =
      Comparator.comparingDouble(LabelProbability::probability)
          .reversed()
          .thenComparingInt(LabelProbability::index);

  /** Ranks what is given in any order. */
  public Prediction {
    if (ranked.isEmpty()) {
      throw new IllegalArgumentException("expected at least one class");
    }
    ranked = ranked.stream().sorted(MOST_PROBABLE_FIRST).toList();
  }

  /** Row {@code row} of {@code probabilities} and {@code logits}, both {@code [n, classes]}. */
  static Prediction of(List<String> classes, float[] probabilities, float[] logits, int row) {
    int from = row * classes.size();
    return new Prediction(
        IntStream.range(0, classes.size())
            .mapToObj(
                i ->
                    new LabelProbability(
                        classes.get(i), i, probabilities[from + i], logits[from + i]))
            .toList());
  }

  /** The most probable class. */
  public LabelProbability best() {
    return ranked.get(0);
  }

  /**
   * The {@code k} most probable classes, or all where there are fewer.
   *
   * @throws IllegalArgumentException if {@code k} is below 1
   */
  public List<LabelProbability> top(int k) {
    if (k < 1) {
      throw new IllegalArgumentException("expected at least the top 1, got " + k);
    }
    return ranked.subList(0, Math.min(k, ranked.size()));
  }

  /** The probabilities in the order of the classes, {@code [classes]}; a new array. */
  public float[] probabilities() {
    float[] values = new float[ranked.size()];
    ranked.forEach(label -> values[label.index()] = label.probability());
    return values;
  }

  /** The logits in the order of the classes, {@code [classes]}; a new array. */
  public float[] logits() {
    float[] values = new float[ranked.size()];
    ranked.forEach(label -> values[label.index()] = label.logit());
    return values;
  }
}

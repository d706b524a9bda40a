package dev.graft.serve;

import dev.graft.model.ModelFile;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a model says of a photo.
 *
 * @param ranked all classes, the most probable first, equally probable ones in the order of the
 *     classes
 * @param thresholds of a multi-label model, in the order of the classes; empty for a single-label
 *     one
 */
public record Prediction(List<LabelProbability> ranked, List<Double> thresholds) {

  private static final Comparator<LabelProbability> MOST_PROBABLE_FIRST =
      Comparator.comparingDouble(LabelProbability::probability)
          .reversed()
          .thenComparingInt(LabelProbability::index);

  /** Ranks what is given in any order. */
  public Prediction {
    if (ranked.isEmpty()) {
      throw new IllegalArgumentException("expected at least one class");
    }
    if (!thresholds.isEmpty() && thresholds.size() != ranked.size()) {
      throw new IllegalArgumentException(
          "expected a threshold for each of %d classes or none, got %s"
              .formatted(ranked.size(), thresholds));
    }
    ranked = ranked.stream().sorted(MOST_PROBABLE_FIRST).toList();
    thresholds = List.copyOf(thresholds);
  }

  /** Of a single-label model. */
  public Prediction(List<LabelProbability> ranked) {
    this(ranked, List.of());
  }

  /** Row {@code row} of {@code probabilities} and {@code logits}, both {@code [n, classes]}. */
  static Prediction of(ModelFile model, float[] probabilities, float[] logits, int row) {
    List<String> classes = model.classes();
    int from = row * classes.size();
    return new Prediction(
        IntStream.range(0, classes.size())
            .mapToObj(
                i ->
                    new LabelProbability(
                        classes.get(i), i, probabilities[from + i], logits[from + i]))
            .toList(),
        model.thresholds());
  }

  /** The most probable class. A photo may lack even that one, for a multi-label model. */
  public LabelProbability best() {
    return ranked.get(0);
  }

  /**
   * The labels of the photo, the most probable first. Multi-label: those whose probability is at
   * least their threshold, which may be none. Single-label: {@link #best()} alone.
   */
  public List<LabelProbability> labels() {
    if (thresholds.isEmpty()) {
      return List.of(best());
    }
    return ranked.stream()
        .filter(label -> label.probability() >= thresholds.get(label.index()))
        .toList();
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

  /**
   * The same with one threshold for all classes in place of the model's own.
   *
   * @param threshold 0 to 1
   * @throws IllegalStateException if a single-label model said this: it has no thresholds
   */
  public Prediction withThreshold(double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException("expected a threshold from 0 to 1, got " + threshold);
    }
    if (thresholds.isEmpty()) {
      throw new IllegalStateException("a single-label model has no thresholds");
    }
    return new Prediction(ranked, Collections.nCopies(ranked.size(), threshold));
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

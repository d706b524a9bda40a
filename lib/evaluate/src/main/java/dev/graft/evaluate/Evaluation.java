package dev.graft.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a model made of labelled photos.
 *
 * @param n photos classified; those that failed are not among them
 * @param accuracy share whose most probable label is the true one, 0..1
 * @param accuracyCi95 Wilson's 95 % interval of the accuracy
 * @param logLoss mean of -ln(probability of the true class), in nats; probabilities below 1e-15
 *     count as 1e-15
 * @param classes the model's classes in its order
 * @param confusion {@code confusion.get(truth).get(predicted)}: counts, rows are the truth
 * @param perClass one entry a class, in the same order
 * @param failures photos that could not be classified, and why
 */
public record Evaluation(
    int n,
    double accuracy,
    Interval accuracyCi95,
    double logLoss,
    List<String> classes,
    List<List<Integer>> confusion,
    List<ClassMetrics> perClass,
    List<Failure> failures) {

  /** A photo that could not be classified. */
  public record Failure(String path, String error) {}

  /** Smallest probability that enters the log loss. */
  static final double LEAST = 1e-15;

  public Evaluation {
    classes = List.copyOf(classes);
    confusion = confusion.stream().map(List::copyOf).toList();
    perClass = List.copyOf(perClass);
    failures = List.copyOf(failures);
  }

  /**
   * Compares predictions with the truth.
   *
   * @param classes the model's classes
   * @param truth index of the true class of each photo
   * @param probabilities {@code [n][classes]}, 0..1, of each photo in the order of {@code truth}
   * @throws IllegalArgumentException if there is no photo or the sizes differ
   */
  public static Evaluation of(
      List<String> classes,
      List<Integer> truth,
      List<float[]> probabilities,
      List<Failure> failures) {
    int n = truth.size();
    if (n == 0 || probabilities.size() != n) {
      throw new IllegalArgumentException(
          "expected one prediction for each of at least one photo, got "
              + probabilities.size()
              + " predictions for "
              + n);
    }
    int count = classes.size();
    int[][] confusion = new int[count][count];
    double loss = 0;
    for (int i = 0; i < n; i++) {
      float[] p = probabilities.get(i);
      confusion[truth.get(i)][argMax(p)]++;
      loss -= Math.log(Math.max(LEAST, p[truth.get(i)]));
    }
    int correct = 0;
    List<ClassMetrics> perClass = new ArrayList<>();
    for (int c = 0; c < count; c++) {
      int hits = confusion[c][c];
      int support = 0;
      int predicted = 0;
      for (int other = 0; other < count; other++) {
        support += confusion[c][other];
        predicted += confusion[other][c];
      }
      correct += hits;
      perClass.add(
          new ClassMetrics(
              classes.get(c),
              ratio(hits, predicted),
              ratio(hits, support),
              ratio(2 * hits, predicted + support),
              support));
    }
    return new Evaluation(
        n,
        (double) correct / n,
        Interval.wilson95(correct, n),
        loss / n,
        classes,
        Arrays.stream(confusion).map(row -> Arrays.stream(row).boxed().toList()).toList(),
        perClass,
        failures);
  }

  static double ratio(int part, int whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  private static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }
}

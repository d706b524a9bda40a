package dev.graft.evaluate;

import dev.graft.data.Skipped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a single-label model made of labelled photos.
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
public record SingleLabelEvaluation(
    int n,
    double accuracy,
    ConfidenceInterval accuracyCi95,
    double logLoss,
    List<String> classes,
    List<List<Integer>> confusion,
    List<ClassMetrics> perClass,
    List<Skipped> failures)
    implements Evaluation {

  /**
   * How a model does on one class. A ratio whose denominator is 0 is 0, as in scikit-learn.
   *
   * @param label the class
   * @param precision share of the photos given this label that have it, 0..1
   * @param recall share of the photos that have this label that were given it, 0..1
   * @param f1 harmonic mean of the two
   * @param support number of photos that have this label
   */
  public record ClassMetrics(
      String label, double precision, double recall, double f1, int support) {}

  public SingleLabelEvaluation {
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
  public static SingleLabelEvaluation of(
      List<String> classes,
      List<Integer> truth,
      List<float[]> probabilities,
      List<Skipped> failures) {
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
      loss -= Math.log(Math.max(Evaluation.LEAST_PROBABILITY, p[truth.get(i)]));
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
    return new SingleLabelEvaluation(
        n,
        (double) correct / n,
        ConfidenceInterval.wilson95(correct, n),
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

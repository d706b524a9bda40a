package dev.graft.evaluate;

import dev.graft.data.Skipped;
import dev.graft.model.SplitMetrics;
import java.util.ArrayList;
import java.util.List;

/**
 * What a multi-label model made of labelled photos.
 *
 * @param n photos classified; those that failed are not among them
 * @param meanAveragePrecision mean over the labels that a photo has of their average precision,
 *     0..1; null where no photo has a label
 * @param meanAveragePrecisionCi95 its 95 % interval by the bootstrap; null with it
 * @param microF1 F1 of all decisions together, one a photo and label, 0..1
 * @param macroF1 mean of the labels' F1, 0..1
 * @param exactMatch share of the photos with all of their labels and no other one, 0..1
 * @param exactMatchCi95 Wilson's 95 % interval of that share
 * @param logLoss mean over photos and labels of -ln(probability of what is true), in nats;
 *     probabilities below 1e-15 count as 1e-15
 * @param classes the model's labels in its order
 * @param perClass one entry a label, in the same order
 * @param failures photos that could not be classified, and why
 */
public record MultiLabelEvaluation(
    int n,
    Double meanAveragePrecision,
    ConfidenceInterval meanAveragePrecisionCi95,
    double microF1,
    double macroF1,
    double exactMatch,
    ConfidenceInterval exactMatchCi95,
    double logLoss,
    List<String> classes,
    List<LabelMetrics> perClass,
    List<Skipped> failures)
    implements Evaluation {

  /**
   * How a model does on one label. A ratio whose denominator is 0 is 0, as in scikit-learn.
   *
   * @param precision share of the photos given this label that have it, 0..1
   * @param recall share of the photos that have this label that were given it, 0..1
   * @param f1 harmonic mean of the two
   * @param averagePrecision over all thresholds, 0..1; null where no photo has the label
   * @param support number of photos that have this label
   * @param threshold the probability from which on the model gives this label
   */
  public record LabelMetrics(
      String label,
      double precision,
      double recall,
      double f1,
      Double averagePrecision,
      int support,
      double threshold) {}

  public MultiLabelEvaluation {
    classes = List.copyOf(classes);
    perClass = List.copyOf(perClass);
    failures = List.copyOf(failures);
  }

  /**
   * Compares predictions with the truth.
   *
   * @param classes the model's labels
   * @param thresholds one for each label, 0..1: a photo is given the labels whose probability is at
   *     least their threshold
   * @param truth {@code [n][labels]}, 1 where the photo has the label, else 0
   * @param probabilities {@code [n][labels]}, 0..1
   * @throws IllegalArgumentException if there is no photo or the sizes differ
   */
  public static MultiLabelEvaluation of(
      List<String> classes,
      List<Double> thresholds,
      List<float[]> truth,
      List<float[]> probabilities,
      List<Skipped> failures) {
    Decisions decisions = new Decisions(thresholds, truth, probabilities);
    List<RankedLabel> ranked = AveragePrecision.ranked(truth, probabilities);
    int n = truth.size();
    int[] onceEach = AveragePrecision.onceEach(n);
    List<LabelMetrics> perClass = new ArrayList<>();
    int hits = 0;
    int sum = 0;
    double f1Sum = 0;
    for (int c = 0; c < classes.size(); c++) {
      int support = ranked.get(c).positives();
      double f1 = SingleLabelEvaluation.ratio(2 * decisions.hits[c], decisions.given[c] + support);
      perClass.add(
          new LabelMetrics(
              classes.get(c),
              SingleLabelEvaluation.ratio(decisions.hits[c], decisions.given[c]),
              SingleLabelEvaluation.ratio(decisions.hits[c], support),
              f1,
              support == 0 ? null : (Double) ranked.get(c).averagePrecision(onceEach),
              support,
              thresholds.get(c)));
      hits += decisions.hits[c];
      sum += decisions.given[c] + support;
      f1Sum += f1;
    }
    return new MultiLabelEvaluation(
        n,
        AveragePrecision.mean(truth, probabilities),
        AveragePrecision.bootstrap95(ranked),
        SingleLabelEvaluation.ratio(2 * hits, sum),
        f1Sum / classes.size(),
        (double) decisions.exact / n,
        ConfidenceInterval.wilson95(decisions.exact, n),
        logLoss(truth, probabilities),
        classes,
        perClass,
        failures);
  }

  /**
   * The few figures that training reports of a set of photos, from logits, quick to compute.
   *
   * @param thresholds one for each label, 0..1; 0.5 for all while none are chosen
   * @param truth {@code [n][labels]}, 1 where the photo has the label, else 0
   * @param logits {@code [n][labels]}, finite
   * @throws IllegalArgumentException if there is no photo or the sizes differ
   */
  public static SplitMetrics summary(
      List<Double> thresholds, List<float[]> truth, List<float[]> logits) {
    List<float[]> probabilities = logits.stream().map(BinaryCrossEntropy::sigmoids).toList();
    Decisions decisions = new Decisions(thresholds, truth, probabilities);
    return new SplitMetrics(
        truth.size(),
        BinaryCrossEntropy.mean(truth, logits),
        (double) decisions.exact / truth.size(),
        AveragePrecision.mean(truth, probabilities));
  }

  private static double logLoss(List<float[]> truth, List<float[]> probabilities) {
    double loss = 0;
    for (int i = 0; i < truth.size(); i++) {
      for (int c = 0; c < truth.get(i).length; c++) {
        double p = probabilities.get(i)[c];
        loss -= Math.log(Math.max(Evaluation.LEAST_PROBABILITY, truth.get(i)[c] == 1 ? p : 1 - p));
      }
    }
    return loss / ((double) truth.size() * truth.get(0).length);
  }

  /** Which labels the photos are given, counted. */
  private static final class Decisions {

    final int[] given;
    final int[] hits;

    /** Photos with exactly the right labels. */
    int exact;

    Decisions(List<Double> thresholds, List<float[]> truth, List<float[]> probabilities) {
      MultiLabel.requireAlike(truth, probabilities);
      int labels = truth.get(0).length;
      if (thresholds.size() != labels) {
        throw new IllegalArgumentException(
            "expected a threshold for each of %d labels, got %s".formatted(labels, thresholds));
      }
      given = new int[labels];
      hits = new int[labels];
      for (int i = 0; i < truth.size(); i++) {
        boolean allRight = true;
        for (int c = 0; c < labels; c++) {
          boolean has = truth.get(i)[c] == 1;
          boolean gets = probabilities.get(i)[c] >= thresholds.get(c);
          given[c] += gets ? 1 : 0;
          hits[c] += has && gets ? 1 : 0;
          allRight &= has == gets;
        }
        exact += allRight ? 1 : 0;
      }
    }
  }
}

package dev.graft.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import dev.graft.data.Skipped;
import dev.graft.evaluate.MultiLabelEvaluation.LabelMetrics;
import dev.graft.model.SplitMetrics;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against scikit-learn; sums of doubles in another order differ in the last digits only. */
class MultiLabelEvaluationTest {

  private static final double ROUNDING = 1e-12;

  /** What src/test/python/golden_multi_label.py wrote. */
  private record Golden(
      List<float[]> truth,
      List<float[]> probabilities,
      List<Double> thresholds,
      List<Double> average_precision,
      double mean_average_precision,
      List<Double> bootstrap,
      List<Double> precision,
      List<Double> recall,
      List<Double> f1,
      double micro_f1,
      double macro_f1,
      double exact_match,
      double log_loss,
      List<Double> best_thresholds,
      List<Float> logits,
      List<Float> targets,
      double logits_loss) {}

  private Golden golden;

  @BeforeEach
  void readGolden() throws IOException {
    try (Reader in =
        new InputStreamReader(
            MultiLabelEvaluationTest.class.getResourceAsStream("multi-label-golden.json"),
            StandardCharsets.UTF_8)) {
      golden = new Gson().fromJson(in, Golden.class);
    }
  }

  private MultiLabelEvaluation evaluate(List<float[]> truth, List<float[]> probabilities) {
    return MultiLabelEvaluation.of(
        List.of("a", "b", "c", "d", "e", "f"),
        golden.thresholds,
        truth,
        probabilities,
        List.of(new Skipped(Path.of("x.jpg"), "truncated")));
  }

  @Test
  void measuresWhatScikitLearnMeasures() {
    MultiLabelEvaluation evaluation = evaluate(golden.truth, golden.probabilities);

    assertEquals(40, evaluation.n());
    assertEquals(golden.mean_average_precision, evaluation.meanAveragePrecision(), ROUNDING);
    assertEquals(golden.micro_f1, evaluation.microF1(), ROUNDING);
    assertEquals(golden.macro_f1, evaluation.macroF1(), ROUNDING);
    assertEquals(golden.exact_match, evaluation.exactMatch(), ROUNDING);
    assertEquals(ConfidenceInterval.wilson95(5, 40), evaluation.exactMatchCi95());
    assertEquals(golden.log_loss, evaluation.logLoss(), ROUNDING);
    assertEquals("x.jpg", evaluation.failures().get(0).path().toString());
    for (int c = 0; c < 6; c++) {
      int label = c;
      LabelMetrics metrics = evaluation.perClass().get(c);
      assertEquals(evaluation.classes().get(c), metrics.label());
      assertEquals(golden.precision.get(c), metrics.precision(), ROUNDING);
      assertEquals(golden.recall.get(c), metrics.recall(), ROUNDING);
      assertEquals(golden.f1.get(c), metrics.f1(), ROUNDING);
      assertEquals(golden.thresholds.get(c), metrics.threshold());
      assertEquals(golden.truth.stream().filter(t -> t[label] == 1).count(), metrics.support());
      if (golden.average_precision.get(c) == null) {
        assertNull(metrics.averagePrecision());
      } else {
        assertEquals(golden.average_precision.get(c), metrics.averagePrecision(), ROUNDING);
      }
    }
  }

  /**
   * Two bootstraps draw other photos. The ends vary by some 0.004 with 1000 draws of this size, so
   * 0.015 is rarely exceeded, and the seeds are fixed.
   */
  @Test
  void givesTheIntervalThatABootstrapInNumpyGives() {
    ConfidenceInterval interval =
        evaluate(golden.truth, golden.probabilities).meanAveragePrecisionCi95();
    assertEquals(golden.bootstrap.get(0), interval.low(), 0.015);
    assertEquals(golden.bootstrap.get(1), interval.high(), 0.015);
    assertEquals(interval, evaluate(golden.truth, golden.probabilities).meanAveragePrecisionCi95());
  }

  @Test
  void isSurerWithMorePhotos() {
    List<float[]> truth = new ArrayList<>();
    List<float[]> probabilities = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      truth.addAll(golden.truth);
      probabilities.addAll(golden.probabilities);
    }
    ConfidenceInterval few =
        evaluate(golden.truth, golden.probabilities).meanAveragePrecisionCi95();
    ConfidenceInterval many = evaluate(truth, probabilities).meanAveragePrecisionCi95();
    // 25 times the photos: a fifth of the width.
    assertEquals((few.high() - few.low()) / 5, many.high() - many.low(), 0.01);
  }

  @Test
  void hasNoMeanAveragePrecisionWhereNoPhotoHasALabel() {
    MultiLabelEvaluation evaluation =
        evaluate(List.of(new float[6], new float[6]), golden.probabilities.subList(0, 2));
    assertNull(evaluation.meanAveragePrecision());
    assertNull(evaluation.meanAveragePrecisionCi95());
    assertEquals(0, evaluation.macroF1());
    assertNull(AveragePrecision.mean(List.of(new float[2]), List.of(new float[2])));
  }

  @Test
  void keepsTheLogLossFiniteWhereTheTruthWasRuledOut() {
    MultiLabelEvaluation evaluation =
        MultiLabelEvaluation.of(
            List.of("a", "b"),
            List.of(0.5, 0.5),
            List.of(new float[] {1, 0}),
            List.of(new float[] {0, 1}),
            List.of());
    assertEquals(-Math.log(1e-15), evaluation.logLoss(), ROUNDING);
    assertEquals(0, evaluation.exactMatch());
  }

  @Test
  void choosesTheThresholdsThatATrialOfAllOfThemFinds() {
    assertEquals(
        golden.best_thresholds, Thresholds.maximizingF1(golden.truth, golden.probabilities));
  }

  @Test
  void putsAThresholdMidwayAndTakesTheOneNearestToTheMiddleOfEquallyGoodOnes() {
    assertThreshold(0.625, "1 .75", "0 .5", "0 .25");
    // Photos of equal probability cannot be told apart.
    assertThreshold(0.375, "1 .5", "0 .5", "1 .5", "0 .25");
    // All have it but the third: to give it to all is best, and 0 is below all.
    assertThreshold(0.0625, "1 .75", "1 .5", "0 .25", "1 .125");
    // One of two with nothing wrong (F1 2/3), or both with two others (2/3 too).
    assertThreshold(0.59375, "1 .75", "0 .4375", "0 .375", "1 .3125", "0 .1875");
    assertThreshold(0.4375, "1 .9375", "0 .8125", "0 .75", "1 .625", "0 .25");
    // 0.625 and 0.375 are equally good and near.
    assertThreshold(0.625, "1 .75", "0 .5", "0 .5", "1 .5", "0 .25");
  }

  private static void assertThreshold(double threshold, String... photos) {
    List<float[]> truth = new ArrayList<>();
    List<float[]> probabilities = new ArrayList<>();
    for (String photo : photos) {
      String[] parts = photo.split(" ", -1);
      truth.add(new float[] {Float.parseFloat(parts[0])});
      probabilities.add(new float[] {Float.parseFloat(parts[1])});
    }
    assertEquals(List.of(threshold), Thresholds.maximizingF1(truth, probabilities));
  }

  @Test
  void takesOneHalfForALabelThatAllPhotosHaveOrNone() {
    assertEquals(
        List.of(0.5, 0.5),
        Thresholds.maximizingF1(
            List.of(new float[] {0, 1}, new float[] {0, 1}),
            List.of(new float[] {0.125f, 0.125f}, new float[] {0.75f, 0.75f})));
  }

  /** The thresholds lie between the probabilities, so rounding cannot turn a decision. */
  @Test
  void reachesWithItsThresholdsTheF1ThatItChoseThemFor() {
    Random random = new Random(1);
    List<float[]> truth = new ArrayList<>();
    List<float[]> probabilities = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      float yes = random.nextInt(3) == 0 ? 1 : 0;
      truth.add(new float[] {yes});
      probabilities.add(new float[] {0.2f * yes + 0.8f * random.nextFloat()});
    }
    List<Double> chosen = Thresholds.maximizingF1(truth, probabilities);
    double best = f1(chosen.get(0), truth, probabilities);
    for (float[] p : probabilities) {
      assertTrue(f1(p[0], truth, probabilities) <= best);
    }
  }

  private static double f1(double threshold, List<float[]> truth, List<float[]> probabilities) {
    return MultiLabelEvaluation.of(
            List.of("a"), List.of(threshold), truth, probabilities, List.of())
        .microF1();
  }

  // The loss

  /** Float logits up to 200: the doubles differ in their last digits. */
  @Test
  void givesTheLossThatNumpyGivesHoweverSureTheModelIs() {
    assertEquals(golden.logits_loss, loss(golden.targets, golden.logits), ROUNDING);
    assertEquals(200, loss(List.of(1f), List.of(-200f)));
    assertEquals(0, loss(List.of(1f), List.of(200f)), 1e-80);
    assertEquals(Math.log(2), loss(List.of(0f), List.of(0f)));
  }

  private static double loss(List<Float> truth, List<Float> logits) {
    return BinaryCrossEntropy.mean(List.of(row(truth)), List.of(row(logits)));
  }

  private static float[] row(List<Float> values) {
    float[] row = new float[values.size()];
    IntStream.range(0, row.length).forEach(i -> row[i] = values.get(i));
    return row;
  }

  @Test
  void sumsUpASetOfPhotosForATraining() {
    List<float[]> logits = new ArrayList<>();
    for (float[] row : golden.probabilities) {
      float[] values = new float[row.length];
      for (int c = 0; c < row.length; c++) {
        values[c] = (float) Math.log(row[c] / (1 - row[c]));
      }
      logits.add(values);
    }
    // A logit's probability may lie a little beside a threshold that it was equal to.
    List<Double> thresholds = golden.thresholds.stream().map(t -> t - 1e-6).toList();
    SplitMetrics summary = MultiLabelEvaluation.summary(thresholds, golden.truth, logits);
    assertEquals(40, summary.n());
    assertEquals(golden.log_loss, summary.loss(), 1e-6); // the logits are floats
    assertEquals(golden.exact_match, summary.accuracy());
    assertEquals(golden.mean_average_precision, summary.meanAveragePrecision(), 0.01);
  }

  @Test
  void refusesWhatDoesNotFitTogether() {
    List<float[]> one = List.of(new float[] {1, 0});
    for (List<float[]> scores :
        List.of(
            List.<float[]>of(),
            List.of(new float[1]),
            List.of(new float[] {0.5f, Float.NaN}),
            Collections.nCopies(2, new float[2]))) {
      assertThrows(IllegalArgumentException.class, () -> AveragePrecision.mean(one, scores));
      assertThrows(IllegalArgumentException.class, () -> BinaryCrossEntropy.mean(one, scores));
      assertThrows(IllegalArgumentException.class, () -> Thresholds.maximizingF1(one, scores));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> AveragePrecision.mean(List.of(new float[] {0.5f}), List.of(new float[1])));
    assertThrows(
        IllegalArgumentException.class,
        () -> MultiLabelEvaluation.of(List.of("a", "b"), List.of(0.5), one, one, List.of()));
  }
}

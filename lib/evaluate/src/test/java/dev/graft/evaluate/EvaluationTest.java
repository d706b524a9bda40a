package dev.graft.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.data.Skipped;
import dev.graft.evaluate.SingleLabelEvaluation.ClassMetrics;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationTest {

  private static final List<String> CLASSES = List.of("ant", "bee", "cat");

  @Test
  void countsWhatWasRightAndWhatWasTakenForWhat() {
    SingleLabelEvaluation evaluation =
        SingleLabelEvaluation.of(
            CLASSES,
            List.of(0, 0, 1, 1),
            List.of(
                new float[] {0.5f, 0.25f, 0.25f},
                new float[] {0.25f, 0.5f, 0.25f},
                new float[] {0, 1, 0},
                new float[] {0.125f, 0.75f, 0.125f}),
            List.of(new Skipped(Path.of("x.jpg"), "truncated")));

    assertEquals(4, evaluation.n());
    assertEquals(0.75, evaluation.accuracy());
    assertEquals(List.of(1, 1, 0), evaluation.confusion().get(0));
    assertEquals(List.of(0, 2, 0), evaluation.confusion().get(1));
    assertEquals(List.of(0, 0, 0), evaluation.confusion().get(2));
    double logLoss = (-Math.log(0.5) - Math.log(0.25) - Math.log(1) - Math.log(0.75)) / 4;
    assertEquals(logLoss, evaluation.logLoss(), 1e-15);
    assertEquals(new ClassMetrics("bee", 2 / 3.0, 1, 0.8, 2), evaluation.perClass().get(1));
    assertEquals(new ClassMetrics("cat", 0, 0, 0, 0), evaluation.perClass().get(2));
    assertEquals("x.jpg", evaluation.failures().get(0).path().toString());
  }

  @Test
  void keepsTheLogLossFiniteWhereTheTruthWasRuledOut() {
    SingleLabelEvaluation evaluation =
        SingleLabelEvaluation.of(CLASSES, List.of(0), List.of(new float[] {0, 1, 0}), List.of());
    assertEquals(-Math.log(1e-15), evaluation.logLoss(), 1e-12);
  }

  @Test
  void refusesToMeasureNothing() {
    assertThrows(
        IllegalArgumentException.class,
        () -> SingleLabelEvaluation.of(CLASSES, List.of(), List.of(), List.of()));
  }

  /** Values of statsmodels.stats.proportion.proportion_confint(k, n, method="wilson"). */
  @Test
  void givesWilsonsInterval() {
    assertInterval(0.7138, 0.8680, 81, 101);
    assertInterval(0, 0.2775, 0, 10);
    assertInterval(0.7225, 1, 10, 10);
    assertInterval(0.2065, 1, 1, 1);
  }

  private static void assertInterval(double low, double high, int successes, int n) {
    ConfidenceInterval interval = ConfidenceInterval.wilson95(successes, n);
    assertEquals(low, interval.low(), 5e-5);
    assertEquals(high, interval.high(), 5e-5);
  }
}

package dev.graft.cli.output;

import dev.graft.evaluate.ConfidenceInterval;
import dev.graft.evaluate.MultiLabelEvaluation;
import dev.graft.evaluate.MultiLabelEvaluation.LabelMetrics;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How {@code graft evaluate} tells what a multi-label model made of labeled photos. */
public final class MultiLabelReport {

  private MultiLabelReport() {}

  /** The object of {@code --format json}, without the failures. */
  public static Map<String, Object> json(MultiLabelEvaluation evaluation) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("n", evaluation.n());
    all.put("mean_average_precision", evaluation.meanAveragePrecision());
    all.put("mean_average_precision_ci95", json(evaluation.meanAveragePrecisionCi95()));
    all.put("micro_f1", evaluation.microF1());
    all.put("macro_f1", evaluation.macroF1());
    all.put("exact_match", evaluation.exactMatch());
    all.put("exact_match_ci95", json(evaluation.exactMatchCi95()));
    all.put("log_loss", evaluation.logLoss());
    all.put("classes", evaluation.classes());
    all.put("per_class", evaluation.perClass().stream().map(MultiLabelReport::json).toList());
    return all;
  }

  private static List<Double> json(ConfidenceInterval interval) {
    return interval == null ? null : List.of(interval.low(), interval.high());
  }

  private static Map<String, Object> json(LabelMetrics metrics) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("label", metrics.label());
    entry.put("precision", metrics.precision());
    entry.put("recall", metrics.recall());
    entry.put("f1", metrics.f1());
    entry.put("average_precision", metrics.averagePrecision());
    entry.put("support", metrics.support());
    entry.put("threshold", metrics.threshold());
    return entry;
  }

  /** The table for people. */
  public static void print(MultiLabelEvaluation evaluation, PrintWriter out) {
    out.printf(
        "mAP          %s%s, n %d%n",
        decimals(evaluation.meanAveragePrecision()),
        words(evaluation.meanAveragePrecisionCi95()),
        evaluation.n());
    out.printf("micro F1     %.3f%n", evaluation.microF1());
    out.printf("macro F1     %.3f%n", evaluation.macroF1());
    out.printf(
        "exact match  %.3f%s%n", evaluation.exactMatch(), words(evaluation.exactMatchCi95()));
    out.printf("log loss     %.4f%n", evaluation.logLoss());
    if (!evaluation.failures().isEmpty()) {
      out.printf("failed       %d photos, not counted above%n", evaluation.failures().size());
    }
    int width = Math.max(5, evaluation.classes().stream().mapToInt(String::length).max().orElse(0));
    out.printf(
        "%n%-" + width + "s  precision  recall     f1     AP  support  threshold%n", "label");
    for (LabelMetrics metrics : evaluation.perClass()) {
      out.printf(
          "%-" + width + "s  %9.3f  %6.3f  %5.3f  %5s  %7d  %9.3f%n",
          metrics.label(),
          metrics.precision(),
          metrics.recall(),
          metrics.f1(),
          decimals(metrics.averagePrecision()),
          metrics.support(),
          metrics.threshold());
    }
  }

  private static String decimals(Double value) {
    return value == null ? "-" : "%.3f".formatted(value);
  }

  private static String words(ConfidenceInterval interval) {
    return interval == null
        ? ""
        : " (95 %% interval %.3f to %.3f)".formatted(interval.low(), interval.high());
  }
}

package dev.graft.cli.command;

import dev.graft.cli.output.ProgressView;
import dev.graft.cli.process.Interruption;
import dev.graft.data.Skipped;
import dev.graft.evaluate.ConfidenceInterval;
import dev.graft.model.SplitMetrics;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.Progress;
import dev.graft.train.CrossValidation;
import dev.graft.train.Parity;
import dev.graft.train.TrainedModel;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a run from a folder to a model file made, as {@code train} and {@code demo} tell it.
 *
 * @param skipped photos that were left out because they cannot be read
 */
record TrainingRun(
    TrainedModel model,
    List<Skipped> skipped,
    Path file,
    Parity parity,
    double exportSeconds,
    double totalSeconds) {

  /**
   * Trains and exports; progress goes to {@code err}.
   *
   * @param unreadable photos that could not even be opened
   * @param start {@link System#nanoTime} when the run began
   * @param onReport told of the training before the export
   */
  static TrainingRun run(
      Trainer trainer,
      List<Skipped> unreadable,
      Path output,
      boolean overwrite,
      long start,
      Consumer<TrainingReport> onReport,
      PrintWriter err)
      throws IOException {
    TrainedModel model;
    try (ProgressView progress = ProgressView.on(err)) {
      model = trainer.onProgress(step -> accept(step, progress)).train();
    }
    onReport.accept(model.report());
    tellUnbeaten(model.report(), err);
    List<Skipped> skipped = new ArrayList<>(unreadable);
    skipped.addAll(model.report().skipped());
    skipped.forEach(photo -> err.println("graft: " + photo + "; trained without it"));
    err.println("graft: exporting " + output + " and checking that ONNX Runtime agrees with DJL");
    long exporting = System.nanoTime();
    Parity parity = model.exportOnnx(output, overwrite);
    Interruption.setNextStep(output + " is written");
    long end = System.nanoTime();
    return new TrainingRun(
        model, skipped, output, parity, (end - exporting) / 1e9, (end - start) / 1e9);
  }

  /** A model that has learnt nothing looks like any other. */
  private static void tellUnbeaten(TrainingReport report, PrintWriter err) {
    if (!report.unbeaten().isEmpty()) {
      String label = report.baseline().label();
      err.printf(
          "graft: WARNING: this model is no better than %s (%s); look at the learning rate, the"
              + " number of epochs, the number of photos and their labels%n",
          label == null
              ? "one that gives every photo the same labels, by mean average precision"
              : "one that always answers '%s', by accuracy".formatted(label),
          String.join(", ", report.unbeaten()));
    }
  }

  private static void accept(Progress step, ProgressView view) {
    int epoch = -1;
    if (step instanceof Progress.Resumed resumed) {
      epoch = resumed.epoch();
    } else if (step instanceof Progress.Saved saved) {
      epoch = saved.epoch();
    }
    if (epoch >= 0) {
      Interruption.setNextStep("--resume goes on after epoch " + epoch);
    }
    view.accept(step);
  }

  /** The lines of the result on standard output. */
  void print(PrintWriter out) throws IOException {
    TrainingReport report = model.report();
    out.printf("model        %s (%.1f MB)%n", file, Files.size(file) / 1e6);
    out.printf("classes      %d: %s%n", model.classes().size(), String.join(", ", model.classes()));
    out.printf(
        "train        %s, loss %.4f, n %d%n",
        score(report.train()), report.train().loss(), report.train().n());
    printUnseen(out, "validation", report.validation());
    printUnseen(out, "test", report.test());
    if (!report.overlap().isEmpty()) {
      out.printf("overlap      %s: their figures are too good%n", report.overlap().summary());
    }
    if (report.crossValidation() != null) {
      CrossValidation folds = report.crossValidation();
      out.printf(
          "cross-valid. %s %.3f, standard deviation %.3f over %d folds, loss %.4f, n %d%n",
          folds.meanAveragePrecision() == null
              ? "accuracy"
              : "mean average precision %.3f, exactly right"
                  .formatted(folds.meanAveragePrecision()),
          folds.meanAccuracy(),
          folds.accuracyDeviation(),
          folds.folds().size(),
          folds.meanLoss(),
          folds.n());
    }
    out.printf(
        "parity       largest difference of a probability between ONNX Runtime and DJL %.1e (%d"
            + " photos%s)%n",
        parity.maxDifference(),
        parity.n(),
        parity.headOnly() == null ? "" : ", of the head alone: " + parity.headOnly());
    if (model.quantization().isPresent()) {
      out.printf("precision    %s%n", InfoCommand.precision(model.quantization().get()));
    }
    out.printf(
        "seconds      %sfeatures %.1f (ONNX Runtime %.1f), head %.1f,%s export %.1f, total %.1f%n",
        model.quantization().isEmpty()
            ? ""
            : "quantisation %.1f, ".formatted(report.timing().quantization()),
        report.timing().features(),
        report.timing().backbone(),
        report.timing().head(),
        report.timing().fineTuning() == 0
            ? ""
            : " fine-tuning %.1f,".formatted(report.timing().fineTuning()),
        exportSeconds,
        totalSeconds);
  }

  private static String score(SplitMetrics metrics) {
    return metrics.meanAveragePrecision() == null
        ? "accuracy %.3f".formatted(metrics.accuracy())
        : "mean average precision %.3f, exactly right %.3f"
            .formatted(metrics.meanAveragePrecision(), metrics.accuracy());
  }

  /** Only for photos that were not trained on does an interval say what to expect of others. */
  private static void printUnseen(PrintWriter out, String split, SplitMetrics metrics) {
    if (metrics != null) {
      int right = (int) Math.round(metrics.accuracy() * metrics.n());
      ConfidenceInterval interval = ConfidenceInterval.wilson95(right, metrics.n());
      if (metrics.meanAveragePrecision() != null) {
        out.printf(
            "%-12s %s, loss %.4f, n %d%n", split, score(metrics), metrics.loss(), metrics.n());
        return;
      }
      out.printf(
          "%-12s accuracy %.3f (95 %% interval %.3f to %.3f), loss %.4f, n %d%n",
          split, metrics.accuracy(), interval.low(), interval.high(), metrics.loss(), metrics.n());
    }
  }

  /** What {@code --metrics} writes. */
  Map<String, Object> metrics() {
    TrainingReport report = model.report();
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("backbone", report.backbone());
    all.put("head", report.head().name());
    model.quantization().ifPresent(quantization -> all.put("precision", quantization.precision()));
    all.put("seed", report.seed());
    all.put("train", metrics(report.train()));
    all.put("validation", metrics(report.validation()));
    all.put("test", metrics(report.test()));
    if (report.crossValidation() != null) {
      Map<String, Object> crossValidation = new LinkedHashMap<>();
      crossValidation.put("accuracy_mean", report.crossValidation().meanAccuracy());
      crossValidation.put("accuracy_sd", report.crossValidation().accuracyDeviation());
      crossValidation.put("loss_mean", report.crossValidation().meanLoss());
      if (report.crossValidation().meanAveragePrecision() != null) {
        crossValidation.put(
            "mean_average_precision_mean", report.crossValidation().meanAveragePrecision());
      }
      crossValidation.put(
          "folds", report.crossValidation().folds().stream().map(TrainingRun::metrics).toList());
      all.put("cross_validation", crossValidation);
    }
    if (!report.overlap().isEmpty()) {
      Map<String, Object> overlap = new LinkedHashMap<>();
      overlap.put("validation", report.overlap().validation().size());
      overlap.put("test", report.overlap().test().size());
      all.put("overlap", overlap);
    }
    Map<String, Object> baseline = new LinkedHashMap<>();
    baseline.put("label", report.baseline().label());
    baseline.put("train", report.baseline().train());
    baseline.put("validation", report.baseline().validation());
    baseline.put("test", report.baseline().test());
    baseline.put("beaten", report.unbeaten().isEmpty());
    all.put("baseline", baseline);
    all.put("epochs", report.epochs().stream().map(TrainingRun::metrics).toList());
    Map<String, Object> seconds = new LinkedHashMap<>();
    if (model.quantization().isPresent()) {
      seconds.put("quantization", report.timing().quantization());
    }
    seconds.put("features", report.timing().features());
    seconds.put("head", report.timing().head());
    if (report.timing().fineTuning() > 0) {
      seconds.put("fine_tuning", report.timing().fineTuning());
    }
    seconds.put("export", exportSeconds);
    seconds.put("total", totalSeconds);
    all.put("seconds", seconds);
    Map<String, Object> difference = new LinkedHashMap<>();
    difference.put("max_abs_difference", parity.maxDifference());
    difference.put("n", parity.n());
    difference.put("head_only", parity.headOnly());
    all.put("parity", difference);
    all.put("skipped", skipped.stream().map(TrainingRun::metrics).toList());
    return all;
  }

  private static Map<String, Object> metrics(SplitMetrics metrics) {
    if (metrics == null) {
      return null;
    }
    Map<String, Object> split = new LinkedHashMap<>();
    split.put("n", metrics.n());
    split.put("loss", metrics.loss());
    split.put("accuracy", metrics.accuracy());
    if (metrics.meanAveragePrecision() != null) {
      split.put("mean_average_precision", metrics.meanAveragePrecision());
    }
    return split;
  }

  private static Map<String, Object> metrics(EpochMetrics epoch) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("epoch", epoch.epoch());
    entry.put("train", metrics(epoch.train()));
    entry.put("validation", metrics(epoch.validation()));
    return entry;
  }

  private static Map<String, Object> metrics(Skipped photo) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("path", photo.path().toString());
    entry.put("reason", photo.reason());
    return entry;
  }
}

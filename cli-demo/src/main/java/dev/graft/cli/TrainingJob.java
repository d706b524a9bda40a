package dev.graft.cli;

import dev.graft.backbone.Backbone;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.SkippedFile;
import dev.graft.evaluate.Interval;
import dev.graft.model.SplitMetrics;
import dev.graft.train.EpochMetrics;
import dev.graft.train.FeatureCache;
import dev.graft.train.Head;
import dev.graft.train.Hyperparameters;
import dev.graft.train.Parity;
import dev.graft.train.TrainedModel;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** One run from folders to a model file, as {@code train} and {@code demo} do it. */
record TrainingJob(
    Path data,
    Path validation,
    Path test,
    LabeledFolderOptions options,
    Backbone backbone,
    Head head,
    Hyperparameters hyperparameters,
    long seed,
    int threads,
    boolean skipUnreadable,
    Path output,
    boolean overwrite) {

  /** Trains and exports; warnings and progress go to {@code err}. */
  Outcome run(FeatureCache cache, PrintWriter err) throws IOException {
    long start = System.nanoTime();
    LabeledFolder folder = open(data, options, err);
    Trainer trainer =
        Trainer.on(folder)
            .backbone(backbone)
            .head(head)
            .hyperparameters(hyperparameters)
            .seed(seed)
            .threads(threads)
            .cache(cache)
            .skipUnreadable(skipUnreadable);
    LabeledFolderOptions same = options.withClasses(folder.classes()).withValidationSplit(0);
    if (validation != null) {
      trainer.validation(open(validation, same, err));
    }
    if (test != null) {
      trainer.test(open(test, same, err));
    }
    TrainedModel model;
    try (ProgressView progress = ProgressView.on(err)) {
      model = trainer.onProgress(progress).train();
    }
    for (SkippedFile photo : model.report().skipped()) {
      err.println("graft: " + photo.path() + ": " + photo.reason() + "; trained without it");
    }
    long exporting = System.nanoTime();
    Parity parity = model.exportOnnx(output, overwrite);
    long end = System.nanoTime();
    return new Outcome(model, folder, output, parity, (end - exporting) / 1e9, (end - start) / 1e9);
  }

  static LabeledFolder open(Path path, LabeledFolderOptions options, PrintWriter err)
      throws IOException {
    LabeledFolder folder = LabeledFolder.open(path, options);
    for (SkippedFile file : folder.skipped()) {
      err.println("graft: " + file.path() + ": " + file.reason() + "; passed over");
    }
    folder.warnings().forEach(warning -> err.println("graft: " + warning));
    return folder;
  }

  /** What a run made. */
  record Outcome(
      TrainedModel model,
      LabeledFolder folder,
      Path file,
      Parity parity,
      double exportSeconds,
      double totalSeconds) {

    /** Whether photos were left out because they cannot be read. */
    boolean skipped() {
      return !model.report().skipped().isEmpty();
    }

    /** The lines of the result on standard output. */
    void print(PrintWriter out) throws IOException {
      TrainingReport report = model.report();
      out.printf("model        %s (%.1f MB)%n", file, Files.size(file) / 1e6);
      out.printf(
          "classes      %d: %s%n", model.classes().size(), String.join(", ", model.classes()));
      print(out, "train", report.train());
      print(out, "validation", report.validation());
      print(out, "test", report.test());
      out.printf(
          "parity       largest difference of a probability between ONNX Runtime and DJL %.1e (%d"
              + " photos)%n",
          parity.maxDifference(), parity.n());
      out.printf(
          "seconds      features %.1f (ONNX Runtime %.1f), head %.1f, export %.1f, total %.1f%n",
          report.timing().features(),
          report.timing().backbone(),
          report.timing().head(),
          exportSeconds,
          totalSeconds);
    }

    private static void print(PrintWriter out, String split, SplitMetrics metrics) {
      if (metrics != null) {
        Interval interval =
            Interval.wilson95((int) Math.round(metrics.accuracy() * metrics.n()), metrics.n());
        out.printf(
            "%-12s accuracy %.3f (95 %% interval %.3f to %.3f), loss %.4f, n %d%n",
            split,
            metrics.accuracy(),
            interval.low(),
            interval.high(),
            metrics.loss(),
            metrics.n());
      }
    }

    /** What {@code --metrics} writes. */
    Map<String, Object> metrics() {
      TrainingReport report = model.report();
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("backbone", report.backbone());
      all.put("head", report.head().name());
      all.put("seed", report.seed());
      all.put("train", metrics(report.train()));
      all.put("validation", metrics(report.validation()));
      all.put("test", metrics(report.test()));
      all.put("epochs", report.epochs().stream().map(Outcome::metrics).toList());
      Map<String, Object> seconds = new LinkedHashMap<>();
      seconds.put("features", report.timing().features());
      seconds.put("onnx_runtime", report.timing().backbone());
      seconds.put("head", report.timing().head());
      seconds.put("export", exportSeconds);
      seconds.put("total", totalSeconds);
      all.put("seconds", seconds);
      Map<String, Object> difference = new LinkedHashMap<>();
      difference.put("max_abs_difference", parity.maxDifference());
      difference.put("n", parity.n());
      all.put("parity", difference);
      all.put(
          "skipped",
          report.skipped().stream()
              .map(photo -> Map.of("path", photo.path().toString(), "reason", photo.reason()))
              .toList());
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
      return split;
    }

    private static Map<String, Object> metrics(EpochMetrics epoch) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("epoch", epoch.epoch());
      entry.put("train", metrics(epoch.train()));
      entry.put("validation", metrics(epoch.validation()));
      return entry;
    }
  }
}

package dev.graft.cli;

import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.evaluate.ClassMetrics;
import dev.graft.evaluate.Evaluation;
import dev.graft.evaluate.Evaluator;
import dev.graft.serve.Classifier;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code graft evaluate}: how good a model is on labelled photos. */
@Command(
    name = "evaluate",
    description = {
      "Compares what a model says of labelled photos with their labels.",
      "%nDATA has one subfolder for each of the model's classes; it may lack some."
    },
    sortOptions = false)
final class EvaluateCommand implements Callable<Integer> {

  private enum Format {
    TABLE,
    JSON
  }

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL.onnx", description = "A model file.")
  private Path model;

  @Parameters(
      index = "1",
      paramLabel = "DATA",
      description = "Folder with a subfolder of photos for each class.")
  private Path data;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json (default: ${DEFAULT-VALUE}).")
  private Format format;

  @Option(names = "--follow-links", description = "Follow symbolic links to folders inside DATA.")
  private boolean followLinks;

  @Mixin private RunOptions runOptions;

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    try (Classifier classifier = runOptions.open(model, err, spec.commandLine())) {
      LabeledFolder folder =
          Data.open(
              data,
              LabeledFolderOptions.defaults()
                  .withClasses(classifier.classes())
                  .withValidationSplit(0)
                  .withFollowLinks(followLinks)
                  .withSkipUnreadable(true),
              err);
      Evaluation evaluation;
      long start = System.nanoTime();
      try (ProgressView progress = ProgressView.on(err)) {
        progress.step("photos", 0, folder.photos().size(), Duration.ZERO);
        evaluation =
            Evaluator.evaluate(
                classifier,
                folder,
                (done, total) ->
                    progress.step(
                        "photos",
                        done,
                        total,
                        Duration.ofNanos((System.nanoTime() - start) / done * (total - done))));
      }
      evaluation.failures().forEach(f -> err.println("graft: " + f.path() + ": " + f.error()));
      if (format == Format.JSON) {
        spec.commandLine().getOut().println(Json.document(json(evaluation)));
      } else {
        print(evaluation, spec.commandLine().getOut());
      }
      return evaluation.failures().isEmpty() ? 0 : Main.SOME_INPUTS_FAILED;
    }
  }

  private static Map<String, Object> json(Evaluation evaluation) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("n", evaluation.n());
    all.put("accuracy", evaluation.accuracy());
    all.put(
        "accuracy_ci95",
        List.of(evaluation.accuracyCi95().low(), evaluation.accuracyCi95().high()));
    all.put("log_loss", evaluation.logLoss());
    all.put("classes", evaluation.classes());
    all.put("confusion", evaluation.confusion());
    all.put("per_class", evaluation.perClass().stream().map(EvaluateCommand::json).toList());
    all.put(
        "failures",
        evaluation.failures().stream()
            .map(
                failure -> {
                  Map<String, Object> entry = new LinkedHashMap<>();
                  entry.put("path", failure.path());
                  entry.put("error", failure.error());
                  return entry;
                })
            .toList());
    return all;
  }

  private static Map<String, Object> json(ClassMetrics metrics) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("label", metrics.label());
    entry.put("precision", metrics.precision());
    entry.put("recall", metrics.recall());
    entry.put("f1", metrics.f1());
    entry.put("support", metrics.support());
    return entry;
  }

  private static void print(Evaluation evaluation, PrintWriter out) {
    out.printf(
        "accuracy  %.3f (95 %% interval %.3f to %.3f), n %d%n",
        evaluation.accuracy(),
        evaluation.accuracyCi95().low(),
        evaluation.accuracyCi95().high(),
        evaluation.n());
    out.printf("log loss  %.4f%n", evaluation.logLoss());
    if (!evaluation.failures().isEmpty()) {
      out.printf("failed    %d photos, not counted above%n", evaluation.failures().size());
    }
    int width = Math.max(5, evaluation.classes().stream().mapToInt(String::length).max().orElse(0));
    out.printf("%n%-" + width + "s  precision  recall     f1  support%n", "class");
    for (ClassMetrics metrics : evaluation.perClass()) {
      out.printf(
          "%-" + width + "s  %9.3f  %6.3f  %5.3f  %7d%n",
          metrics.label(),
          metrics.precision(),
          metrics.recall(),
          metrics.f1(),
          metrics.support());
    }
    out.printf("%nconfusion (rows are the truth, columns what the model said)%n");
    for (int truth = 0; truth < evaluation.classes().size(); truth++) {
      out.printf("%-" + width + "s", evaluation.classes().get(truth));
      evaluation.confusion().get(truth).forEach(count -> out.printf("  %5d", count));
      out.println();
    }
  }
}

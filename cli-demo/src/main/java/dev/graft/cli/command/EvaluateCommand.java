package dev.graft.cli.command;

import dev.graft.cli.option.FormatOption;
import dev.graft.cli.option.RunOptions;
import dev.graft.cli.output.Json;
import dev.graft.cli.output.MultiLabelReport;
import dev.graft.cli.output.ProgressView;
import dev.graft.cli.process.ExitCode;
import dev.graft.data.DataException;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.Skipped;
import dev.graft.error.GraftException;
import dev.graft.evaluate.Evaluation;
import dev.graft.evaluate.Evaluator;
import dev.graft.evaluate.MultiLabelEvaluation;
import dev.graft.evaluate.SingleLabelEvaluation;
import dev.graft.evaluate.SingleLabelEvaluation.ClassMetrics;
import dev.graft.model.Task;
import dev.graft.serve.Classifier;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** {@code graft evaluate}: how good a model is on labeled photos. */
@Command(
    name = "evaluate",
    description = {
      "Compares what a model says of labelled photos with their labels.",
      "%nDATA has one subfolder for each of the model's classes; it may lack some. For a"
          + " multi-label model, DATA is a folder with a file labels.csv in it, or such a file."
    },
    customSynopsis = "graft evaluate MODEL.onnx DATA [OPTION...]",
    footerHeading = "%nExamples:%n",
    footer = {"  graft evaluate flowers.onnx photos-of-others"},
    sortOptions = false)
final class EvaluateCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL.onnx", description = "A model file.")
  private Path model;

  @Parameters(
      index = "1",
      paramLabel = "DATA",
      description =
          "Folder with a subfolder of photos for each class, or with a labels.csv; or a CSV file of"
              + " that form.")
  private Path data;

  @Mixin private FormatOption format;

  @Option(names = "--follow-links", description = "Follow symbolic links to folders inside DATA.")
  private boolean followLinks;

  @Mixin private RunOptions runOptions;

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    try (Classifier classifier = runOptions.open(model, err, spec.commandLine())) {
      Task task = classifier.modelFile().task();
      requireDataOf(task);
      LabeledFolder folder =
          Data.open(
              data,
              LabeledFolderOptions.suitedTo(classifier.modelFile())
                  .withFollowLinks(followLinks)
                  .withSkipUnreadable(true),
              err);
      Evaluation evaluation = evaluate(classifier, folder);
      report(evaluation);
      return evaluation.failures().isEmpty() ? 0 : ExitCode.SOME_INPUTS_FAILED;
    }
  }

  private void requireDataOf(Task task) throws DataException {
    Task found = LabeledFolder.taskOf(data);
    if (found != task && Files.exists(data)) {
      throw new DataException(
          data,
          "%s data, but %s is a %s model; expected %s"
              .formatted(
                  found,
                  model,
                  task,
                  task == Task.MULTI_LABEL
                      ? "a folder with a file labels.csv, or such a file"
                      : "a folder with a subfolder for each class and no labels.csv"));
    }
  }

  private Evaluation evaluate(Classifier classifier, LabeledFolder folder) throws GraftException {
    try (ProgressView progress = ProgressView.on(spec.commandLine().getErr())) {
      progress.step("photos", 0, folder.photos().size());
      return Evaluator.evaluate(
          classifier, folder, (done, total) -> progress.step("photos", done, total));
    }
  }

  private void report(Evaluation evaluation) {
    PrintWriter err = spec.commandLine().getErr();
    PrintWriter out = spec.commandLine().getOut();
    evaluation.failures().forEach(failure -> err.println("graft: " + failure));
    if (format.isJson()) {
      Map<String, Object> json =
          evaluation instanceof MultiLabelEvaluation multiLabel
              ? MultiLabelReport.json(multiLabel)
              : json((SingleLabelEvaluation) evaluation);
      json.put("failures", evaluation.failures().stream().map(EvaluateCommand::json).toList());
      Json.print(out, json);
    } else if (evaluation instanceof MultiLabelEvaluation multiLabel) {
      MultiLabelReport.print(multiLabel, out);
    } else {
      print((SingleLabelEvaluation) evaluation, out);
    }
  }

  private static Map<String, Object> json(Skipped failure) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("path", failure.path().toString());
    entry.put("error", failure.reason());
    return entry;
  }

  /** The object of {@code --format json}, without the failures. */
  private static Map<String, Object> json(SingleLabelEvaluation evaluation) {
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

  private static void print(SingleLabelEvaluation evaluation, PrintWriter out) {
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

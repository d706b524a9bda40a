package dev.graft.cli;

import static java.util.stream.Collectors.joining;

import dev.graft.model.AtomicFile;
import dev.graft.model.Task;
import dev.graft.serve.BatchClassifier;
import dev.graft.serve.Classifier;
import dev.graft.serve.PhotoResult;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code graft classify}: labels for photos. */
@Command(
    name = "classify",
    description = {
      "Gives each photo its most probable label, or with a multi-label model those labels whose"
          + " probability reaches their threshold.",
      "%nThere is one result for each photo, in the order in which they are named; those of a"
          + " folder are sorted by name. A photo that cannot be read has a result too, of status"
          + " error, and the exit code is then 3.",
      "%nA file that is named itself always has a result. In folders, hidden files and what"
          + " machines leave (thumbnails, waste bins) are left out, and so are files that have"
          + " neither a photo's first bytes nor its file name extension; standard error tells how"
          + " many. Folders without any photo are an error (exit code 1)."
    },
    customSynopsis = "graft classify MODEL.onnx PATH... [OPTION...]",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft classify flowers.onnx rose.jpg holidays",
      "  graft classify flowers.onnx holidays --top 3 --format jsonl -o labels.jsonl"
    },
    sortOptions = false)
final class ClassifyCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL.onnx", description = "A model file.")
  private Path model;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "PATH",
      description = "Photos, and folders of photos at any depth.")
  private List<Path> paths;

  @Option(
      names = "--top",
      paramLabel = "K",
      description =
          "How many labels each photo is given, or all if there are fewer (default: 1). With a"
              + " multi-label model: the K most probable labels and whether they reach their"
              + " thresholds, instead of those that do.")
  private Integer top;

  @Option(
      names = "--threshold",
      paramLabel = "T",
      description =
          "Probability from which on a photo has a label, 0 to 1, in place of the model's own"
              + " thresholds; for multi-label models only.")
  private Double threshold;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "table (default on a terminal), csv (default elsewhere) or jsonl.")
  private ResultFormat format;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description =
          "File that the results are written to instead of standard output, when all are there.")
  private Path output;

  @Option(names = "--force", description = "Overwrite FILE if it exists.")
  private boolean force;

  @Option(
      names = "--follow-links",
      description = "Follow symbolic links to folders inside the folders named.")
  private boolean followLinks;

  @Mixin private RunOptions runOptions;

  @Override
  public Integer call() throws Exception {
    if (top != null && top < 1) {
      throw new ParameterException(spec.commandLine(), "expected --top 1 or more, got " + top);
    }
    if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
      throw new ParameterException(
          spec.commandLine(), "expected --threshold from 0 to 1, got " + threshold);
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (OutputFiles files = new OutputFiles(spec.commandLine(), force)) {
      if (output != null) {
        List<Path> inputs = new ArrayList<>(paths);
        inputs.add(model);
        files.claim(output, inputs);
      }
      return classify(out, err);
    }
  }

  private int classify(PrintWriter out, PrintWriter err) throws Exception {
    try (Classifier classifier = runOptions.open(model, err, spec.commandLine())) {
      ResultWriter.Answer answer = answer(classifier);
      PhotoPaths photos = PhotoPaths.list(paths, followLinks);
      photos.tell(err);
      if (photos.paths().isEmpty()) {
        throw new FileSystemException(
            paths.stream().map(Path::toString).collect(joining(", ")), null, "no photo found");
      }
      int failures;
      if (output == null) {
        boolean table = Terminal.isStandardOutput();
        failures =
            classify(
                classifier,
                answer,
                photos,
                table ? ResultFormat.TABLE : ResultFormat.CSV,
                text -> {
                  out.print(text);
                  Output.flush(out);
                },
                err);
      } else {
        try (AtomicFile file = AtomicFile.create(output);
            Writer writer = new OutputStreamWriter(file.out(), StandardCharsets.UTF_8)) {
          failures = classify(classifier, answer, photos, ResultFormat.CSV, writer::write, err);
          writer.flush();
          file.commit(force);
        }
      }
      if (failures == 0) {
        return 0;
      }
      err.println("graft: %d of %d inputs failed".formatted(failures, photos.paths().size()));
      return Main.SOME_INPUTS_FAILED;
    }
  }

  private ResultWriter.Answer answer(Classifier classifier) {
    int classes = classifier.classes().size();
    if (classifier.modelFile().task() == Task.MULTI_LABEL) {
      return new ResultWriter.Labels(top == null ? null : Math.min(top, classes), threshold);
    }
    if (threshold != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--threshold is for multi-label models, and %s is a single-label one".formatted(model));
    }
    return new ResultWriter.MostProbable(top == null ? 1 : Math.min(top, classes));
  }

  private interface Sink {
    void write(String text) throws IOException;
  }

  /** Returns how many failed. */
  private int classify(
      Classifier classifier,
      ResultWriter.Answer answer,
      PhotoPaths photos,
      ResultFormat usual,
      Sink sink,
      PrintWriter err)
      throws IOException, InterruptedException {
    int n = photos.paths().size();
    ResultWriter results =
        new ResultWriter(format == null ? usual : format, answer, photos.paths());
    // On a terminal the results themselves show how far it is, and what failed.
    boolean shown = output == null && Terminal.isStandardOutput();
    long start = System.nanoTime();
    int[] counts = new int[2];
    try (ProgressView progress = ProgressView.on(err)) {
      sink.write(results.header());
      if (!shown) {
        progress.step("photos", 0, n, Duration.ZERO);
      }
      BatchClassifier.of(classifier)
          .classify(
              photos.paths(),
              result -> {
                if (result instanceof PhotoResult.Failed failed) {
                  String folder = photos.unreadable().get(failed.path());
                  if (folder != null) {
                    failed = new PhotoResult.Failed(failed.path(), folder);
                  }
                  result = failed;
                  counts[1]++;
                  if (!shown) {
                    progress.message(failed.path() + ": " + failed.reason());
                  }
                }
                counts[0]++;
                try {
                  sink.write(results.line(result));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                if (!shown) {
                  long each = (System.nanoTime() - start) / counts[0];
                  progress.step("photos", counts[0], n, Duration.ofNanos(each * (n - counts[0])));
                }
              });
    }
    return counts[1];
  }
}

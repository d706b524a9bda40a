package dev.graft.cli.command;

import static java.util.stream.Collectors.joining;

import dev.graft.cli.option.NameList;
import dev.graft.cli.option.RunOptions;
import dev.graft.cli.output.Output;
import dev.graft.cli.output.OutputFiles;
import dev.graft.cli.output.ProgressView;
import dev.graft.cli.output.ResultFormat;
import dev.graft.cli.output.ResultWriter;
import dev.graft.cli.output.Terminal;
import dev.graft.cli.process.ExitCode;
import dev.graft.file.AtomicFile;
import dev.graft.file.FileProblem;
import dev.graft.model.Task;
import dev.graft.serve.BatchClassifier;
import dev.graft.serve.Classifier;
import dev.graft.serve.PhotoResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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
      "  graft classify flowers.onnx holidays --top 3 --format jsonl -o labels.jsonl",
      "  find . -name '*.jpg' -print0 | graft classify flowers.onnx -"
    },
    sortOptions = false)
final class ClassifyCommand implements Callable<Integer> {

  /** As a PATH or a list. */
  private static final Path STANDARD_INPUT = Path.of("-");

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL.onnx", description = "A model file.")
  private Path model;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "PATH...",
      hideParamSyntax = true,
      description =
          "Photos, and folders of photos at any depth; - reads their names from standard input.")
  private List<Path> paths = new ArrayList<>();

  @Option(
      names = "--files-from",
      paramLabel = "FILE",
      description =
          "File with names of more photos and folders, or - for standard input: one a line, or each"
              + " ended by a NUL, as find -print0 has them.")
  private Path filesFrom;

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
      names = "--bom",
      description =
          "Begin the CSV with a byte order mark, for spreadsheets that take it for another encoding"
              + " than UTF-8 otherwise.")
  private boolean mark;

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
    if (mark && format != null && format != ResultFormat.CSV) {
      throw new ParameterException(spec.commandLine(), "--bom is for --format csv");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Path> sources = Stream.concat(paths.stream(), Stream.ofNullable(filesFrom)).toList();
    if (sources.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Missing required parameter: 'PATH', or --files-from FILE");
    }
    if (Collections.frequency(sources, STANDARD_INPUT) > 1) {
      throw new ParameterException(spec.commandLine(), "standard input is there to be read once");
    }
    try (OutputFiles files = new OutputFiles(spec.commandLine(), force)) {
      if (output != null) {
        List<Path> inputs = new ArrayList<>(sources);
        inputs.add(model);
        files.claim(output, inputs);
      }
      return classify(named(), out, err);
    }
  }

  private int classify(List<Path> named, PrintWriter out, PrintWriter err) throws Exception {
    try (Classifier classifier = runOptions.open(model, err, spec.commandLine())) {
      ResultWriter.Answer answer = answer(classifier);
      PhotoPaths photos = PhotoPaths.list(named, followLinks);
      photos.tell(err);
      if (photos.paths().isEmpty()) {
        throw new FileSystemException(sources(), null, "no photo found");
      }
      Summary summary;
      if (output == null) {
        summary =
            classify(
                classifier,
                answer,
                photos,
                text -> {
                  out.print(text);
                  Output.flush(out);
                },
                err);
      } else {
        try (AtomicFile file = AtomicFile.create(output);
            Writer writer = new OutputStreamWriter(file.out(), StandardCharsets.UTF_8)) {
          summary = classify(classifier, answer, photos, writer::write, err);
          writer.flush();
          file.commit(force);
        }
      }
      summary.print(err);
      return summary.failures() == 0 ? 0 : ExitCode.SOME_INPUTS_FAILED;
    }
  }

  /** What is to be classified, that of lists too. */
  private List<Path> named() {
    List<Path> named = new ArrayList<>();
    for (Path path : paths) {
      if (path.equals(STANDARD_INPUT)) {
        named.addAll(listed(STANDARD_INPUT));
      } else {
        named.add(path);
      }
    }
    if (filesFrom != null) {
      named.addAll(listed(filesFrom));
    }
    return named;
  }

  private List<Path> listed(Path list) {
    boolean fromFile = !list.equals(STANDARD_INPUT);
    try (InputStream in = fromFile ? Files.newInputStream(list) : System.in) {
      return NameList.read(in);
    } catch (IOException e) {
      String source = fromFile ? "--files-from " + list : "standard input";
      throw new ParameterException(
          spec.commandLine(), "%s: %s".formatted(source, FileProblem.reason(e)), e);
    }
  }

  private String sources() {
    return Stream.concat(paths.stream(), Stream.ofNullable(filesFrom))
        .map(path -> path.equals(STANDARD_INPUT) ? "standard input" : path.toString())
        .collect(joining(", "));
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

  private ResultFormat chosenFormat() {
    if (format != null) {
      return format;
    }
    return output == null && !mark && Terminal.isStandardOutput()
        ? ResultFormat.TABLE
        : ResultFormat.CSV;
  }

  private Summary classify(
      Classifier classifier,
      ResultWriter.Answer answer,
      PhotoPaths photos,
      Sink sink,
      PrintWriter err)
      throws IOException {
    ResultWriter results = new ResultWriter(chosenFormat(), mark, answer, photos.paths());
    // On a terminal the results themselves show how far it is, and what failed.
    boolean shown = output == null && Terminal.isStandardOutput();
    Summary summary = new Summary(photos.paths().size());
    try (ProgressView progress = ProgressView.on(err)) {
      sink.write(results.header());
      if (!shown) {
        summary.show(progress);
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
                  summary.addFailure();
                  if (!shown) {
                    progress.message(failed.path() + ": " + failed.reason());
                  }
                } else if (result instanceof PhotoResult.Classified classified) {
                  summary.add(answer.labels(classified.prediction()));
                }
                try {
                  sink.write(results.line(result));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                if (!shown) {
                  summary.show(progress);
                }
              });
    }
    return summary;
  }

  /** How far the work is, and in the end what it was. */
  private static final class Summary {

    /** Labels that are counted by name; a model may have thousands. */
    private static final int NAMED = 10;

    private final int total;
    private final long start = System.nanoTime();
    private final Map<String, Integer> photosByLabel = new HashMap<>();
    private int done;
    private int failures;

    Summary(int total) {
      this.total = total;
    }

    int failures() {
      return failures;
    }

    void add(List<String> labels) {
      done++;
      labels.forEach(label -> photosByLabel.merge(label, 1, Integer::sum));
    }

    void addFailure() {
      done++;
      failures++;
    }

    void show(ProgressView progress) {
      progress.step("photos", done, total);
    }

    void print(PrintWriter err) {
      double seconds = (System.nanoTime() - start) / 1e9;
      err.printf(
          "graft: %d photo%s in %.1f seconds, %.1f photos a second%s%n",
          total, total == 1 ? "" : "s", seconds, total / seconds, labels());
      if (failures > 0) {
        err.printf("graft: %d of %d inputs failed%n", failures, total);
      }
    }

    private String labels() {
      if (photosByLabel.isEmpty()) {
        return "";
      }
      List<Map.Entry<String, Integer>> labels = new ArrayList<>(photosByLabel.entrySet());
      labels.sort(
          Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
              .thenComparing(Map.Entry.comparingByKey()));
      int named = labels.size() <= NAMED ? labels.size() : NAMED - 1;
      String text =
          labels.subList(0, named).stream()
              .map(label -> label.getKey() + " " + label.getValue())
              .collect(joining(", "));
      List<Map.Entry<String, Integer>> others = labels.subList(named, labels.size());
      return others.isEmpty()
          ? ": " + text
          : ": %s, %d other labels %d"
              .formatted(text, others.size(), others.stream().mapToInt(Map.Entry::getValue).sum());
    }
  }
}

package dev.graft.cli;

import dev.graft.model.AtomicFile;
import dev.graft.serve.BatchClassifier;
import dev.graft.serve.Classifier;
import dev.graft.serve.PhotoResult;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
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
      "Gives each photo its most probable label.",
      "%nThere is one result an input, in the order of the inputs; those of a folder are sorted by"
          + " name.%n"
    },
    mixinStandardHelpOptions = true,
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
      defaultValue = "1",
      description = "How many labels a photo (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "table (default on a terminal), csv (default elsewhere) or jsonl.")
  private ResultFormat format;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where the results are written instead of standard output.")
  private Path output;

  @Mixin private RunOptions runOptions;

  @Override
  public Integer call() throws Exception {
    if (top < 1) {
      throw new ParameterException(spec.commandLine(), "expected --top 1 or more, got " + top);
    }
    PrintWriter err = spec.commandLine().getErr();
    try (Classifier classifier = runOptions.open(model, err, spec.commandLine())) {
      PhotoPaths photos = PhotoPaths.list(paths);
      if (photos.passedOver() > 0) {
        err.printf("graft: passed over %d files that are no photos%n", photos.passedOver());
      }
      if (output == null) {
        PrintWriter out = spec.commandLine().getOut();
        boolean failed = classify(classifier, photos.paths(), out, err);
        out.flush();
        return failed ? Main.SOME_INPUTS_FAILED : 0;
      }
      try (AtomicFile file = AtomicFile.create(output);
          Writer out = new OutputStreamWriter(file.out(), StandardCharsets.UTF_8)) {
        boolean failed = classify(classifier, photos.paths(), out, err);
        out.flush();
        file.commit();
        return failed ? Main.SOME_INPUTS_FAILED : 0;
      }
    }
  }

  private boolean classify(
      Classifier classifier, List<Path> photos, Appendable out, PrintWriter err)
      throws IOException, InterruptedException {
    ResultFormat chosen =
        format != null
            ? format
            : output == null && Terminal.isInteractive() ? ResultFormat.TABLE : ResultFormat.CSV;
    ResultWriter writer = new ResultWriter(out, chosen, Math.min(top, classifier.classes().size()));
    writer.begin(photos);
    long start = System.nanoTime();
    int[] counts = new int[2];
    boolean showProgress = output != null || !Terminal.isInteractive();
    try (ProgressView progress = ProgressView.on(err)) {
      BatchClassifier.of(classifier)
          .classify(
              photos,
              result -> {
                counts[0]++;
                if (result instanceof PhotoResult.Failed failed) {
                  counts[1]++;
                  err.println("graft: " + failed.path() + ": " + failed.reason());
                }
                writer.write(result);
                if (showProgress) {
                  long each = (System.nanoTime() - start) / counts[0];
                  progress.step(
                      "photos",
                      counts[0],
                      photos.size(),
                      "",
                      Duration.ofNanos(each * (photos.size() - counts[0])));
                }
              });
    }
    return counts[1] > 0;
  }
}

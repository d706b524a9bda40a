package dev.graft.cli.command;

import dev.graft.backbone.Backbones;
import dev.graft.cli.option.DeviceOptions;
import dev.graft.cli.output.OutputFiles;
import dev.graft.cli.output.ProgressView;
import dev.graft.cli.process.ExitCode;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.LabeledPhoto;
import dev.graft.evaluate.ConfidenceInterval;
import dev.graft.recipe.Head;
import dev.graft.serve.BatchClassifier;
import dev.graft.serve.Classifier;
import dev.graft.serve.LabelProbability;
import dev.graft.serve.PhotoResult;
import dev.graft.train.Trainer;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code graft demo}: the whole way, on the photos that come with the project. */
@Command(
    name = "demo",
    description =
        "Trains VGG16 on the sample photos that come with Graft, classifies those that it has not"
            + " seen, and prints where the time went. Needs no network.",
    customSynopsis = "graft demo [OPTION...]",
    sortOptions = false)
final class DemoCommand implements Callable<Integer> {

  private static final double UNSEEN = 0.25;

  /** The checkout whose launcher was called, or null. */
  private static final String CHECKOUT = System.getenv("GRAFT_CHECKOUT");

  @Spec private CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "MODEL.onnx",
      description =
          "Where the model is written (default: target/demo.onnx of the checkout, which is"
              + " overwritten; without a checkout, demo.onnx).")
  private Path output;

  @Option(names = "--force", description = "Overwrite MODEL.onnx if it exists.")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    DeviceOptions.silenceOnnxRuntime();
    Path home = Path.of(System.getProperty("graft.home", ".")); // set by the launcher
    Path photos = home.resolve("test-images").resolve("photos");
    if (!Files.isDirectory(photos)) {
      throw new NoSuchFileException(photos.toString());
    }
    boolean inCheckout = output == null && CHECKOUT != null;
    Path model = output == null ? Path.of("demo.onnx") : output;
    if (inCheckout) {
      model = Files.createDirectories(Path.of(CHECKOUT, "target")).resolve("demo.onnx");
    }
    try (OutputFiles files = new OutputFiles(spec.commandLine(), force || inCheckout)) {
      files.claim(model, List.of());
      return show(photos, model);
    }
  }

  private int show(Path photos, Path model) throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    long start = System.nanoTime();
    LabeledFolder folder =
        Data.open(photos, LabeledFolderOptions.defaults().withValidationSplit(UNSEEN), err);
    Trainer trainer = Trainer.on(folder).backbone(Backbones.vgg16()).head(Head.flattenDense());
    TrainingRun run = TrainingRun.run(trainer, List.of(), model, true, start, report -> {}, err);

    int correct = 0;
    int failed = 0;
    List<LabeledPhoto> unseen = folder.validation();
    long classifying = System.nanoTime();
    List<PhotoResult> results = new ArrayList<>();
    try (ProgressView progress = ProgressView.on(err);
        Classifier classifier = Classifier.open(model)) {
      progress.message(
          "classifying the %d photos that the training has not seen".formatted(unseen.size()));
      progress.step("photos", 0, unseen.size());
      BatchClassifier.of(classifier)
          .classify(
              unseen.stream().map(LabeledPhoto::path).toList(),
              result -> {
                results.add(result);
                progress.step("photos", results.size(), unseen.size());
              });
    }
    double seconds = (System.nanoTime() - classifying) / 1e9;
    out.println("Photos the training has not seen (truth, then the model's label):");
    Iterator<LabeledPhoto> photo = unseen.iterator();
    for (PhotoResult result : results) {
      String truth = folder.classes().get(photo.next().label());
      String name = photos.relativize(result.path()).toString();
      if (result instanceof PhotoResult.Classified classified) {
        LabelProbability best = classified.prediction().best();
        boolean right = best.label().equals(truth);
        correct += right ? 1 : 0;
        out.printf(
            "  %-40s %-10s %-10s %.3f%s%n",
            name, truth, best.label(), best.probability(), right ? "" : "  wrong");
      } else if (result instanceof PhotoResult.Failed failure) {
        failed++;
        out.printf("  %-40s error: %s%n", name, failure.reason());
      }
    }
    int n = unseen.size() - failed;
    ConfidenceInterval interval = ConfidenceInterval.wilson95(correct, n);
    out.printf(
        "accuracy     %.3f (95 %% interval %.3f to %.3f), %d of %d photos right%n",
        (double) correct / n, interval.low(), interval.high(), correct, n);
    run.print(out);
    out.printf("classified   %d photos in %.1f seconds, loading included%n", n, seconds);
    String graft = CHECKOUT == null ? "graft" : "./graft";
    out.printf("Next: %s classify %s YOUR_PHOTO.jpg%n", graft, model);
    return failed == 0 ? 0 : ExitCode.SOME_INPUTS_FAILED;
  }
}

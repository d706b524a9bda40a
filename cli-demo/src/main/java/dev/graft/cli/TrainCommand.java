package dev.graft.cli;

import dev.graft.backbone.Backbone;
import dev.graft.backbone.Backbones;
import dev.graft.backbone.Normalization;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.model.AtomicFile;
import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import dev.graft.train.FeatureCache;
import dev.graft.train.Head;
import dev.graft.train.Hyperparameters;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code graft train}: from a folder of photos to a model file. */
@Command(
    name = "train",
    description = {
      "Learns the classes of a folder of photos and writes them as one ONNX file.",
      "%nDATA has one subfolder a class, named as the class, with its photos inside.%n"
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "DATA",
      description = "Folder with a subfolder of photos for each class.")
  private Path data;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "MODEL.onnx",
      required = true,
      description = "Where the model is written.")
  private Path output;

  @Option(names = "--force", description = "Overwrite MODEL.onnx if it exists.")
  private boolean force;

  @Option(
      names = "--backbone",
      paramLabel = "NAME",
      defaultValue = "vgg16",
      description = "See 'graft backbones' (default: ${DEFAULT-VALUE}).")
  private String backbone;

  @Option(
      names = "--head",
      paramLabel = "NAME",
      description =
          "flatten-dense (Flatten, Dense, ReLU, Dropout, Dense; default for vgg16) or linear"
              + " (global average pooling, Dropout, Dense; default for the others).")
  private String head;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description = "Units of flatten-dense's first dense layer (default: 512).")
  private Integer hidden;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description = "Default: flatten-dense 0.5, linear 0.")
  private Float dropout;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Default: flatten-dense 10, linear 50.")
  private Integer epochs;

  @Option(names = "--batch-size", paramLabel = "N", description = "Default: 32.")
  private Integer batchSize;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      description = "Of Adam. Default: flatten-dense 1e-4, linear 1e-3.")
  private Float learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "RATE",
      description = "L2 penalty. Default: flatten-dense 0, linear 0.01.")
  private Float weightDecay;

  @Option(
      names = "--preprocessing",
      paramLabel = "NAME",
      description =
          "How pixels become the backbone's numbers: keras-caffe, keras-tf, torchvision,"
              + " efficientnet-lite or rescale (default: what the backbone was trained with).")
  private String preprocessing;

  @Option(
      names = "--resize",
      paramLabel = "FIT",
      defaultValue = "stretch",
      description =
          "How photos come to the backbone's size: stretch, crop or pad (default:"
              + " ${DEFAULT-VALUE}).")
  private Resize.Fit fit;

  @Option(
      names = "--interpolation",
      paramLabel = "FILTER",
      defaultValue = "bilinear",
      description = "nearest, bilinear, bicubic or lanczos (default: ${DEFAULT-VALUE}).")
  private Resize.Filter filter;

  @Option(
      names = "--color-mode",
      paramLabel = "MODE",
      defaultValue = "rgb",
      description = "rgb or grayscale (default: ${DEFAULT-VALUE}).")
  private ColorMode colorMode;

  @ArgGroup private Validation validation = new Validation();

  private static final class Validation {
    @Option(
        names = "--validation-split",
        paramLabel = "SHARE",
        description =
            "Share of DATA's photos kept for validation, decided by each photo's content"
                + " (default: 0.2).")
    private Double split;

    @Option(
        names = "--validation",
        paramLabel = "DIR",
        description = "Folder of photos to validate on instead.")
    private Path folder;
  }

  @Option(
      names = "--test",
      paramLabel = "DIR",
      description = "Folder of photos to test on, once, when all is done.")
  private Path test;

  @Option(names = "--follow-links", description = "Follow symbolic links to folders inside DATA.")
  private boolean followLinks;

  @Option(
      names = "--skip-unreadable",
      description = "Train without photos that cannot be read (exit code 3) instead of failing.")
  private boolean skipUnreadable;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description =
          "Of the split, the weights and the order of photos (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "For the backbone (default: one a core).")
  private int threads;

  @ArgGroup private Cache cache = new Cache();

  private static final class Cache {
    @Option(
        names = "--cache",
        paramLabel = "DIR",
        description = "Where features are kept between runs (default: the user's cache folder).")
    private Path folder;

    @Option(names = "--no-cache", description = "Keep no features.")
    private boolean none;
  }

  @Option(
      names = "--cache-size",
      paramLabel = "GIB",
      defaultValue = "4",
      description =
          "Size in GiB at which the cache's oldest entries go (default: ${DEFAULT-VALUE}).")
  private double cacheGib;

  @Option(
      names = "--metrics",
      paramLabel = "FILE.json",
      description = "Where the metrics are written.")
  private Path metrics;

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    TrainingJob job = job();
    if (!force && Files.exists(output)) {
      throw new FileAlreadyExistsException(output.toString());
    }
    requireFolder(output);
    if (metrics != null) {
      requireFolder(metrics);
    }
    TrainingJob.Outcome outcome;
    try (FeatureCache features = cache()) {
      outcome = job.run(features, err);
      features.problem().ifPresent(problem -> err.println("graft: " + problem));
    }
    if (metrics != null) {
      byte[] json = (Json.document(outcome.metrics()) + "\n").getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(metrics, json);
    }
    outcome.print(spec.commandLine().getOut());
    return outcome.skipped() ? Main.SOME_INPUTS_FAILED : 0;
  }

  private TrainingJob job() throws IOException {
    Backbone chosenBackbone;
    Head chosenHead;
    Hyperparameters hyperparameters;
    LabeledFolderOptions options;
    try {
      chosenBackbone = Backbones.named(backbone);
      if (preprocessing != null) {
        chosenBackbone = chosenBackbone.withNormalization(Normalization.named(preprocessing));
      }
      chosenHead = head();
      hyperparameters = hyperparameters(chosenHead.defaults());
      int size = chosenBackbone.card().inputSize();
      options =
          LabeledFolderOptions.defaults()
              .withPreprocessing(
                  new PhotoPreprocessing(new Resize(size, size, fit, filter), colorMode))
              .withSeed(seed)
              .withFollowLinks(followLinks)
              .withValidationSplit(
                  validation.folder != null
                      ? 0
                      : validation.split != null
                          ? validation.split
                          : LabeledFolderOptions.defaults().validationSplit());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    if (threads < 0) {
      throw new ParameterException(
          spec.commandLine(), "expected 0 or more threads, got " + threads);
    }
    return new TrainingJob(
        data,
        validation.folder,
        test,
        options,
        chosenBackbone,
        chosenHead,
        hyperparameters,
        seed,
        threads,
        skipUnreadable,
        output,
        force);
  }

  private Head head() {
    String name = head != null ? head : backbone.equals("vgg16") ? "flatten-dense" : "linear";
    if (name.equals("flatten-dense")) {
      Head.FlattenDense defaults = Head.flattenDense();
      return Head.flattenDense(
          hidden == null ? defaults.hidden() : hidden,
          dropout == null ? defaults.dropout() : dropout);
    }
    if (name.equals("linear")) {
      if (hidden != null) {
        throw new IllegalArgumentException("--hidden needs --head flatten-dense");
      }
      return dropout == null ? Head.linear() : Head.linear(dropout);
    }
    throw new IllegalArgumentException(
        "no head is called \"%s\"; the known ones are flatten-dense, linear".formatted(name));
  }

  private Hyperparameters hyperparameters(Hyperparameters defaults) {
    return new Hyperparameters(
        epochs == null ? defaults.epochs() : epochs,
        batchSize == null ? defaults.batchSize() : batchSize,
        learningRate == null ? defaults.learningRate() : learningRate,
        weightDecay == null ? defaults.weightDecay() : weightDecay);
  }

  private FeatureCache cache() {
    if (cache.none) {
      return FeatureCache.none();
    }
    if (!(cacheGib > 0)) {
      throw new ParameterException(
          spec.commandLine(), "expected a cache size above 0, got " + cacheGib);
    }
    Path folder = cache.folder == null ? FeatureCache.defaultDirectory() : cache.folder;
    return FeatureCache.in(folder, Math.max(1, (long) (cacheGib * (1L << 30))));
  }

  /** Fails before the work instead of after it. */
  private static void requireFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new NotDirectoryException(
          folder + ": expected a folder to write " + file.getFileName() + " into; make it first");
    }
  }
}

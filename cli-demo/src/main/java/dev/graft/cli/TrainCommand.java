package dev.graft.cli;

import dev.graft.backbone.Backbone;
import dev.graft.backbone.BackboneOptions;
import dev.graft.backbone.Backbones;
import dev.graft.backbone.Normalization;
import dev.graft.data.DataException;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.SkippedFile;
import dev.graft.model.AtomicFile;
import dev.graft.model.Task;
import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import dev.graft.train.FeatureCache;
import dev.graft.train.Head;
import dev.graft.train.Hyperparameters;
import dev.graft.train.Trainer;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
      "%nDATA has a subfolder for each class, named as the class, with its photos inside.",
      "%nDefaults that differ between the heads are given as flatten-dense / linear."
    },
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
      description = "File that the model is written to.")
  private Path output;

  @Option(names = "--force", description = "Overwrite MODEL.onnx if it exists.")
  private boolean force;

  @Option(
      names = "--backbone",
      paramLabel = "NAME",
      defaultValue = "vgg16",
      description =
          "See 'graft backbones' (default: ${DEFAULT-VALUE}), or a file MODEL.onnx: any classifier"
              + " of photos.")
  private String backbone;

  @Option(
      names = "--features",
      paramLabel = "TENSOR",
      description =
          "Tensor of MODEL.onnx that the head stands on (default: the input of its last global"
              + " pooling, or of its classifier; 'graft backbones --inspect MODEL.onnx' lists"
              + " others).")
  private String features;

  @Option(
      names = "--input-size",
      paramLabel = "N",
      description =
          "Height and width of photos for a MODEL.onnx that takes any size (default: 224).")
  private Integer inputSize;

  @Option(
      names = "--head",
      paramLabel = "NAME",
      description =
          "flatten-dense (Flatten, Dense, ReLU, Dropout, Dense; the default for vgg16) or linear"
              + " (global average pooling, Dropout, Dense; the default for other backbones).")
  private String head;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description = "Units of the first dense layer; flatten-dense only (default: 512).")
  private Integer hidden;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description =
          "Share of the last layer's inputs that are dropped in training (default: 0.5 / 0).")
  private Float dropout;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the training photos (default: 10 / 50).")
  private Integer epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Photos a step of training (default: 32 / 32).")
  private Integer batchSize;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      description = "Adam's step size (default: 1e-4 / 1e-3).")
  private Float learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "RATE",
      description = "L2 penalty on the weights (default: 0 / 0.01).")
  private Float weightDecay;

  @Option(
      names = "--preprocessing",
      paramLabel = "NAME",
      description =
          "How pixels become the backbone's numbers: keras-caffe, keras-tf, torchvision,"
              + " efficientnet-lite, rescale, none, or mean=R/G/B,std=R/G/B,order=rgb in grey"
              + " levels (default: what the backbone was trained with; required for a MODEL.onnx"
              + " that is not of Graft).")
  private String preprocessing;

  @Option(
      names = "--resize",
      paramLabel = "FIT",
      defaultValue = "stretch",
      description =
          "How photos are brought to the backbone's size: stretch, crop or pad (default:"
              + " ${DEFAULT-VALUE}).")
  private Resize.Fit fit;

  @Option(
      names = "--interpolation",
      paramLabel = "FILTER",
      defaultValue = "bilinear",
      description =
          "Filter that resizes photos: nearest, bilinear, bicubic or lanczos (default:"
              + " ${DEFAULT-VALUE}).")
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
      description =
          "Train without photos that cannot be read (exit code 3) instead of stopping (exit code"
              + " 1).")
  private boolean skipUnreadable;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description =
          "Decides the split, the first weights and the order of photos (default:"
              + " ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads that run the backbone; 0 is one a core (default: ${DEFAULT-VALUE}).")
  private int threads;

  @ArgGroup private Cache cache = new Cache();

  private static final class Cache {
    @Option(
        names = "--cache",
        paramLabel = "DIR",
        description =
            "Folder where the backbone's features of each photo are kept for the next run"
                + " (default: see 'graft doctor').")
    private Path folder;

    @Option(names = "--no-cache", description = "Keep no features, use none.")
    private boolean none;
  }

  @Option(
      names = "--cache-size",
      paramLabel = "GIB",
      defaultValue = "4",
      description =
          "Size above which the entries of the cache unused for longest are deleted (default:"
              + " ${DEFAULT-VALUE}).")
  private double cacheGib;

  @Option(
      names = "--metrics",
      paramLabel = "FILE.json",
      description = "File that the metrics are written to as JSON; one that exists is overwritten.")
  private Path metrics;

  /** What the options say, checked. */
  private record Settings(
      Backbone backbone,
      Head head,
      Hyperparameters hyperparameters,
      LabeledFolderOptions data,
      FeatureCache cache) {}

  @Override
  public Integer call() throws Exception {
    long start = System.nanoTime();
    PrintWriter err = spec.commandLine().getErr();
    Settings settings;
    try {
      settings = settings();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    checkOutputs();
    TrainingRun run;
    try (FeatureCache cached = settings.cache()) {
      List<SkippedFile> unreadable = new ArrayList<>();
      LabeledFolder folder = open(data, settings.data(), unreadable);
      Trainer trainer =
          Trainer.on(folder)
              .backbone(settings.backbone())
              .head(settings.head())
              .hyperparameters(settings.hyperparameters())
              .seed(seed)
              .threads(threads)
              .cache(cached)
              .skipUnreadable(skipUnreadable);
      LabeledFolderOptions same =
          settings.data().withClasses(folder.classes()).withValidationSplit(0);
      if (validation.folder != null) {
        trainer.validation(open(validation.folder, same, unreadable));
      }
      if (test != null) {
        trainer.test(open(test, same, unreadable));
      }
      run = TrainingRun.run(trainer, unreadable, output, force, start, err);
      cached.problem().ifPresent(problem -> err.println("graft: " + problem));
    }
    if (metrics != null) {
      byte[] json = (Json.document(run.metrics()) + "\n").getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(metrics, json);
    }
    run.print(spec.commandLine().getOut());
    return run.skipped().isEmpty() ? 0 : Main.SOME_INPUTS_FAILED;
  }

  private void checkOutputs() throws IOException {
    OutputFile.check(output);
    if (!force && Files.exists(output)) {
      throw new FileAlreadyExistsException(output.toString());
    }
    if (metrics != null) {
      OutputFile.check(metrics);
    }
  }

  private LabeledFolder open(Path path, LabeledFolderOptions options, List<SkippedFile> unreadable)
      throws IOException {
    if (LabeledFolder.taskOf(path) == Task.MULTI_LABEL) {
      throw new DataException(
          path,
          "multi-label data (a CSV of labels), which graft train cannot learn from yet; to train on"
              + " class folders, move labels.csv out of the folder");
    }
    LabeledFolder folder = Data.open(path, options, spec.commandLine().getErr());
    unreadable.addAll(folder.unreadable());
    return folder;
  }

  private Settings settings() throws IOException {
    Backbone chosenBackbone = backbone();
    Head chosenHead = head();
    if (threads < 0) {
      throw new IllegalArgumentException("expected 0 or more threads, got " + threads);
    }
    if (output.equals(metrics)) {
      throw new IllegalArgumentException("--output and --metrics are the same file, " + output);
    }
    LabeledFolderOptions options = LabeledFolderOptions.defaults();
    double split = validation.split != null ? validation.split : options.validationSplit();
    int size = chosenBackbone.card().inputSize();
    return new Settings(
        chosenBackbone,
        chosenHead,
        hyperparameters(chosenHead.defaults()),
        options
            .withPreprocessing(
                new PhotoPreprocessing(new Resize(size, size, fit, filter), colorMode))
            .withSeed(seed)
            .withFollowLinks(followLinks)
            .withSkipUnreadable(skipUnreadable)
            .withValidationSplit(validation.folder != null ? 0 : split),
        cache());
  }

  private Backbone backbone() throws IOException {
    Normalization normalization = preprocessing == null ? null : Normalization.named(preprocessing);
    if (!isFile(backbone)) {
      if (features != null || inputSize != null) {
        throw new IllegalArgumentException(
            (features != null ? "--features" : "--input-size") + " needs --backbone MODEL.onnx");
      }
      Backbone known = Backbones.named(backbone);
      return normalization == null ? known : known.withNormalization(normalization);
    }
    if (inputSize != null && inputSize < 1) {
      throw new IllegalArgumentException("expected an input size of at least 1, got " + inputSize);
    }
    // A file is run, which takes a while.
    checkOutputs();
    Backbone read =
        Backbones.read(
            Path.of(backbone),
            new BackboneOptions(features, normalization, inputSize == null ? 0 : inputSize));
    if (features == null) {
      spec.commandLine()
          .getErr()
          .printf(
              "graft: %s: features are the tensor %s %s; --features takes another%n",
              backbone, read.card().features(), read.card().featureShape());
    }
    return read;
  }

  /** A bundled backbone is never taken for a file of its name. */
  private static boolean isFile(String name) {
    return name.endsWith(".onnx")
        || name.contains("/")
        || name.contains(File.separator)
        || (Backbones.all().stream().noneMatch(card -> card.name().equals(name))
            && Files.isRegularFile(Path.of(name)));
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
    long bytes = (long) (cacheGib * (1L << 30));
    if (bytes < 1) {
      throw new IllegalArgumentException("expected a cache size above 0, got " + cacheGib);
    }
    return cache.none
        ? FeatureCache.none()
        : FeatureCache.in(
            cache.folder == null ? FeatureCache.defaultDirectory() : cache.folder, bytes);
  }
}

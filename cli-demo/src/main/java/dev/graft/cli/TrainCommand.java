package dev.graft.cli;

import dev.graft.augment.Augmentation;
import dev.graft.backbone.Backbone;
import dev.graft.backbone.BackboneOptions;
import dev.graft.backbone.Backbones;
import dev.graft.backbone.Normalization;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.SkippedFile;
import dev.graft.model.AtomicFile;
import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import dev.graft.quantize.Precision;
import dev.graft.serve.Device;
import dev.graft.train.FeatureCache;
import dev.graft.train.FineTuning;
import dev.graft.train.Head;
import dev.graft.train.Hyperparameters;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingReport;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  /** The classic size for {@code --backbone none}. */
  private static final int SMALL = 32;

  private static final int VARIANTS = 4;

  /** More are a mistake that a system may not survive. */
  private static final int MOST_THREADS = 1024;

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

  @Option(names = "--force", description = "Overwrite MODEL.onnx and the curves if they exist.")
  private boolean force;

  @Option(
      names = "--backbone",
      paramLabel = "NAME",
      defaultValue = "vgg16",
      description =
          "See 'graft backbones' (default: ${DEFAULT-VALUE}); or none, for a small network that"
              + " learns everything from your photos; or a file MODEL.onnx: any classifier of"
              + " photos.")
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
      paramLabel = "PIXELS",
      description =
          "Height and width of photos, with --backbone none (default: 32), or for a MODEL.onnx that"
              + " takes any size (default: 224).")
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

  @Mixin private LearningOptions learning = new LearningOptions();

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "fp32",
      description =
          "How the model is stored: fp32; fp16 (half the size); int8 (a quarter of the size, and"
              + " faster on most processors); or auto, which is int8 where it is faster on this"
              + " machine. The head learns from the features of the backbone as stored (default:"
              + " ${DEFAULT-VALUE}).")
  private Precision precision;

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

  @Option(
      names = "--cross-validate",
      paramLabel = "FOLDS",
      description =
          "First estimate how good such a model is by so many models, each tested on photos that it"
              + " did not learn from; the model then learns from all of DATA.")
  private Integer folds;

  @Option(
      names = "--resume",
      description =
          "Go on where a run with the same options was stopped, if MODEL.onnx.checkpoint is there.")
  private boolean resume;

  @Option(
      names = "--augment",
      paramLabel = "HOW",
      defaultValue = "none",
      description =
          "How training photos are changed at random, such as flips or standard; see"
              + " docs/augmentation.md and 'graft augment' (default: ${DEFAULT-VALUE}).")
  private String augment;

  @Option(
      names = "--variants",
      paramLabel = "N",
      description =
          "Changed copies of each photo, besides itself, that a frozen backbone sees (default: 4).")
  private Integer variants;

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

  @Mixin private DeviceOption device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Threads that run the backbone, in all; 0 is one a core (default:"
              + " ${DEFAULT-VALUE}).")
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

  @ArgGroup private CurvesOptions curves = new CurvesOptions();

  /** What the options say, checked. */
  private record Settings(
      Backbone backbone,
      Head head,
      Hyperparameters hyperparameters,
      Optional<FineTuning> fineTuning,
      Augmentation augmentation,
      LabeledFolderOptions data,
      Device device,
      FeatureCache cache) {}

  @Override
  public Integer call() throws Exception {
    long start = System.nanoTime();
    Settings settings;
    try {
      settings = settings();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    checkOutputs();
    announceCheckpoint();
    Path drawn = curves.file(output);
    try (CurvesDrawing drawing = new CurvesDrawing()) {
      TrainingRun run = run(settings, start, drawn == null ? report -> {} : drawing::begin);
      run.model().deleteCheckpoint();
      // The model is there: that is told before anything can fail that is less than it.
      run.print(spec.commandLine().getOut());
      if (drawn != null) {
        drawing.write(drawn, spec.commandLine().getErr());
      }
      if (metrics != null) {
        byte[] json = (Json.document(run.metrics()) + "\n").getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(metrics, json);
      }
      return run.skipped().isEmpty() ? 0 : Main.SOME_INPUTS_FAILED;
    }
  }

  /** Trains and exports; the report is there before the export. */
  private TrainingRun run(Settings settings, long start, Consumer<TrainingReport> onReport)
      throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    try (FeatureCache cached = settings.cache()) {
      List<SkippedFile> unreadable = new ArrayList<>();
      LabeledFolder folder = open(data, settings.data(), unreadable);
      Trainer trainer =
          Trainer.on(folder)
              .backbone(settings.backbone())
              .head(settings.head())
              .hyperparameters(settings.hyperparameters())
              .precision(precision)
              .seed(seed)
              .device(settings.device())
              .threads(threads)
              .cache(cached)
              .skipUnreadable(skipUnreadable)
              .checkpoint(checkpoint())
              .resume(resume);
      settings.fineTuning().ifPresent(trainer::fineTune);
      if (!settings.augmentation().isNone()) {
        trainer.augment(settings.augmentation(), variants == null ? VARIANTS : variants);
      }
      if (folds != null) {
        trainer.crossValidate(folds);
      }
      LabeledFolderOptions same =
          settings.data().withClasses(folder.classes()).withValidationSplit(0);
      if (validation.folder != null) {
        trainer.validation(open(validation.folder, same, unreadable));
      }
      if (test != null) {
        trainer.test(open(test, same, unreadable));
      }
      TrainingRun run = TrainingRun.run(trainer, unreadable, output, force, start, onReport, err);
      cached.problem().ifPresent(problem -> err.println("graft: " + problem));
      return run;
    }
  }

  private void checkOutputs() throws IOException {
    OutputFile.check(output);
    if (!force && Files.exists(output)) {
      throw new FileAlreadyExistsException(output.toString());
    }
    if (metrics != null) {
      OutputFile.check(metrics);
    }
    curves.check(output, force);
  }

  /** The file that a run which is stopped leaves for {@code --resume}. */
  private Path checkpoint() {
    return output.resolveSibling(output.getFileName() + ".checkpoint");
  }

  private void announceCheckpoint() {
    PrintWriter err = spec.commandLine().getErr();
    if (resume && Files.notExists(checkpoint())) {
      err.println("graft: " + checkpoint() + ": no checkpoint to go on from; training begins");
    } else if (!resume && Files.exists(checkpoint())) {
      err.println(
          "graft: "
              + checkpoint()
              + ": a run was stopped here; this one begins again (--resume would go on)");
    }
  }

  private LabeledFolder open(Path path, LabeledFolderOptions options, List<SkippedFile> unreadable)
      throws IOException {
    LabeledFolder folder = Data.open(path, options, spec.commandLine().getErr());
    unreadable.addAll(folder.unreadable());
    return folder;
  }

  private Settings settings() throws IOException {
    Device chosenDevice = device.parse();
    Backbone chosenBackbone = backbone();
    Head chosenHead = head();
    Optional<FineTuning> fineTuning = learning.fineTuning();
    if (fineTuning.isPresent()) {
      fineTuning.get().requireIn(chosenBackbone);
    }
    if (precision != Precision.FP32 && (fineTuning.isPresent() || !chosenBackbone.isPretrained())) {
      throw new IllegalArgumentException(
          "--precision %s is for frozen backbones: train without it, and then 'graft quantize' the"
                  .formatted(precision)
              + " model");
    }
    if (folds != null && folds < 2) {
      throw new IllegalArgumentException("expected --cross-validate 2 or more, got " + folds);
    }
    if (threads < 0 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "expected 0 to %d threads, got %d".formatted(MOST_THREADS, threads));
    }
    if (metrics != null && isSame(output, metrics)) {
      throw new IllegalArgumentException("--output and --metrics are the same file, " + output);
    }
    Path drawing = curves.file(output);
    if (drawing != null
        && (isSame(drawing, output) || (metrics != null && isSame(drawing, metrics)))) {
      throw new IllegalArgumentException(
          "--curves and %s are the same file, %s"
              .formatted(drawing.equals(output) ? "--output" : "--metrics", drawing));
    }
    LabeledFolderOptions options = LabeledFolderOptions.defaults();
    double usual = folds == null ? options.validationSplit() : 0;
    double split = validation.split != null ? validation.split : usual;
    int size = chosenBackbone.card().inputSize();
    return new Settings(
        chosenBackbone,
        chosenHead,
        learning.hyperparameters(Hyperparameters.suitedTo(chosenBackbone, chosenHead)),
        fineTuning,
        augmentation(),
        options
            .withPreprocessing(
                new PhotoPreprocessing(new Resize(size, size, fit, filter), colorMode))
            .withSeed(seed)
            .withFollowLinks(followLinks)
            .withSkipUnreadable(skipUnreadable)
            .withValidationSplit(validation.folder != null ? 0 : split),
        chosenDevice,
        cache());
  }

  private Augmentation augmentation() {
    Augmentation chosen = Augmentation.parse(augment);
    if (chosen.isNone() && variants != null) {
      throw new IllegalArgumentException("--variants needs --augment");
    }
    if (variants != null && variants < 1) {
      throw new IllegalArgumentException("expected --variants 1 or more, got " + variants);
    }
    return chosen;
  }

  /** However the paths are written. */
  private static boolean isSame(Path one, Path other) {
    try {
      return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())
          || (Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other));
    } catch (IOException e) {
      return false; // writing to it will say why
    }
  }

  private Backbone backbone() throws IOException {
    Normalization normalization = preprocessing == null ? null : Normalization.named(preprocessing);
    if (inputSize != null && inputSize < 1) {
      throw new IllegalArgumentException("expected an input size of at least 1, got " + inputSize);
    }
    if (backbone.equals(Backbones.NONE)) {
      if (features != null) {
        throw new IllegalArgumentException("--features needs --backbone MODEL.onnx");
      }
      Backbone small = Backbones.untrained(inputSize == null ? SMALL : inputSize, seed);
      return normalization == null ? small : small.withNormalization(normalization);
    }
    if (!isFile(backbone)) {
      if (features != null || inputSize != null) {
        throw new IllegalArgumentException(
            features != null
                ? "--features needs --backbone MODEL.onnx"
                : "--input-size needs --backbone MODEL.onnx or none");
      }
      Backbone known = Backbones.named(backbone);
      return normalization == null ? known : known.withNormalization(normalization);
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
    boolean small = backbone.equals(Backbones.NONE);
    String usual = small || backbone.equals("vgg16") ? "flatten-dense" : "linear";
    String name = head != null ? head : usual;
    if (name.equals("flatten-dense")) {
      Head.FlattenDense defaults = small ? Head.flattenDense(64, 0) : Head.flattenDense();
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

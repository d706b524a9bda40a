package dev.graft.train;

import dev.graft.augment.Augmentation;
import dev.graft.backbone.Backbone;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.data.Overlap;
import dev.graft.data.Skipped;
import dev.graft.device.Device;
import dev.graft.djl.EngineLoading;
import dev.graft.engine.ThreadLimit;
import dev.graft.evaluate.Baseline;
import dev.graft.features.FeatureCache;
import dev.graft.features.FeaturePass;
import dev.graft.features.QuantizedBackbones;
import dev.graft.fit.Checkpoint;
import dev.graft.model.DataInfo;
import dev.graft.model.SplitMetrics;
import dev.graft.quantize.Precision;
import dev.graft.recipe.CheckpointException;
import dev.graft.recipe.DivergenceException;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import dev.graft.recipe.OverlapException;
import dev.graft.recipe.Progress;
import dev.graft.recipe.TrainingException;
import dev.graft.recipe.UnreadablePhotosException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Trains a network for a folder of photos: a head on the features of a frozen backbone, and then,
 * if asked for, layers of the backbone too.
 *
 * <pre>{@code
 * TrainedModel model = Trainer.on(LabeledFolder.open(Path.of("photos")))
 *     .backbone(Backbones.vgg16())
 *     .head(Head.flattenDense(512, 0.5f))
 *     .epochs(10)
 *     .train();
 * model.exportOnnx(Path.of("photos.onnx"));
 * }</pre>
 *
 * <p>The calls may come in any order, and the last of each counts; what does not go together {@link
 * #train} says before the work. The size of photos is the backbone's; the seed of everything, and
 * whether photos that cannot be read are left out, are those of the folder's options.
 *
 * <p>What the frozen layers make of the photos is computed once, by ONNX Runtime, and kept in a
 * {@link #cache}; the others are trained on it by DJL. The same photos, options, seed and number of
 * threads give the same weights. Not thread-safe; trainings in one JVM take turns in DJL.
 */
public final class Trainer {

  private static final int PARITY_PHOTOS = 8;

  /** How many variants of a photo there are, besides itself, where no number is given. */
  public static final int VARIANTS = 4;

  private final LabeledFolder data;
  private Backbone backbone;
  private Head head; // null: that which suits the backbone
  private Hyperparameters hyperparameters; // null: those that suit backbone and head
  private Integer epochs; // null: as the hyper-parameters say
  private LabeledFolder validationData;
  private LabeledFolder testData;
  private Path cacheFolder; // null: nowhere
  private long cacheBytes;
  private Device device = Device.auto();
  private int threads;
  private Precision precision = Precision.FP32;
  private boolean allowOverlap;
  private FineTuning fineTuning;
  private Augmentation augmentation = Augmentation.none();
  private int variants = VARIANTS;
  private int folds;
  private Path checkpoint;
  private boolean resume;
  private Consumer<Progress> onProgress = progress -> {};

  private Trainer(LabeledFolder data) {
    this.data = Objects.requireNonNull(data, "data");
  }

  /**
   * Trains on a folder. If its options ask for a validation split, that part is the validation set
   * unless {@link #validation} names another.
   */
  public static Trainer on(LabeledFolder data) {
    return new Trainer(data);
  }

  /** Required. It says how photos become pixels: {@link Backbone#preprocessing()}. */
  public Trainer backbone(Backbone newBackbone) {
    this.backbone = Objects.requireNonNull(newBackbone, "backbone");
    return this;
  }

  /** What is trained on the backbone's features. Default: {@link Head#suitedTo}. */
  public Trainer head(Head newHead) {
    this.head = Objects.requireNonNull(newHead, "head");
    return this;
  }

  /** Default: {@link Hyperparameters#suitedTo}. */
  public Trainer hyperparameters(Hyperparameters newHyperparameters) {
    this.hyperparameters = Objects.requireNonNull(newHyperparameters, "hyperparameters");
    return this;
  }

  /**
   * Takes a number of epochs in place of that of the hyper-parameters.
   *
   * @param newEpochs at least 1
   */
  public Trainer epochs(int newEpochs) {
    if (newEpochs < 1) {
      throw new IllegalArgumentException("expected at least 1 epoch, got " + newEpochs);
    }
    this.epochs = newEpochs;
    return this;
  }

  /**
   * Photos to validate on instead of a part of the training folder; the same classes.
   *
   * @throws TrainingException if the classes are others, or the labels of another kind
   */
  public Trainer validation(LabeledFolder folder) throws TrainingException {
    this.validationData = sameClasses(folder);
    return this;
  }

  /**
   * Photos to test on when all is done; the same classes.
   *
   * @throws TrainingException if the classes are others, or the labels of another kind
   */
  public Trainer test(LabeledFolder folder) throws TrainingException {
    this.testData = sameClasses(folder);
    return this;
  }

  /**
   * Where the command line keeps features: the folder {@code features} in the user's cache folder.
   */
  public static Path usualCache() {
    return FeatureCache.defaultDirectory();
  }

  /** Keeps features in a folder, as {@link #cache(Path, long)}, of at most 4 GiB. */
  public Trainer cache(Path folder) {
    return cache(folder, FeatureCache.USUAL_BYTES);
  }

  /**
   * Keeps what frozen layers make of photos in a folder, for the trainings to come; any number of
   * them may share it at once. Where it cannot be read or written the training goes on, and {@link
   * Progress.CacheFailed} says why. Default: nowhere. See {@link #usualCache}.
   *
   * @param folder made where there is none
   * @param maxBytes the size at which the entries used least recently are deleted, at least 1
   */
  public Trainer cache(Path folder, long maxBytes) {
    this.cacheFolder = Objects.requireNonNull(folder, "folder");
    this.cacheBytes = FeatureCache.requireBound(maxBytes);
    return this;
  }

  /**
   * What runs the frozen layers and trains the others. Where it cannot be used the CPU does, and
   * {@link Progress.Fallback} says why. Default: {@link Device#auto()}.
   */
  public Trainer device(Device newDevice) {
    this.device = Objects.requireNonNull(newDevice, "device");
    return this;
  }

  /**
   * Threads for the backbone, up to 1024; 0, the default, is one a core.
   *
   * @throws IllegalArgumentException if there are more, or fewer than 0
   */
  public Trainer threads(int newThreads) {
    this.threads = ThreadLimit.require(newThreads);
    return this;
  }

  /**
   * Whether photos of {@link #validation} and {@link #test} may be among those that are learnt
   * from. Their figures are then too good, and {@link TrainingReport#overlap} says how many there
   * are. Default: no, it is an error.
   */
  public Trainer allowOverlap(boolean allow) {
    this.allowOverlap = allow;
    return this;
  }

  /** Layers of the backbone that learn on when the head has learnt. Default: none. */
  public Trainer fineTune(FineTuning newFineTuning) {
    this.fineTuning = Objects.requireNonNull(newFineTuning, "fineTuning");
    return this;
  }

  /** The same with {@link #VARIANTS} of each photo. */
  public Trainer augment(Augmentation newAugmentation) {
    return augment(newAugmentation, VARIANTS);
  }

  /**
   * How training photos are changed at random; validation and test photos never are. What a frozen
   * backbone makes of them is computed once, for the photo and a number of variants, of which each
   * epoch takes another. Where layers of the backbone are trained, each epoch draws afresh.
   *
   * @param newVariants of a photo besides itself, at least 1; for frozen backbones
   */
  public Trainer augment(Augmentation newAugmentation, int newVariants) {
    if (newVariants < 1) {
      throw new IllegalArgumentException("expected at least 1 variant a photo, got " + newVariants);
    }
    this.augmentation = Objects.requireNonNull(newAugmentation, "augmentation");
    this.variants = newVariants;
    return this;
  }

  /**
   * Estimates how good such a model is by cross-validation before it is trained: the training
   * photos are dealt into folds, class by class, equal photos into the same one, and each fold is
   * judged by a model that learnt from the others.
   *
   * @param newFolds at least 2; every class needs as many different photos
   */
  public Trainer crossValidate(int newFolds) {
    if (newFolds < 2) {
      throw new IllegalArgumentException("expected at least 2 folds, got " + newFolds);
    }
    this.folds = newFolds;
    return this;
  }

  /**
   * A file that is written after each epoch, for {@link #resume} to go on from. It stays until
   * {@link TrainedModel#deleteCheckpoint}. Where it cannot be written the training goes on, and
   * {@link Progress.CheckpointFailed} says why. One training at a time for a file. Default: none.
   */
  public Trainer checkpoint(Path file) {
    this.checkpoint = Objects.requireNonNull(file, "checkpoint");
    return this;
  }

  /**
   * Whether to go on where a training of the same photos and settings was stopped, if the file of
   * {@link #checkpoint} is there: the result has the same bits as if it had not been. Where there
   * is no such file yet, the training begins.
   */
  public Trainer resume(boolean newResume) {
    this.resume = newResume;
    return this;
  }

  /**
   * How the weights are stored. In {@link Precision#INT8} and {@link Precision#FP16} the backbone
   * is quantised before anything is learnt: the head learns from the features that it will be
   * served with, and what is measured is what is exported. Int8 is calibrated on up to {@value
   * QuantizedBackbones#PHOTOS} of the training photos. Default: {@link Precision#FP32}. Layers of
   * the backbone that are trained are not quantised: it goes with neither {@link #fineTune} nor
   * {@link dev.graft.backbone.Backbones#untrained}.
   */
  public Trainer precision(Precision newPrecision) {
    this.precision = Objects.requireNonNull(newPrecision, "precision");
    return this;
  }

  /** Told of progress on the training's own thread. */
  public Trainer onProgress(Consumer<Progress> listener) {
    this.onProgress = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Trains. Interrupting the thread stops it; features computed so far stay in the cache.
   *
   * @throws IllegalStateException if there is no backbone, or it is to {@link #resume} and no
   *     {@link #checkpoint} is named
   * @throws UnreadablePhotosException if photos cannot be read and are not to be skipped
   * @throws OverlapException if a photo is in more than one of the sets, and that is not allowed
   * @throws CheckpointException if it is to {@link #resume} and the checkpoint is damaged, of an
   *     older version, or another training's
   * @throws IOException if the backbone cannot be read
   * @throws TrainingException if training cannot go on; the message says what to do
   * @throws IllegalArgumentException as {@link FineTuning#requireIn} and {@link
   *     Precision#requireFor}
   * @throws CancellationException if the thread was interrupted, which it stays, or the process is
   *     ending
   */
  public TrainedModel train() throws IOException {
    try {
      return trainChecked();
    } catch (UncheckedIOException e) {
      throw e.getCause(); // out of a callback
    }
  }

  private TrainedModel trainChecked() throws IOException {
    requireComplete();
    List<LabeledPhoto> validationPhotos =
        validationData == null ? data.validation() : validationData.photos();
    List<LabeledPhoto> trainingPhotos = validationData == null ? data.training() : data.photos();
    Head top = head == null ? Head.suitedTo(backbone) : head;
    Hyperparameters chosen = chosenHyperparameters(top);
    requireSense(chosen, trainingPhotos, validationPhotos);
    List<LabeledPhoto> testPhotos = testData == null ? List.of() : testData.photos();
    Overlap overlap = Overlap.of(trainingPhotos, validationPhotos, testPhotos);
    if (!overlap.isEmpty() && !allowOverlap) {
      throw new OverlapException(overlap);
    }
    long seed = data.options().seed();
    Folds dealt =
        folds == 0 ? null : Folds.deal(data.task(), trainingPhotos, data.classes(), folds, seed);
    NetworkPlan plan =
        new NetworkPlan(
            data.root(),
            data.task(),
            data.classes(),
            backbone,
            precision,
            top,
            chosen,
            fineTuning,
            augmentation,
            variants,
            seed);
    try (FeatureCache cache = openCache();
        EngineLoading engine = new EngineLoading();
        Workbench bench =
            new Workbench(
                new FeaturePass(backbone.preprocessing(), cache, folds > 0, thenLoading(engine)),
                engine,
                device,
                threads,
                data.options().skipUnreadable(),
                onProgress)) {
      Training training = new Training(plan, new QuantizedBackbones(cache, onProgress), bench);
      new MemoryCheck(
              trainingPhotos.size(),
              validationPhotos.size(),
              testPhotos.size(),
              folds > 0,
              resume && Files.exists(checkpoint))
          .require(plan, bench);
      Checkpoint kept = Checkpoint.none();
      if (checkpoint != null) {
        kept = Checkpoint.in(checkpoint, plan.settings(trainingPhotos, validationPhotos));
      }
      Checkpoint.Saved saved = resume ? kept.load() : null;
      if (saved != null) {
        onProgress.accept(new Progress.Resumed(saved.epoch()));
      }
      CrossValidation crossValidation = null;
      if (dealt != null) {
        crossValidation = crossValidate(training, dealt);
      }
      Outcome outcome;
      try {
        outcome = training.run(trainingPhotos, validationPhotos, kept, saved);
      } catch (DivergenceException e) {
        kept.delete(); // it would diverge again
        throw e;
      }
      SplitMetrics test = testData == null ? null : outcome.measure(testPhotos);
      TrainingReport report =
          new TrainingReport(
              backbone.card().name(),
              top,
              chosen,
              fineTuning,
              augmentation,
              seed,
              outcome.train(),
              outcome.validation(),
              test,
              crossValidation,
              outcome.epochs(),
              outcome.headEpochs(),
              bench.timing(),
              bench.unreadable(),
              overlap,
              Baseline.of(
                  data.task(),
                  data.classes(),
                  read(trainingPhotos, bench),
                  read(validationPhotos, bench),
                  read(testPhotos, bench)));
      cache.problem().ifPresent(problem -> onProgress.accept(new Progress.CacheFailed(problem)));
      return new TrainedModel(
          data.classes(),
          backbone.preprocessing(),
          outcome.backbone(),
          outcome.network(),
          outcome.thresholds(),
          report,
          new DataInfo(data.fingerprint(), data.countPerClass()),
          parityPhotos(read(validationPhotos, bench), read(trainingPhotos, bench)),
          kept);
    }
  }

  private FeatureCache openCache() {
    return cacheFolder == null ? FeatureCache.none() : FeatureCache.in(cacheFolder, cacheBytes);
  }

  /** The first photo has called all native methods that a photo needs. */
  private Consumer<Progress> thenLoading(EngineLoading engine) {
    return progress -> {
      engine.begin();
      engine.requireNotFailed();
      onProgress.accept(progress);
    };
  }

  private void requireComplete() {
    if (backbone == null) {
      throw new IllegalStateException(
          "a training needs a backbone; call Trainer.backbone(...) before train()");
    }
    if (resume && checkpoint == null) {
      throw new IllegalStateException(
          "expected the file that a training which was stopped is to go on from; call"
              + " Trainer.checkpoint(file) too, or not resume(true)");
    }
  }

  private Hyperparameters chosenHyperparameters(Head top) {
    Hyperparameters chosen =
        hyperparameters == null ? Hyperparameters.suitedTo(backbone, top) : hyperparameters;
    return epochs == null ? chosen : chosen.withEpochs(epochs);
  }

  /** Fails before the work where it would fail in its midst. */
  private void requireSense(
      Hyperparameters chosen,
      List<LabeledPhoto> trainingPhotos,
      List<LabeledPhoto> validationPhotos)
      throws IOException {
    for (int label = 0; label < data.classes().size(); label++) {
      int ours = label;
      if (trainingPhotos.stream().noneMatch(photo -> photo.labels().contains(ours))) {
        throw new TrainingException(
            "%s: no photo of class %s to train on; add some, or leave the class out"
                .formatted(data.root(), data.classes().get(label)));
      }
    }
    if (folds > 0 && chosen.needsValidation()) {
      throw new TrainingException(
          "cross-validation judges by photos that decide nothing: it goes with neither early"
              + " stopping nor the schedule plateau");
    }
    chosen.requireFor(data.task(), validationPhotos.size());
    precision.requireFor(fineTuning == null && backbone.isPretrained());
    if (fineTuning != null) {
      fineTuning.requireIn(backbone);
    }
  }

  private CrossValidation crossValidate(Training training, Folds dealt) throws IOException {
    List<SplitMetrics> metrics = new ArrayList<>();
    for (int fold = 0; fold < folds; fold++) {
      onProgress.accept(new Progress.Fold(fold + 1, folds));
      metrics.add(
          training
              .run(dealt.learnt(fold), dealt.judged().get(fold), Checkpoint.none(), null)
              .validation());
    }
    return new CrossValidation(metrics);
  }

  private LabeledFolder sameClasses(LabeledFolder folder) throws TrainingException {
    if (folder.task() != data.task()) {
      throw new TrainingException(
          "%s is %s and %s is %s: all photos must be labelled in one way"
              .formatted(data.root(), data.task(), folder.root(), folder.task()));
    }
    if (!folder.classes().equals(data.classes())) {
      throw new TrainingException(
          "%s: expected the classes %s of %s, found %s; make the folders alike"
              .formatted(folder.root(), data.classes(), data.root(), folder.classes()));
    }
    return folder;
  }

  /** Without those that could not be read. */
  private static List<LabeledPhoto> read(List<LabeledPhoto> photos, Workbench bench) {
    Set<Path> unreadable =
        bench.unreadable().stream().map(Skipped::path).collect(Collectors.toSet());
    return photos.stream().filter(photo -> !unreadable.contains(photo.path())).toList();
  }

  private static List<LabeledPhoto> parityPhotos(
      List<LabeledPhoto> validationPhotos, List<LabeledPhoto> trainingPhotos) {
    List<LabeledPhoto> candidates = new ArrayList<>(validationPhotos);
    candidates.addAll(trainingPhotos);
    int n = Math.min(PARITY_PHOTOS, candidates.size());
    return IntStream.range(0, n).mapToObj(i -> candidates.get(i * candidates.size() / n)).toList();
  }
}

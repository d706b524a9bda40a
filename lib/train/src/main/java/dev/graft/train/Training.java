package dev.graft.train;

import dev.graft.augment.Augmentation;
import dev.graft.backbone.Backbone;
import dev.graft.backbone.Seam;
import dev.graft.data.LabeledPhoto;
import dev.graft.data.SkippedFile;
import dev.graft.device.Device;
import dev.graft.djl.EngineLoading;
import dev.graft.djl.TrainingDevice;
import dev.graft.evaluate.BinaryCrossEntropy;
import dev.graft.evaluate.Thresholds;
import dev.graft.features.FeatureExtractor;
import dev.graft.features.FeaturePass;
import dev.graft.features.QuantizedBackbones;
import dev.graft.features.Variants;
import dev.graft.file.FileProblem;
import dev.graft.fit.AugmentedPhotos;
import dev.graft.fit.Examples;
import dev.graft.fit.FrozenFeatures;
import dev.graft.fit.MultiLabelTargets;
import dev.graft.fit.NetworkTrainer;
import dev.graft.fit.NetworkTrainer.Treatment;
import dev.graft.fit.SpanBasis;
import dev.graft.fit.StageState;
import dev.graft.fit.Targets;
import dev.graft.fit.TrainedNetwork;
import dev.graft.model.QuantizationInfo;
import dev.graft.model.SplitMetrics;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorInfo;
import dev.graft.optimize.Updater;
import dev.graft.photo.Resize;
import dev.graft.quantize.HalfPrecision;
import dev.graft.quantize.Precision;
import dev.graft.quantize.Quantizer;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import dev.graft.recipe.Progress;
import dev.graft.recipe.TrainingException;
import dev.graft.recipe.UnreadablePhotosException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Carries out a {@link NetworkPlan}, for the whole data or for each fold of it: first the head on
 * the backbone's features, then the layers above a seam.
 */
public final class Training implements AutoCloseable {

  private static final int HEAD_STAGE = 0;
  private static final int FINE_TUNING_STAGE = 1;

  /** How many stages a training may have. */
  static final int STAGES = 2;

  private final NetworkPlan wanted;
  private final QuantizedBackbones backbones;
  private final FeaturePass pass;
  private final EngineLoading engine;
  private final Device device;
  private final int threads;
  private final boolean skipUnreadable;
  private final Consumer<Progress> onProgress;
  private final Map<String, FeatureExtractor> extractors = new HashMap<>();
  private NetworkPlan plan; // the one wanted, with a backbone in its precision
  private TrainingDevice trainingDevice; // null until it is needed
  private boolean fallbackTold;
  private boolean checkpointFailureTold;
  private Level level;
  private double quantizationSeconds;
  private double featureSeconds;
  private double headSeconds;
  private double fineTuningSeconds;

  Training(
      NetworkPlan plan,
      QuantizedBackbones backbones,
      FeaturePass pass,
      EngineLoading engine,
      Device device,
      int threads,
      boolean skipUnreadable,
      Consumer<Progress> onProgress) {
    this.wanted = plan;
    this.plan = plan;
    this.backbones = backbones;
    this.pass = pass;
    this.engine = engine;
    this.device = device;
    this.threads = threads;
    this.skipUnreadable = skipUnreadable;
    this.onProgress = onProgress;
  }

  /**
   * What came out.
   *
   * @param validation null where there are no such photos
   * @param thresholds of a multi-label network, one for each class; else empty
   * @param headEpochs how many of the epochs, the first ones, the head alone learnt in
   */
  record Outcome(
      TrainedNetwork network,
      SplitMetrics train,
      SplitMetrics validation,
      List<Double> thresholds,
      List<EpochMetrics> epochs,
      int headEpochs) {}

  /**
   * A place where a network is taken apart.
   *
   * @param name of the tensor, and how it is pooled or flattened
   * @param frozen from {@code image} to the tensor; null where that is the image
   * @param shape of the tensor, without the batch's axis
   */
  @SuppressWarnings("ArrayRecordComponent") // of the package, never compared
  private record Level(String name, OnnxGraph frozen, FeatureExtractor extractor, long[] shape) {

    int length() {
      return Math.toIntExact(LongStream.of(shape).reduce(1, Math::multiplyExact));
    }
  }

  /**
   * Fails before the work where memory would not suffice for all of it.
   *
   * @param training how many photos are learnt from
   * @param test how many are measured when all is learnt
   * @param remembers whether features stay in memory until the end
   * @param resumes whether the state of an earlier training is in memory
   * @throws TrainingException if Java may use too little memory
   */
  void requireMemory(int training, int validation, int test, boolean remembers, boolean resumes)
      throws IOException {
    long parameters = plan.backbone().card().parameters();
    Hyperparameters how = plan.hyperparameters();
    int copies =
        Updater.moments(how.optimizer()) + (how.patience() > 0 ? 2 : 0) + (resumes ? 1 : 0);
    long rows = (long) training * trainingVariants().count();
    long weights = headWeights(inputs());
    long remembered = 0;
    if (plan.backbone().isPretrained()) {
      boolean inSpan = isInSpan(rows, training, validation);
      long numbers = inputs() * (rows + validation);
      requireMemory(
          new TrainingMemory(
              Float.BYTES * parameters,
              Float.BYTES * numbers,
              plan.fineTuning() == null ? (long) Float.BYTES * inputs() * test : 0,
              remembers,
              inSpan ? rows : 0,
              inSpan ? rows + validation : 0,
              Float.BYTES * (inSpan ? headWeights(rows) : weights),
              Float.BYTES * weights,
              copies,
              plan.precision() != Precision.FP32));
      remembered = remembers ? Float.BYTES * numbers : 0;
    }
    if (plan.fineTuning() == null && plan.backbone().isPretrained()) {
      return;
    }
    long trained =
        weights
            + split().initializers().values().stream()
                .filter(values -> values.type() == ElementType.FLOAT)
                .mapToLong(Initializer::size)
                .sum();
    boolean drawn = level.frozen() == null || !plan.augmentation().isNone();
    long each =
        drawn ? AugmentedPhotos.bytes(plan.preprocessing()) : (long) Float.BYTES * level.length();
    boolean kept = !drawn || AugmentedPhotos.isKept(training, plan.preprocessing());
    requireMemory(
        new TrainingMemory(
            Float.BYTES * Math.max(0, parameters + weights - trained),
            remembered + (kept ? each * (training + validation) : 0),
            kept ? each * test : 0,
            remembers,
            0,
            0,
            Float.BYTES * trained,
            Float.BYTES * trained,
            copies,
            false));
  }

  private static void requireMemory(TrainingMemory needed) throws TrainingException {
    long heap = Runtime.getRuntime().maxMemory();
    if (needed.heap() > heap) {
      throw new TrainingException(
          String.format(
              Locale.ROOT,
              "training needs some %d MB of Java's memory, which may take %d MB: features of the"
                  + " photos %d MB, weights and what learns them %d MB; give it more"
                  + " (-Xmx%dm, for the command line GRAFT_JAVA_OPTS=-Xmx%dm), or use fewer photos"
                  + " or variants, or a smaller head",
              megabytes(needed.heap()),
              megabytes(heap),
              megabytes(needed.features() + needed.later()),
              megabytes(needed.live() - needed.features() - needed.later()),
              megabytes(needed.heap()),
              megabytes(needed.heap())));
    }
  }

  /** Rounded up. */
  private static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }

  /** How many weights the head has where it reads so many numbers. */
  private long headWeights(long inputs) {
    long classes = plan.classes().size();
    return plan.head() instanceof Head.FlattenDense head
        ? head.hidden() * (inputs + 1) + classes * (head.hidden() + 1)
        : classes * (inputs + 1);
  }

  /**
   * Trains.
   *
   * @param saved where to go on; null to begin
   */
  Outcome run(
      List<LabeledPhoto> training,
      List<LabeledPhoto> validation,
      Checkpoint checkpoint,
      Checkpoint.Saved saved)
      throws IOException {
    long start = System.nanoTime();
    // By the training photos alone: those of another fold must not be calibrated on.
    Backbone backbone =
        backbones.of(wanted.backbone(), wanted.preprocessing(), training, wanted.precision());
    plan = wanted.withBackbone(backbone);
    quantizationSeconds += secondsSince(start);
    OnnxGraph head = null;
    Outcome outcome = null;
    boolean headIsLearnt = saved != null && saved.stage() > HEAD_STAGE;
    if (backbone.isPretrained() && !headIsLearnt) {
      outcome = trainHead(training, validation, checkpoint, saved);
      head = outcome.network().trained();
    }
    if (plan.fineTuning() == null && backbone.isPretrained()) {
      return outcome;
    }
    return fineTune(training, validation, checkpoint, headIsLearnt ? saved : null, head, outcome);
  }

  private Outcome trainHead(
      List<LabeledPhoto> training,
      List<LabeledPhoto> validation,
      Checkpoint checkpoint,
      Checkpoint.Saved saved)
      throws IOException {
    level = headLevel();
    Split split = features(training, trainingVariants(), validation);
    FrozenFeatures train = split.train();
    FrozenFeatures unseen = split.validation();
    requireEveryClass(train);
    long start = System.nanoTime();
    engine.await();
    int inputs = level.length();
    int classes = plan.classes().size();
    SpanBasis basis = basis(train, unseen);
    OnnxGraph untrained =
        HeadGraph.untrained(
            plan.head(),
            level.frozen().opset(),
            basis == null ? inputs : basis.rank(),
            inputs,
            classes,
            plan.seed());
    if (saved != null) {
      checkpoint.requireFits(saved.state(), untrained);
    }
    NetworkTrainer.Result result =
        new NetworkTrainer(
                trainingDevice(), plan.hyperparameters(), plan.seed(), name -> Treatment.USUAL)
            .train(
                untrained,
                project(basis, train),
                project(basis, unseen),
                saved == null ? null : saved.state(),
                listener(HEAD_STAGE, List.of(), plan.hyperparameters().epochs(), checkpoint));
    Map<String, float[]> weights = new HashMap<>(result.weights());
    if (basis != null) {
      weights.computeIfPresent(
          HeadGraph.firstWeight(plan.head()),
          (name, values) -> basis.expand(values, values.length / basis.rank()));
    }
    weights.replaceAll(this::rounded);
    OnnxGraph trained =
        HeadGraph.of(plan.head(), level.frozen().opset(), inputs, classes, weights)
            .without("Dropout");
    Outcome outcome = outcome(trained, train, unseen, result.epochs(), result.epochs().size());
    headSeconds += secondsSince(start);
    return outcome;
  }

  /** Weights as they will be stored, so that what is measured is what is served. */
  private float[] rounded(String name, float[] values) {
    QuantizationInfo stored = plan.backbone().quantization().orElse(null);
    if (stored == null) {
      return values;
    }
    if (stored.precision().equals(QuantizationInfo.FP16)) {
      return HalfPrecision.rounded(values);
    }
    return plan.head() instanceof Head.FlattenDense head
            && name.equals(HeadGraph.firstWeight(plan.head()))
        ? Quantizer.rounded(values, head.hidden(), stored.reduceRange())
        : values;
  }

  /** Where photos are fewer than numbers in a vector, their span has all that can be learnt. */
  private SpanBasis basis(FrozenFeatures train, FrozenFeatures unseen) {
    return isInSpan(train.rows().length, train.n(), unseen.n())
        ? SpanBasis.of(train.rows(), SpanBasis.LARGEST)
        : null;
  }

  private boolean isInSpan(long rows, int photos, int validation) {
    return plan.head() instanceof Head.FlattenDense head
        && SpanBasis.isWorthwhile(
            rows, photos, validation, inputs(), head.hidden(), plan.hyperparameters());
  }

  /** Numbers that the head reads of a photo. */
  private int inputs() {
    return ModelGraph.length(plan.backbone(), plan.head());
  }

  private static FrozenFeatures project(SpanBasis basis, FrozenFeatures features) {
    return basis == null || features.n() == 0
        ? features
        : features.withRows(basis.project(features.rows()));
  }

  private Outcome fineTune(
      List<LabeledPhoto> training,
      List<LabeledPhoto> validation,
      Checkpoint checkpoint,
      Checkpoint.Saved saved,
      OnnxGraph learntHead,
      Outcome before)
      throws IOException {
    boolean pretrained = plan.backbone().isPretrained();
    OnnxGraph above = split();
    OnnxGraph head =
        HeadGraph.untrained(
            plan.head(),
            above.opset(),
            ModelGraph.length(plan.backbone(), plan.head()),
            ModelGraph.length(plan.backbone(), plan.head()),
            plan.classes().size(),
            plan.seed());
    if (learntHead != null) {
      head = head.withInitializers(weights(learntHead));
    }
    OnnxGraph network =
        above.then(ModelGraph.vector(plan.backbone(), plan.head(), above.opset())).then(head);

    Examples train;
    Examples unseen;
    if (level.frozen() != null && plan.augmentation().isNone()) {
      Split split = features(training, Variants.one(), validation);
      train = split.train();
      unseen = split.validation();
    } else {
      train = drawn(training, plan.augmentation());
      unseen = unchanged(validation);
    }
    requireEveryClass(train);
    Hyperparameters chosen = plan.hyperparameters();
    Function<String, Treatment> treatments = name -> Treatment.USUAL;
    if (pretrained) {
      FineTuning fineTuning = plan.fineTuning();
      int epochs = fineTuning.epochs();
      double rate = (double) fineTuning.learningRate() / chosen.learningRate();
      Set<String> backbone = above.initializers().keySet();
      chosen =
          chosen.withWarmupEpochs(Math.min(chosen.warmupEpochs(), epochs - 1)).withEpochs(epochs);
      // Decay pulls to 0: good weights of a backbone are not there.
      treatments = name -> backbone.contains(name) ? new Treatment(rate, false) : Treatment.USUAL;
    }
    long start = System.nanoTime();
    List<EpochMetrics> earlier =
        saved != null ? saved.earlier() : before == null ? List.of() : before.epochs();
    if (saved != null) {
      checkpoint.requireFits(saved.state(), network);
    }
    NetworkTrainer.Result result =
        new NetworkTrainer(trainingDevice(), chosen, plan.seed() + FINE_TUNING_STAGE, treatments)
            .train(
                network,
                train,
                unseen,
                saved == null ? null : saved.state(),
                listener(FINE_TUNING_STAGE, earlier, chosen.epochs(), checkpoint));
    fineTuningSeconds += secondsSince(start);
    return outcome(
        network.withInitializers(result.weights()).without("Dropout"),
        train,
        unseen,
        continued(earlier, result.epochs()),
        earlier.size());
  }

  /** Measures what was trained, as it will be exported. */
  private Outcome outcome(
      OnnxGraph trained, Examples train, Examples unseen, List<EpochMetrics> epochs, int headEpochs)
      throws TrainingException {
    List<float[]> logits =
        unseen.n() == 0 ? null : NetworkTrainer.logits(trainingDevice(), trained, unseen);
    List<Double> thresholds = thresholds(unseen.targets(), logits);
    return new Outcome(
        new TrainedNetwork(level.frozen(), trained),
        summary(
            train.targets(), NetworkTrainer.logits(trainingDevice(), trained, train), thresholds),
        logits == null ? null : summary(unseen.targets(), logits, thresholds),
        thresholds,
        epochs,
        headEpochs);
  }

  /** Chosen on photos that the network has not learnt from; 0.5 where there are none. */
  private static List<Double> thresholds(Targets targets, List<float[]> logits) {
    if (!(targets instanceof MultiLabelTargets labels)) {
      return List.of();
    }
    return logits == null
        ? labels.thresholds()
        : Thresholds.maximisingF1(
            labels.truth(), logits.stream().map(BinaryCrossEntropy::sigmoids).toList());
  }

  private static SplitMetrics summary(
      Targets targets, List<float[]> logits, List<Double> thresholds) {
    Targets judged =
        targets instanceof MultiLabelTargets labels ? labels.withThresholds(thresholds) : targets;
    return judged.summary(IntStream.range(0, targets.n()).toArray(), logits);
  }

  /** The float weights of a graph, all of them. */
  private static Map<String, float[]> weights(OnnxGraph graph) {
    Map<String, float[]> weights = new HashMap<>();
    graph.initializers().forEach((name, values) -> weights.put(name, values.floats()));
    return weights;
  }

  /** How good a network that {@link #run} made last is on other photos. */
  SplitMetrics measure(Outcome outcome, List<LabeledPhoto> photos) throws IOException {
    Examples examples = unchanged(photos);
    return summary(
        examples.targets(),
        NetworkTrainer.logits(trainingDevice(), outcome.network().trained(), examples),
        outcome.thresholds());
  }

  private Level headLevel() throws IOException {
    OnnxGraph backbone = ModelGraph.backbone(plan.backbone(), plan.preprocessing());
    OnnxGraph frozen =
        backbone.then(ModelGraph.vector(plan.backbone(), plan.head(), backbone.opset()));
    String name =
        plan.backbone().card().features()
            + (plan.head() instanceof Head.Linear ? ", pooled" : ", flattened");
    return new Level(
        name,
        frozen,
        extractor(name, frozen, HeadGraph.INPUT),
        new long[] {ModelGraph.length(plan.backbone(), plan.head())});
  }

  /** Sets the level of fine-tuning and gives what is above it, up to the features. */
  private OnnxGraph split() throws IOException {
    int height = plan.preprocessing().resize().height();
    int width = plan.preprocessing().resize().width();
    OnnxGraph graph = plan.backbone().graph();
    FineTuning fineTuning =
        plan.backbone().isPretrained() ? plan.fineTuning() : FineTuning.from(FineTuning.ALL);
    String tensor = Seam.of(fineTuning.from(), plan.backbone(), graph).tensor();
    OnnxGraph fromImage = ModelGraph.backbone(plan.backbone(), plan.preprocessing());
    if (tensor.equals(graph.inputs().get(0).name())) {
      level = new Level("image", null, null, new long[] {height, width, 3});
      return fromImage;
    }
    OnnxGraph frozen = fromImage.cut(tensor, tensor);
    FeatureExtractor extractor = extractor(tensor, frozen, tensor);
    long[] shape = extractor.outputShape(height, width);
    level = new Level(tensor, frozen, extractor, shape);
    Object[] dims = Stream.concat(Stream.of("N"), Arrays.stream(shape).boxed()).toArray();
    return graph.after(new TensorInfo(tensor, ElementType.FLOAT, Shape.of(dims)));
  }

  private FeatureExtractor extractor(String name, OnnxGraph frozen, String output)
      throws TrainingException {
    String key = name + " of " + plan.backbone().fingerprint();
    FeatureExtractor extractor = extractors.get(key);
    if (extractor == null) {
      Resize size = plan.preprocessing().resize();
      extractor = FeatureExtractor.on(device, frozen, output, size, threads);
      extractors.put(key, extractor);
      extractor.fallback().ifPresent(this::tell);
    }
    return extractor;
  }

  /** Where layers are trained: found out when the first are, for it needs DJL's engine. */
  private TrainingDevice trainingDevice() {
    if (trainingDevice == null) {
      engine.await();
      trainingDevice = TrainingDevice.of(device);
      trainingDevice.fallback().ifPresent(this::tell);
    }
    return trainingDevice;
  }

  /** Once: what runs later falls back for much the same reason. */
  private void tell(String fallback) {
    if (!fallbackTold) {
      fallbackTold = true;
      onProgress.accept(new Progress.Fallback(fallback));
    }
  }

  private Variants trainingVariants() {
    return plan.augmentation().isNone()
        ? Variants.one()
        : new Variants(plan.augmentation(), 1 + plan.variants(), plan.seed());
  }

  /** Photos at the level as they are. */
  private Examples unchanged(List<LabeledPhoto> photos) throws IOException {
    return level.frozen() == null
        ? drawn(photos, Augmentation.none())
        : features(List.of(), Variants.one(), photos).validation();
  }

  /** Photos at the level, drawn afresh each epoch. */
  private Examples drawn(List<LabeledPhoto> photos, Augmentation augmentation) throws IOException {
    long start = System.nanoTime();
    AugmentedPhotos.Decoded decoded = AugmentedPhotos.decode(photos, plan.preprocessing());
    pass.report(decoded.unreadable());
    List<LabeledPhoto> read = readable(photos);
    featureSeconds += secondsSince(start);
    return new AugmentedPhotos(
        read,
        decoded,
        targets(read),
        plan.preprocessing(),
        augmentation,
        plan.seed(),
        level.extractor(),
        level.shape());
  }

  /** Features at the level. */
  private record Split(FrozenFeatures train, FrozenFeatures validation) {}

  private Split features(
      List<LabeledPhoto> training, Variants variants, List<LabeledPhoto> validation)
      throws IOException {
    long start = System.nanoTime();
    List<FeaturePass.Job> jobs = new ArrayList<>();
    training.forEach(photo -> jobs.add(new FeaturePass.Job(photo, variants)));
    validation.forEach(photo -> jobs.add(new FeaturePass.Job(photo, Variants.one())));
    List<String> key =
        new ArrayList<>(
            List.of(
                plan.backbone().fingerprint(),
                level.name(),
                plan.backbone().normalization().toString()));
    if (!(level.extractor().device() instanceof Device.Cpu)) {
      // Another device sums in another order: a run on the CPU must not find its last digits.
      key.add("on " + level.extractor().device());
    }
    List<float[][]> rows = pass.rows(level.extractor(), key, level.length(), jobs);
    int split = training.size();
    Split features =
        new Split(
            features(training, rows.subList(0, split), variants.count()),
            features(validation, rows.subList(split, rows.size()), 1));
    featureSeconds += secondsSince(start);
    return features;
  }

  private FrozenFeatures features(List<LabeledPhoto> photos, List<float[][]> rows, int variants)
      throws IOException {
    float[][] read =
        rows.stream().filter(Objects::nonNull).flatMap(Arrays::stream).toArray(float[][]::new);
    return new FrozenFeatures(level.shape(), read, variants, targets(readable(photos)));
  }

  private List<LabeledPhoto> readable(List<LabeledPhoto> photos) throws IOException {
    if (pass.unreadable().isEmpty()) {
      return photos;
    }
    if (!skipUnreadable) {
      throw new UnreadablePhotosException(pass.unreadable());
    }
    Set<Path> bad = pass.unreadable().stream().map(SkippedFile::path).collect(Collectors.toSet());
    return photos.stream().filter(photo -> !bad.contains(photo.path())).toList();
  }

  private Targets targets(List<LabeledPhoto> photos) {
    return Targets.of(plan.task(), photos, plan.classes().size());
  }

  private void requireEveryClass(Examples train) throws TrainingException {
    int[] counts = train.targets().counts();
    for (int c = 0; c < counts.length; c++) {
      if (counts[c] == 0) {
        throw new TrainingException(
            "%s: no photo of class %s is left to train on: none of them can be read; add some that"
                    .formatted(plan.root(), plan.classes().get(c))
                + " can");
      }
    }
  }

  private Consumer<StageState> listener(
      int stage, List<EpochMetrics> earlier, int epochs, Checkpoint checkpoint) {
    long start = System.nanoTime();
    int[] first = {0};
    return state -> {
      if (first[0] == 0) {
        first[0] = state.epoch(); // a resumed stage has done some before
      }
      save(checkpoint, new Checkpoint.Saved(stage, earlier, state));
      int left = epochs - state.epoch();
      long each = (System.nanoTime() - start) / (state.epoch() - first[0] + 1);
      List<EpochMetrics> all = continued(earlier, state.epochs());
      onProgress.accept(
          new Progress.Epoch(
              earlier.size() + epochs, all.get(all.size() - 1), Duration.ofNanos(each * left)));
    };
  }

  /** A training that could be finished does not end because it could not be resumed. */
  private void save(Checkpoint checkpoint, Checkpoint.Saved saved) {
    try {
      checkpoint.save(saved);
      if (checkpoint.file() != null) {
        onProgress.accept(new Progress.Saved(saved.epoch()));
      }
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new UncheckedIOException(e); // stopped while it wrote
      }
      if (!checkpointFailureTold) {
        checkpointFailureTold = true;
        onProgress.accept(new Progress.CheckpointFailed(checkpoint.file(), FileProblem.reason(e)));
      }
    }
  }

  /** The epochs of two stages, counted on. */
  private static List<EpochMetrics> continued(
      List<EpochMetrics> earlier, List<EpochMetrics> later) {
    List<EpochMetrics> all = new ArrayList<>(earlier);
    for (EpochMetrics epoch : later) {
      all.add(new EpochMetrics(earlier.size() + epoch.epoch(), epoch.train(), epoch.validation()));
    }
    return all;
  }

  Timing timing() {
    return new Timing(
        quantizationSeconds,
        featureSeconds,
        pass.backboneSeconds(),
        headSeconds,
        fineTuningSeconds);
  }

  /** The backbone of the run that was last, in the precision that was wanted. */
  Backbone backbone() {
    return plan.backbone();
  }

  /** Photos that could not be read and were left out. */
  List<SkippedFile> unreadable() {
    return pass.unreadable();
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    extractors.values().forEach(FeatureExtractor::close);
  }
}

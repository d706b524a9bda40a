package dev.graft.train;

import dev.graft.backbone.Backbone;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.data.SkippedFile;
import dev.graft.model.DataInfo;
import dev.graft.model.SplitMetrics;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.serve.ReadAhead;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Trains a head on the features of a frozen backbone.
 *
 * <pre>{@code
 * TrainedModel model = Trainer.on(LabeledFolder.open(Path.of("photos")))
 *     .backbone(Backbones.vgg16())
 *     .head(Head.flattenDense(512, 0.5f))
 *     .epochs(10)
 *     .seed(42)
 *     .train();
 * model.exportOnnx(Path.of("photos.onnx"));
 * }</pre>
 *
 * <p>The photos' features are computed once, by ONNX Runtime, and kept in a {@link FeatureCache};
 * the head is trained on them by DJL. The same photos, options, seed and number of threads give the
 * same weights. Not thread-safe; trainings in one JVM take turns in DJL.
 */
public final class Trainer {

  /** Photos the backbone sees at once: enough to keep two cores busy, little in memory. */
  static final int FEATURE_BATCH = 8;

  private static final int PARITY_PHOTOS = 8;

  private final LabeledFolder data;
  private Backbone backbone;
  private Head head;
  private Hyperparameters hyperparameters;
  private long seed = 42;
  private LabeledFolder validationData;
  private LabeledFolder testData;
  private FeatureCache cache = FeatureCache.none();
  private int threads;
  private boolean skipUnreadable;
  private Consumer<Progress> onProgress = progress -> {};

  private final List<SkippedFile> unreadable = new ArrayList<>();
  private double backboneSeconds;

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

  /** Required. */
  public Trainer backbone(Backbone newBackbone) {
    this.backbone = newBackbone;
    return this;
  }

  /** Required. */
  public Trainer head(Head newHead) {
    this.head = newHead;
    return this;
  }

  /** Default: what suits the head, {@link Head#defaults()}. */
  public Trainer hyperparameters(Hyperparameters newHyperparameters) {
    this.hyperparameters = newHyperparameters;
    return this;
  }

  /** Changes the number of epochs alone; call it after {@link #head}. */
  public Trainer epochs(int epochs) {
    Hyperparameters current = hyperparameters == null ? head.defaults() : hyperparameters;
    return hyperparameters(current.withEpochs(epochs));
  }

  /** Of the weights at the start, of dropout and of the order of photos. Default 42. */
  public Trainer seed(long newSeed) {
    this.seed = newSeed;
    return this;
  }

  /** Photos to validate on instead of a part of the training folder; the same classes. */
  public Trainer validation(LabeledFolder folder) {
    this.validationData = sameClasses(folder);
    return this;
  }

  /** Photos to test on when all is done; the same classes. */
  public Trainer test(LabeledFolder folder) {
    this.testData = sameClasses(folder);
    return this;
  }

  /** Where features are kept. Default: nowhere. The caller closes it. */
  public Trainer cache(FeatureCache newCache) {
    this.cache = newCache;
    return this;
  }

  /** Threads for the backbone; 0, the default, leaves the choice to ONNX Runtime. */
  public Trainer threads(int newThreads) {
    this.threads = newThreads;
    return this;
  }

  /**
   * Whether photos that cannot be read are left out and reported instead of ending the training.
   */
  public Trainer skipUnreadable(boolean skip) {
    this.skipUnreadable = skip;
    return this;
  }

  /** Told of progress on the training's own thread. */
  public Trainer onProgress(Consumer<Progress> listener) {
    this.onProgress = listener;
    return this;
  }

  /**
   * Trains. Interrupting the thread stops it; features computed so far stay in the cache.
   *
   * @throws UnreadablePhotosException if photos cannot be read and are not to be skipped
   * @throws IOException if the backbone cannot be read
   * @throws TrainingException if training cannot go on; the message says what to do
   * @throws CancellationException if the thread was interrupted
   */
  public TrainedModel train() throws IOException {
    Objects.requireNonNull(backbone, "backbone");
    Objects.requireNonNull(head, "head");
    unreadable.clear();
    backboneSeconds = 0;
    PhotoPreprocessing preprocessing = data.options().preprocessing();
    Hyperparameters chosen = hyperparameters == null ? head.defaults() : hyperparameters;
    List<LabeledPhoto> validationPhotos =
        validationData == null ? data.validation() : validationData.photos();
    List<LabeledPhoto> trainingPhotos = validationData == null ? data.training() : data.photos();

    checkMemory(trainingPhotos.size() + validationPhotos.size());
    OnnxGraph graph = ModelGraph.features(backbone, head, preprocessing);
    try (FeatureExtractor extractor = new FeatureExtractor(graph, "feature_vector", threads)) {
      long start = System.nanoTime();
      List<LabeledPhoto> photos = new ArrayList<>(trainingPhotos);
      photos.addAll(validationPhotos);
      List<float[]> rows = extract(extractor, photos, preprocessing);
      int split = trainingPhotos.size();
      Features train = features(photos.subList(0, split), rows.subList(0, split));
      Features validation =
          features(photos.subList(split, photos.size()), rows.subList(split, rows.size()));
      checkEveryClassIsThere(train);
      double featureSeconds = secondsSince(start);

      start = System.nanoTime();
      HeadTrainer.Result result =
          new HeadTrainer(head, chosen, seed)
              .train(train, validation, data.classes().size(), epochListener(chosen.epochs()));
      double headSeconds = secondsSince(start);

      SplitMetrics test = null;
      if (testData != null) {
        start = System.nanoTime();
        Features unseen =
            features(testData.photos(), extract(extractor, testData.photos(), preprocessing));
        featureSeconds += secondsSince(start);
        test = HeadTrainer.measure(head, result.layers(), data.classes().size(), unseen);
      }
      TrainingReport report =
          new TrainingReport(
              backbone.card().name(),
              head,
              chosen,
              seed,
              result.train(),
              result.validation(),
              test,
              result.epochs(),
              new Timing(featureSeconds, backboneSeconds, headSeconds),
              unreadable);
      return new TrainedModel(
          data.classes(),
          preprocessing,
          backbone,
          result.layers(),
          report,
          new DataInfo(data.fingerprint(), data.countPerClass()),
          parityPhotos(validationPhotos, trainingPhotos));
    }
  }

  private LabeledFolder sameClasses(LabeledFolder folder) {
    if (!folder.classes().equals(data.classes())) {
      throw new TrainingException(
          "%s: expected the classes %s of %s, found %s; make the folders alike"
              .formatted(folder.root(), data.classes(), data.root(), folder.classes()));
    }
    return folder;
  }

  /** Features stay in the heap while the head is trained. */
  private void checkMemory(int photos) {
    long needed = 4L * ModelGraph.length(head, backbone.card().featureShape()) * photos;
    long heap = Runtime.getRuntime().maxMemory();
    if (needed > heap / 5 * 4) {
      throw new TrainingException(
          String.format(
              Locale.ROOT,
              "the features of %d photos need %.1f GB of memory and Java may use %.1f GB; give it"
                  + " more (java -Xmx), use fewer photos, or a linear head",
              photos,
              needed / 1e9,
              heap / 1e9));
    }
  }

  private void checkEveryClassIsThere(Features train) {
    int[] counts = new int[data.classes().size()];
    for (int label : train.labels()) {
      counts[label]++;
    }
    for (int c = 0; c < counts.length; c++) {
      if (counts[c] == 0) {
        throw new TrainingException(
            "%s: no photo of class %s is left to train on; add photos or make the validation split"
                    .formatted(data.root(), data.classes().get(c))
                + " smaller");
      }
    }
  }

  private Consumer<EpochMetrics> epochListener(int epochs) {
    long start = System.nanoTime();
    return metrics ->
        onProgress.accept(
            new Progress.Epoch(epochs, metrics, remaining(start, metrics.epoch(), epochs)));
  }

  /** Features of a photo, its pixels where they are not cached, or why it has neither. */
  @SuppressWarnings("ArrayRecordComponent") // passed on at once, never compared
  private record Found(LabeledPhoto photo, float[] features, Pixels pixels, String failure) {}

  /** One row a photo in the order of the photos; null for a photo that cannot be read. */
  private List<float[]> extract(
      FeatureExtractor extractor, List<LabeledPhoto> photos, PhotoPreprocessing preprocessing)
      throws UnreadablePhotosException {
    PhotoReader reader = PhotoReader.create();
    long start = System.nanoTime();
    float[][] rows = new float[photos.size()][];
    List<Integer> waiting = new ArrayList<>();
    List<Pixels> pixels = new ArrayList<>();
    int fromCache = 0;
    int workers = Runtime.getRuntime().availableProcessors();
    try (ReadAhead<LabeledPhoto, Found> found =
        ReadAhead.of(
            photos.iterator(),
            workers,
            2 * FEATURE_BATCH,
            photo -> find(reader, photo, preprocessing))) {
      for (int i = 0; i < photos.size(); i++) {
        Found next = found.next();
        if (next.failure() != null) {
          unreadable.add(new SkippedFile(next.photo().path(), next.failure()));
        } else if (next.features() != null) {
          rows[i] = next.features();
          fromCache++;
        } else {
          waiting.add(i);
          pixels.add(next.pixels());
        }
        if (pixels.size() == FEATURE_BATCH || (i == photos.size() - 1 && !pixels.isEmpty())) {
          long running = System.nanoTime();
          float[][] computed = extractor.run(pixels);
          backboneSeconds += secondsSince(running);
          for (int j = 0; j < computed.length; j++) {
            rows[waiting.get(j)] = computed[j];
            cache.put(key(photos.get(waiting.get(j)), preprocessing), computed[j]);
          }
          waiting.clear();
          pixels.clear();
        }
        onProgress.accept(
            new Progress.Features(
                i + 1 - waiting.size(),
                photos.size(),
                fromCache,
                remaining(start, i + 1, photos.size())));
      }
    } catch (InterruptedException e) {
      throw new CancellationException("training was stopped");
    }
    if (!unreadable.isEmpty() && !skipUnreadable) {
      throw new UnreadablePhotosException(unreadable);
    }
    return Arrays.asList(rows);
  }

  private Found find(PhotoReader reader, LabeledPhoto photo, PhotoPreprocessing preprocessing) {
    int length = ModelGraph.length(head, backbone.card().featureShape());
    float[] cached = cache.get(key(photo, preprocessing), length).orElse(null);
    if (cached != null) {
      return new Found(photo, cached, null, null);
    }
    try {
      return new Found(photo, null, reader.read(photo.path(), preprocessing), null);
    } catch (PhotoException e) {
      return new Found(photo, null, null, e.reason());
    }
  }

  /** All that decides a photo's features. */
  private String key(LabeledPhoto photo, PhotoPreprocessing preprocessing) {
    return FeatureCache.key(
        photo.sha256(),
        preprocessing.toString(),
        backbone.card().sha256(),
        backbone.card().features(),
        backbone.normalization().toString(),
        head instanceof Head.Linear ? "pooled" : "flattened",
        "float32",
        "onnxruntime " + Versions.onnxRuntime());
  }

  private static Features features(List<LabeledPhoto> photos, List<float[]> rows) {
    List<float[]> read = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i) != null) {
        read.add(rows.get(i));
        labels.add(photos.get(i).label());
      }
    }
    return new Features(
        read.toArray(float[][]::new), labels.stream().mapToInt(Integer::intValue).toArray());
  }

  private List<LabeledPhoto> parityPhotos(
      List<LabeledPhoto> validationPhotos, List<LabeledPhoto> trainingPhotos) {
    List<LabeledPhoto> candidates = new ArrayList<>(validationPhotos);
    candidates.addAll(trainingPhotos);
    candidates.removeIf(p -> unreadable.stream().anyMatch(u -> u.path().equals(p.path())));
    int n = Math.min(PARITY_PHOTOS, candidates.size());
    return IntStream.range(0, n).mapToObj(i -> candidates.get(i * candidates.size() / n)).toList();
  }

  private static Duration remaining(long start, int done, int total) {
    return Duration.ofNanos((System.nanoTime() - start) / done * (total - done));
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}

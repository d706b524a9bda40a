package dev.graft.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.graft.backbone.Backbone;
import dev.graft.backbone.BackboneCard;
import dev.graft.data.LabeledPhoto;
import dev.graft.djl.EngineLoading;
import dev.graft.djl.OnnxBlock;
import dev.graft.djl.TrainableGraph;
import dev.graft.djl.TrainingDevice;
import dev.graft.engine.OnnxRuntimeEnvironment;
import dev.graft.features.FeatureExtractor;
import dev.graft.fit.Checkpoint;
import dev.graft.fit.HeadGraph;
import dev.graft.fit.ModelGraph;
import dev.graft.fit.TrainedNetwork;
import dev.graft.model.BackboneInfo;
import dev.graft.model.DataInfo;
import dev.graft.model.GraftVersion;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelFile;
import dev.graft.model.ModelTensors;
import dev.graft.model.QuantizationInfo;
import dev.graft.model.Task;
import dev.graft.model.TrainingInfo;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.qdq.HalfPrecision;
import dev.graft.qdq.Quantizer;
import dev.graft.recipe.Head;
import dev.graft.recipe.TrainingException;
import dev.graft.shutdown.Shutdown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A trained network: ready to be exported. Immutable, nothing native. */
public final class TrainedModel {

  private final List<String> classes;
  private final PhotoPreprocessing preprocessing;
  private final Backbone backbone;
  private final TrainedNetwork network;
  private final List<Double> thresholds; // empty: single-label
  private final TrainingReport report;
  private final DataInfo data;
  private final List<LabeledPhoto> parityPhotos;
  private final Checkpoint checkpoint;

  TrainedModel(
      List<String> classes,
      PhotoPreprocessing preprocessing,
      Backbone backbone,
      TrainedNetwork network,
      List<Double> thresholds,
      TrainingReport report,
      DataInfo data,
      List<LabeledPhoto> parityPhotos,
      Checkpoint checkpoint) {
    this.classes = List.copyOf(classes);
    this.preprocessing = preprocessing;
    this.backbone = backbone;
    this.network = network;
    this.thresholds = List.copyOf(thresholds);
    this.report = report;
    this.data = data;
    this.parityPhotos = List.copyOf(parityPhotos);
    this.checkpoint = checkpoint;
  }

  /** The classes in the order of the model's outputs. */
  public List<String> classes() {
    return classes;
  }

  /** How its weights are stored, where they are not all 32-bit floats. */
  public Optional<QuantizationInfo> quantization() {
    return backbone.quantization();
  }

  /** How training went. */
  public TrainingReport report() {
    return report;
  }

  /**
   * Writes the model as one ONNX file, if ONNX Runtime reproduces with it what DJL computes.
   *
   * @throws FileAlreadyExistsException if there is such a file: nothing is overwritten
   * @throws TrainingException if the probabilities of the two differ by more than {@link
   *     Parity#LIMIT} on photos of the training data
   * @throws IOException if the file cannot be written; then there is none
   */
  public Parity exportOnnx(Path file) throws IOException {
    return exportOnnx(file, false);
  }

  /**
   * The same.
   *
   * @param overwrite whether a file of that name is replaced
   */
  public Parity exportOnnx(Path file, boolean overwrite) throws IOException {
    if (!overwrite && Files.exists(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    OnnxGraph whole = stored(network.joined());
    OnnxGraph graph =
        whole
            .then(ModelGraph.probabilities(task(), classes.size(), whole.opset()))
            .withMetadata(modelFile().toMetadata());
    Parity parity;
    try {
      parity = measureParity(graph);
    } catch (UncheckedIOException e) {
      throw e.getCause(); // out of a callback
    }
    if (!(parity.maxDifference() <= Parity.LIMIT)) {
      checkpoint.delete(); // what goes on from it ends here again
      throw new TrainingException(
          String.format(
              Locale.ROOT,
              "%s is not written: on %d photos ONNX Runtime's probabilities differ from DJL's by"
                  + " %.2g, expected at most %.0e",
              file,
              parity.n(),
              parity.maxDifference(),
              Parity.LIMIT));
    }
    ModelBytes.write(file, graph.toBytes(), overwrite);
    return parity;
  }

  /** Takes away the checkpoint of this training, if it kept one: nothing will go on from it. */
  public void deleteCheckpoint() throws IOException {
    checkpoint.delete();
  }

  /** The head as its backbone, whose weights it was rounded to already. */
  private OnnxGraph stored(OnnxGraph whole) {
    QuantizationInfo info = backbone.quantization().orElse(null);
    if (info == null) {
      return whole;
    }
    return info.precision().equals(QuantizationInfo.FP16)
        ? HalfPrecision.of(whole)
        : report.head() instanceof Head.FlattenDense
            ? Quantizer.quantizeLayer(whole, HeadGraph.hidden(), info.reduceRange())
            : whole;
  }

  private Task task() {
    return thresholds.isEmpty() ? Task.SINGLE_LABEL : Task.MULTI_LABEL;
  }

  private ModelFile modelFile() {
    BackboneCard card = backbone.card();
    BackboneInfo base =
        new BackboneInfo(
            card.name(),
            card.sha256(),
            card.license(),
            card.attribution(),
            card.source(),
            card.featuresTensor(),
            backbone.normalization().name());
    TrainingInfo training =
        new TrainingInfo(
            GraftVersion.current(),
            EngineLoading.djlVersion(),
            OnnxRuntimeEnvironment.version(),
            report.seed(),
            report.head().name(),
            hyperparameters(),
            data,
            report.train(),
            report.validation(),
            report.test());
    ModelFile file =
        task() == Task.MULTI_LABEL
            ? ModelFile.multiLabel(classes, thresholds, preprocessing, base, training)
            : ModelFile.of(classes, preprocessing, base, training);
    return file.withQuantization(backbone.quantization().orElse(null));
  }

  private Map<String, String> hyperparameters() {
    Map<String, String> all = new LinkedHashMap<>(report.head().toMetadata());
    all.putAll(report.hyperparameters().toMetadata());
    if (!report.augmentation().isNone()) {
      all.put("augmentation", report.augmentation().toString());
    }
    if (!report.overlap().validation().isEmpty()) {
      all.put("validation_overlap", Integer.toString(report.overlap().validation().size()));
    }
    if (!report.overlap().test().isEmpty()) {
      all.put("test_overlap", Integer.toString(report.overlap().test().size()));
    }
    if (report.fineTuning() != null) {
      all.putAll(report.fineTuning().toMetadata());
    }
    return all;
  }

  private Parity measureParity(OnnxGraph graph) throws IOException {
    PhotoReader reader = PhotoReader.create();
    List<Pixels> photos = new ArrayList<>();
    for (LabeledPhoto photo : parityPhotos) {
      photos.add(photo.read(reader, preprocessing));
    }
    OnnxGraph whole = network.joined();
    String obstacle = TrainableGraph.obstacle(whole).orElse(null);
    double largest = 0;
    Shutdown.Work running = Shutdown.begin(() -> {}); // byDjl looks after each photo
    try (FeatureExtractor exported = FeatureExtractor.onCpu(graph, ModelTensors.PROBABILITIES, 0);
        NDManager manager = TrainingDevice.CPU.newManager()) {
      List<float[]> expected =
          obstacle == null
              ? byDjl(manager, whole, imageShape(), pixels(photos))
              : aboveFrozenByDjl(manager, photos);
      List<float[]> found = exported.rows(photos);
      for (int i = 0; i < photos.size(); i++) {
        float[] ours = found.get(i);
        for (int c = 0; c < ours.length; c++) {
          double difference = Math.abs((double) ours[c] - expected.get(i)[c]);
          largest = Double.isNaN(difference) ? Double.NaN : Math.max(largest, difference);
        }
      }
    } finally {
      running.close();
    }
    return new Parity(largest, photos.size(), obstacle);
  }

  private long[] imageShape() {
    return new long[] {preprocessing.resize().height(), preprocessing.resize().width(), 3};
  }

  private static List<float[]> pixels(List<Pixels> photos) {
    List<float[]> all = new ArrayList<>();
    for (Pixels photo : photos) {
      float[] values = new float[photo.rgb().length];
      for (int i = 0; i < values.length; i++) {
        values[i] = photo.rgb()[i] & 0xff;
      }
      all.add(values);
    }
    return all;
  }

  /** Where DJL does not know an operator of the frozen part, of which nothing was trained. */
  private List<float[]> aboveFrozenByDjl(NDManager manager, List<Pixels> photos)
      throws TrainingException {
    OnnxGraph frozen = network.frozen();
    try (FeatureExtractor extractor =
        FeatureExtractor.onCpu(frozen, frozen.outputs().get(0).name(), 0)) {
      List<float[]> rows = extractor.rows(photos);
      long[] shape = extractor.outputShape(preprocessing.resize());
      return byDjl(manager, network.trained(), shape, rows);
    }
  }

  /** The probabilities of one row at a time. */
  private List<float[]> byDjl(
      NDManager manager, OnnxGraph graph, long[] shape, List<float[]> rows) {
    Shape one = new Shape(1).addAll(new Shape(shape));
    OnnxBlock block = new OnnxBlock(graph);
    block.initialize(manager, DataType.FLOAT32, one);
    List<float[]> probabilities = new ArrayList<>();
    for (float[] row : rows) {
      Shutdown.requireNotBegun();
      try (NDManager scope = manager.newSubManager()) {
        NDList input = new NDList(scope.create(row, one));
        NDArray logits =
            block.forward(new ParameterStore(scope, false), input, false).singletonOrThrow();
        NDArray result =
            task() == Task.MULTI_LABEL ? logits.getNDArrayInternal().sigmoid() : logits.softmax(1);
        probabilities.add(result.toFloatArray());
      }
    }
    return probabilities;
  }
}

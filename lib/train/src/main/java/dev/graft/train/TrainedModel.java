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
import dev.graft.model.AtomicFile;
import dev.graft.model.BackboneInfo;
import dev.graft.model.DataInfo;
import dev.graft.model.ModelFile;
import dev.graft.model.TrainingInfo;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A trained head with its frozen backbone: ready to be exported. Immutable, nothing native. */
public final class TrainedModel {

  private final List<String> classes;
  private final PhotoPreprocessing preprocessing;
  private final Backbone backbone;
  private final List<DenseLayer> layers;
  private final TrainingReport report;
  private final DataInfo data;
  private final List<LabeledPhoto> parityPhotos;

  TrainedModel(
      List<String> classes,
      PhotoPreprocessing preprocessing,
      Backbone backbone,
      List<DenseLayer> layers,
      TrainingReport report,
      DataInfo data,
      List<LabeledPhoto> parityPhotos) {
    this.classes = List.copyOf(classes);
    this.preprocessing = preprocessing;
    this.backbone = backbone;
    this.layers = List.copyOf(layers);
    this.report = report;
    this.data = data;
    this.parityPhotos = List.copyOf(parityPhotos);
  }

  /** The classes in the order of the model's outputs. */
  public List<String> classes() {
    return classes;
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
    OnnxGraph graph =
        ModelGraph.model(backbone, report.head(), preprocessing, layers)
            .withMetadata(modelFile().toMetadata());
    Parity parity = measureParity(graph);
    if (!(parity.maxDifference() <= Parity.LIMIT)) {
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
    AtomicFile.write(file, graph.toBytes());
    return parity;
  }

  private ModelFile modelFile() {
    BackboneCard card = backbone.card();
    return ModelFile.of(
        classes,
        preprocessing,
        new BackboneInfo(
            card.name(),
            card.sha256(),
            card.licence(),
            card.attribution(),
            card.source(),
            card.features(),
            backbone.normalization().name()),
        new TrainingInfo(
            Versions.graft(),
            Versions.djl(),
            Versions.onnxRuntime(),
            report.seed(),
            report.head().name(),
            hyperparameters(),
            data,
            report.train(),
            report.validation(),
            report.test()));
  }

  private Map<String, String> hyperparameters() {
    Hyperparameters chosen = report.hyperparameters();
    Map<String, String> all = new LinkedHashMap<>();
    if (report.head() instanceof Head.FlattenDense head) {
      all.put("hidden", Integer.toString(head.hidden()));
    }
    all.put("dropout", Float.toString(report.head().dropout()));
    all.put("epochs", Integer.toString(chosen.epochs()));
    all.put("batch_size", Integer.toString(chosen.batchSize()));
    all.put("learning_rate", Float.toString(chosen.learningRate()));
    all.put("weight_decay", Float.toString(chosen.weightDecay()));
    return all;
  }

  private Parity measureParity(OnnxGraph graph) throws IOException {
    PhotoReader reader = PhotoReader.create();
    List<Pixels> photos = new ArrayList<>();
    for (LabeledPhoto photo : parityPhotos) {
      photos.add(reader.read(photo.path(), preprocessing));
    }
    double largest = 0;
    List<float[]> vectors;
    String headOnly = null;
    try {
      vectors = vectorsByDjl(photos);
    } catch (IllegalArgumentException e) {
      // An operator that OnnxBlock does not know: nothing of the backbone was trained.
      headOnly = e.getMessage();
      vectors = vectorsByOnnxRuntime(photos);
    }
    try (FeatureExtractor exported = new FeatureExtractor(graph, "probabilities", 0);
        NDManager manager = HeadBlock.newManager()) {
      HeadBlock head = new HeadBlock(report.head(), classes.size());
      head.initialize(manager, layers.get(0).inputs());
      head.write(layers);
      for (int i = 0; i < photos.size(); i++) {
        float[] ours = exported.run(List.of(photos.get(i)))[0];
        float[] djl = probabilities(manager, head, vectors.get(i));
        for (int c = 0; c < ours.length; c++) {
          double difference = Math.abs((double) ours[c] - djl[c]);
          largest = Double.isNaN(difference) ? Double.NaN : Math.max(largest, difference);
        }
      }
    }
    return new Parity(largest, photos.size(), headOnly);
  }

  /** What the head reads of each photo. */
  private List<float[]> vectorsByDjl(List<Pixels> photos) throws IOException {
    List<float[]> vectors = new ArrayList<>();
    OnnxBlock frozen = new OnnxBlock(ModelGraph.backbone(backbone, preprocessing));
    try (NDManager manager = HeadBlock.newManager()) {
      frozen.initialize(
          manager,
          DataType.FLOAT32,
          new Shape(1, preprocessing.resize().height(), preprocessing.resize().width(), 3));
      for (Pixels photo : photos) {
        float[] values = new float[photo.rgb().length];
        for (int i = 0; i < values.length; i++) {
          values[i] = photo.rgb()[i] & 0xff;
        }
        try (NDManager scope = manager.newSubManager()) {
          ParameterStore parameters = new ParameterStore(scope, false);
          NDArray image = scope.create(values, new Shape(1, photo.height(), photo.width(), 3));
          NDArray features =
              frozen.forward(parameters, new NDList(image), false).singletonOrThrow();
          NDArray vector =
              report.head() instanceof Head.Linear
                  ? features.reshape(1, features.getShape().get(1), -1).mean(new int[] {2})
                  : features.reshape(1, -1);
          vectors.add(vector.toFloatArray());
        }
      }
    }
    return vectors;
  }

  private List<float[]> vectorsByOnnxRuntime(List<Pixels> photos) throws IOException {
    List<float[]> vectors = new ArrayList<>();
    OnnxGraph graph = ModelGraph.features(backbone, report.head(), preprocessing);
    try (FeatureExtractor extractor = new FeatureExtractor(graph, "feature_vector", 0)) {
      for (Pixels photo : photos) {
        vectors.add(extractor.run(List.of(photo))[0]);
      }
    }
    return vectors;
  }

  private static float[] probabilities(NDManager manager, HeadBlock head, float[] vector) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray input = scope.create(vector, new Shape(1, vector.length));
      return head.block()
          .forward(new ParameterStore(scope, false), new NDList(input), false)
          .singletonOrThrow()
          .softmax(1)
          .toFloatArray();
    }
  }
}

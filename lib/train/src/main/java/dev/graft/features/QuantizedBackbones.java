package dev.graft.features;

import dev.graft.backbone.Backbone;
import dev.graft.data.LabeledPhoto;
import dev.graft.engine.Int8Arithmetic;
import dev.graft.engine.OnnxRuntimeEnvironment;
import dev.graft.model.QuantizationInfo;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxRun;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import dev.graft.qdq.HalfPrecision;
import dev.graft.qdq.Int8Graph;
import dev.graft.qdq.Quantizer;
import dev.graft.quantize.Precision;
import dev.graft.recipe.Progress;
import dev.graft.recipe.TrainingException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Backbones whose weights are stored in fewer bits, made before anything is trained: the head
 * learns from what it will be served with.
 */
public final class QuantizedBackbones {

  /** Photos that ranges are found on, and by which they are judged. */
  public static final int PHOTOS = 24;

  /** What int8 must gain for {@link Precision#AUTO} to take it: less is not worth any error. */
  public static final double WORTHWHILE = 1.2;

  /** Changed whenever the same photos give another graph. */
  private static final String VERSION = "int8 quantisation 2";

  /** In a backbone's graph from the image: the photo as the network takes it. */
  private static final String NORMALIZED = "input";

  // How an entry of the cache says what it is; no part of any model file.
  private static final String METADATA = "int8.";
  private static final String RANGE_METHOD = METADATA + "range_method";
  private static final String SIGNAL_TO_NOISE = METADATA + "signal_to_noise";
  private static final String FLOAT_LAYERS = METADATA + "float_layers";
  private static final String REDUCE_RANGE = METADATA + "reduce_range";
  private static final String CALIBRATED = METADATA + "calibrated";
  private static final String SPEEDUP = METADATA + "speedup";

  private final FeatureCache cache;
  private final Consumer<Progress> onProgress;

  public QuantizedBackbones(FeatureCache cache, Consumer<Progress> onProgress) {
    this.cache = cache;
    this.onProgress = onProgress;
  }

  /**
   * A backbone in a precision.
   *
   * @param training photos to calibrate on; those that cannot be read are passed over
   */
  public Backbone of(Backbone backbone, List<LabeledPhoto> training, Precision precision)
      throws IOException {
    return switch (precision) {
      case FP32 -> backbone;
      case FP16 ->
          backbone.withOnnx(HalfPrecision.of(graph(backbone)).toBytes(), QuantizationInfo.fp16());
      case INT8 -> int8(backbone, training).backbone();
      case AUTO -> {
        Int8 quantized = int8(backbone, training);
        boolean worthwhile = quantized.speedup() >= WORTHWHILE;
        onProgress.accept(
            new Progress.Chosen(worthwhile ? Precision.INT8 : Precision.FP32, quantized.speedup()));
        yield worthwhile ? quantized.backbone() : backbone;
      }
    };
  }

  /**
   * An int8 backbone.
   *
   * @param speedup how many times as fast as before it is on this machine
   */
  private record Int8(Backbone backbone, double speedup) {}

  private Int8 int8(Backbone backbone, List<LabeledPhoto> training) throws IOException {
    PhotoPreprocessing preprocessing = backbone.preprocessing();
    // By their content: which they are does not depend on names, and hardly on photos added.
    List<LabeledPhoto> photos =
        training.stream().sorted(Comparator.comparing(LabeledPhoto::sha256)).limit(PHOTOS).toList();
    boolean reduceRange = !Int8Arithmetic.isExact();
    List<String> parts = new ArrayList<>();
    parts.add(VERSION);
    parts.add(backbone.fingerprint());
    parts.add(backbone.normalization().toString());
    parts.add(preprocessing.toString());
    parts.add(PhotoReader.create().decoding());
    parts.add(Boolean.toString(reduceRange));
    parts.add("onnxruntime " + OnnxRuntimeEnvironment.version());
    photos.forEach(photo -> parts.add(photo.sha256()));
    String key = FeatureCache.key(parts.toArray(String[]::new));
    Optional<byte[]> cached = cache.getBackbone(key);
    if (cached.isPresent()) {
      return int8(backbone, OnnxGraph.parse(cached.get(), "a quantised backbone in the cache"));
    }
    onProgress.accept(new Progress.Quantizing(backbone.card().name()));
    OnnxGraph graph = graph(backbone);
    List<Initializer> examples = examples(normalization(backbone), preprocessing, photos);
    Int8Graph quantized;
    try {
      quantized =
          Quantizer.quantize(graph, backbone.card().featuresTensor(), examples, reduceRange);
    } catch (IllegalArgumentException e) {
      throw new TrainingException(
          "the backbone " + backbone.card().name() + " cannot be quantised: " + e.getMessage(), e);
    }
    OnnxGraph entry = quantized.graph().withMetadata(metadata(quantized));
    if (examples.size() == photos.size()) { // else the key, which names all, would be wrong
      cache.putBackbone(key, entry.toBytes());
    }
    return int8(backbone, entry);
  }

  private static OnnxGraph graph(Backbone backbone) throws IOException {
    return OnnxGraph.parse(backbone.toOnnx(), backbone.card().name());
  }

  /** What turns photos into the input of a backbone: the lower end of its graph from the image. */
  private static OnnxGraph normalization(Backbone backbone) throws IOException {
    Resize size = backbone.preprocessing().resize();
    byte[] fromImage = backbone.toOnnx(size.height(), size.width());
    return OnnxGraph.parse(fromImage, backbone.card().name()).cut(NORMALIZED, NORMALIZED);
  }

  private static List<Initializer> examples(
      OnnxGraph normalization, PhotoPreprocessing preprocessing, List<LabeledPhoto> photos) {
    String normalized = normalization.outputs().get(0).name();
    PhotoReader reader = PhotoReader.create();
    List<Initializer> examples = new ArrayList<>();
    try (OnnxRun run = new OnnxRun(normalization, List.of(normalized))) {
      for (LabeledPhoto photo : photos) {
        read(reader, photo, preprocessing)
            .ifPresent(pixels -> examples.add(run.value(normalized, Quantizer.example(pixels))));
      }
    }
    return examples;
  }

  /** Empty where it cannot be read: the feature pass reports that. */
  private static Optional<Pixels> read(
      PhotoReader reader, LabeledPhoto photo, PhotoPreprocessing preprocessing) {
    try {
      return Optional.of(photo.read(reader, preprocessing));
    } catch (PhotoException e) {
      return Optional.empty();
    }
  }

  private static Map<String, String> metadata(Int8Graph quantized) {
    return Map.of(
        RANGE_METHOD,
        quantized.rangeMethod(),
        SIGNAL_TO_NOISE,
        Double.toString(quantized.info().signalToNoise()),
        FLOAT_LAYERS,
        String.join("\n", quantized.floatLayers()),
        REDUCE_RANGE,
        Boolean.toString(quantized.reduceRange()),
        CALIBRATED,
        Integer.toString(quantized.calibrated()),
        SPEEDUP,
        Double.toString(quantized.speedup()));
  }

  private static Int8 int8(Backbone backbone, OnnxGraph entry) throws IOException {
    Map<String, String> metadata = entry.metadata();
    QuantizationInfo info =
        new QuantizationInfo(
            QuantizationInfo.INT8,
            metadata.get(RANGE_METHOD),
            Boolean.parseBoolean(metadata.get(REDUCE_RANGE)),
            metadata.get(FLOAT_LAYERS).lines().toList(),
            Integer.parseInt(metadata.get(CALIBRATED)),
            Double.parseDouble(metadata.get(SIGNAL_TO_NOISE)));
    return new Int8(
        backbone.withOnnx(entry.withoutMetadata(METADATA).toBytes(), info),
        Double.parseDouble(metadata.get(SPEEDUP)));
  }
}

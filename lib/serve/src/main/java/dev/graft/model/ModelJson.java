package dev.graft.model;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import dev.graft.error.ErrorCode;
import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A {@link ModelFile} as JSON. Names are spelled as in the JSON that the commands print. */
final class ModelJson {

  private static final String FORMAT = "graft.format";
  private static final String TASK = "graft.task";
  private static final String CLASSES = "graft.classes";
  private static final String THRESHOLDS = "graft.thresholds";
  private static final String PREPROCESSING = "graft.preprocessing";
  private static final String BACKBONE = "graft.backbone";
  private static final String TRAINING = "graft.training";
  private static final String QUANTIZATION = "graft.quantization";

  // What PhotoReader always does. Said in the file for readers in other languages, and checked, so
  // that a file that wants something else is not served wrongly.
  private static final String ORIENTATION = "exif";
  private static final String BACKGROUND = "white";

  private static final int LONGEST_QUOTE = 200;

  private static final Gson GSON =
      new GsonBuilder().setStrictness(Strictness.STRICT).disableHtmlEscaping().create();

  private ModelJson() {}

  static Map<String, String> write(ModelFile model) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(FORMAT, Integer.toString(model.format()));
    if (model.format() >= 2) {
      metadata.put(TASK, GSON.toJson(model.task().toString()));
    }
    metadata.put(CLASSES, GSON.toJson(model.classes()));
    if (model.task() == Task.MULTI_LABEL) {
      metadata.put(THRESHOLDS, GSON.toJson(model.thresholds()));
    }
    metadata.put(PREPROCESSING, GSON.toJson(write(model.preprocessing())));
    metadata.put(BACKBONE, GSON.toJson(write(model.backbone())));
    metadata.put(TRAINING, GSON.toJson(write(model.training())));
    if (model.quantization() != null) {
      metadata.put(QUANTIZATION, GSON.toJson(write(model.quantization())));
    }
    return Collections.unmodifiableMap(metadata);
  }

  private static JsonObject write(PhotoPreprocessing preprocessing) {
    Resize resize = preprocessing.resize();
    JsonObject json = new JsonObject();
    json.addProperty("width", resize.width());
    json.addProperty("height", resize.height());
    json.addProperty("resize", name(resize.fit()));
    json.addProperty("filter", name(resize.filter()));
    json.addProperty("orientation", ORIENTATION);
    json.addProperty("color", name(preprocessing.colorMode()));
    json.addProperty("background", BACKGROUND);
    return json;
  }

  private static JsonObject write(BackboneInfo backbone) {
    // Gson leaves out what is null.
    JsonObject json = new JsonObject();
    json.addProperty("name", backbone.name());
    json.addProperty("sha256", backbone.sha256());
    json.addProperty("licence", backbone.licence());
    json.addProperty("attribution", backbone.attribution());
    json.addProperty("source", backbone.source());
    json.addProperty("features", backbone.features());
    json.addProperty("normalization", backbone.normalization());
    return json;
  }

  private static JsonObject write(TrainingInfo training) {
    JsonObject hyperParameters = new JsonObject();
    training.hyperParameters().forEach(hyperParameters::addProperty);
    JsonObject counts = new JsonObject();
    training.data().countPerClass().forEach(counts::addProperty);
    JsonObject data = new JsonObject();
    data.addProperty("fingerprint", training.data().fingerprint());
    data.add("counts", counts);
    JsonObject metrics = new JsonObject();
    metrics.add("train", write(training.train()));
    metrics.add("validation", write(training.validation()));
    metrics.add("test", write(training.test()));
    JsonObject json = new JsonObject();
    json.addProperty("graft_version", training.graftVersion());
    json.addProperty("djl_version", training.djlVersion());
    json.addProperty("onnxruntime_version", training.onnxRuntimeVersion());
    json.addProperty("seed", training.seed());
    json.addProperty("head", training.head());
    json.add("hyper_parameters", hyperParameters);
    json.add("data", data);
    json.add("metrics", metrics);
    return json;
  }

  private static JsonObject write(QuantizationInfo quantization) {
    JsonObject json = new JsonObject();
    json.addProperty("precision", quantization.precision());
    if (quantization.rangeMethod() != null) {
      JsonArray floatLayers = new JsonArray();
      quantization.floatLayers().forEach(floatLayers::add);
      json.addProperty("range_method", quantization.rangeMethod());
      json.addProperty("reduce_range", quantization.reduceRange());
      json.add("float_layers", floatLayers);
      json.addProperty("calibration_photos", quantization.calibrationPhotos());
      json.addProperty("signal_to_noise_db", quantization.signalToNoise());
    }
    return json;
  }

  private static JsonObject write(SplitMetrics metrics) {
    if (metrics == null) {
      return null;
    }
    JsonObject json = new JsonObject();
    json.addProperty("n", metrics.n());
    json.addProperty("loss", metrics.loss());
    json.addProperty("accuracy", metrics.accuracy());
    json.addProperty("mean_average_precision", metrics.meanAveragePrecision());
    return json;
  }

  static ModelFile read(Map<String, String> metadata, Path file) throws ModelException {
    if (!metadata.containsKey(FORMAT)) {
      throw new ModelException(
          ErrorCode.NOT_A_MODEL,
          file,
          "an ONNX file but not a Graft model: it lacks the metadata graft.format; train a model"
              + " with graft train, or run this one with ONNX Runtime itself");
    }
    try {
      int format = new Node(FORMAT, parse(metadata, FORMAT)).integer();
      if (format > ModelFile.FORMAT) {
        throw new ModelException(
            ErrorCode.MODEL_TOO_NEW,
            file,
            "made by a newer Graft (format %d, this one reads up to %d); update Graft"
                .formatted(format, ModelFile.FORMAT));
      }
      return new ModelFile(
          format,
          new Node(CLASSES, parse(metadata, CLASSES)).strings(),
          readPreprocessing(new Node(PREPROCESSING, parse(metadata, PREPROCESSING))),
          readBackbone(new Node(BACKBONE, parse(metadata, BACKBONE))),
          readTraining(new Node(TRAINING, parse(metadata, TRAINING))),
          readThresholds(format, metadata),
          metadata.containsKey(QUANTIZATION)
              ? readQuantization(new Node(QUANTIZATION, parse(metadata, QUANTIZATION)))
              : null);
    } catch (IllegalArgumentException e) {
      throw new ModelException(
          ErrorCode.MODEL_DAMAGED,
          file,
          "its metadata is damaged: " + e.getMessage() + "; copy or export it again",
          e);
    }
  }

  private static JsonElement parse(Map<String, String> metadata, String key) {
    String json = metadata.get(key);
    if (json == null) {
      throw new IllegalArgumentException(key + " is missing");
    }
    try {
      return GSON.fromJson(json, JsonElement.class);
    } catch (JsonParseException e) {
      throw new IllegalArgumentException(key + " is not JSON", e);
    }
  }

  /** Format 1 has neither task nor thresholds: whoever wrote such keys meant something else. */
  private static List<Double> readThresholds(int format, Map<String, String> metadata) {
    if (format < 2
        || new Node(TASK, parse(metadata, TASK)).oneOf(Task.values()) == Task.SINGLE_LABEL) {
      return List.of();
    }
    List<Double> thresholds = new Node(THRESHOLDS, parse(metadata, THRESHOLDS)).numbers();
    if (thresholds.isEmpty()) {
      throw new IllegalArgumentException(THRESHOLDS + " is empty");
    }
    return thresholds;
  }

  private static PhotoPreprocessing readPreprocessing(Node json) {
    json.get("orientation").oneOf(ORIENTATION);
    json.get("background").oneOf(BACKGROUND);
    return new PhotoPreprocessing(
        new Resize(
            json.get("width").integer(),
            json.get("height").integer(),
            json.get("resize").oneOf(Resize.Fit.values()),
            json.get("filter").oneOf(Resize.Filter.values())),
        json.get("color").oneOf(ColorMode.values()));
  }

  private static BackboneInfo readBackbone(Node json) {
    return new BackboneInfo(
        json.get("name").string(),
        json.get("sha256").string(),
        json.has("licence") ? json.get("licence").string() : null,
        json.has("attribution") ? json.get("attribution").string() : null,
        json.has("source") ? json.get("source").string() : null,
        json.get("features").string(),
        json.get("normalization").string());
  }

  private static QuantizationInfo readQuantization(Node json) {
    if (!json.has("range_method")) {
      return new QuantizationInfo(json.get("precision").string(), null, false, List.of(), 0, null);
    }
    return new QuantizationInfo(
        json.get("precision").string(),
        json.get("range_method").string(),
        json.get("reduce_range").truth(),
        json.get("float_layers").strings(),
        json.get("calibration_photos").integer(),
        json.get("signal_to_noise_db").number().doubleValue());
  }

  private static TrainingInfo readTraining(Node json) {
    Map<String, String> hyperParameters = new LinkedHashMap<>();
    json.get("hyper_parameters").fields().forEach((k, v) -> hyperParameters.put(k, v.string()));
    Node data = json.get("data");
    Map<String, Integer> counts = new LinkedHashMap<>();
    data.get("counts").fields().forEach((k, v) -> counts.put(k, v.integer()));
    Node metrics = json.get("metrics");
    return new TrainingInfo(
        json.get("graft_version").string(),
        json.get("djl_version").string(),
        json.get("onnxruntime_version").string(),
        json.get("seed").whole(),
        json.get("head").string(),
        hyperParameters,
        new DataInfo(data.get("fingerprint").string(), counts),
        readMetrics(metrics, "train"),
        readMetrics(metrics, "validation"),
        readMetrics(metrics, "test"));
  }

  private static SplitMetrics readMetrics(Node metrics, String split) {
    if (!metrics.has(split)) {
      return null;
    }
    Node json = metrics.get(split);
    return new SplitMetrics(
        json.get("n").integer(),
        json.get("loss").number().doubleValue(),
        json.get("accuracy").number().doubleValue(),
        json.has("mean_average_precision")
            ? (Double) json.get("mean_average_precision").number().doubleValue()
            : null);
  }

  private static String name(Enum<?> value) {
    return value instanceof Task ? value.toString() : value.name().toLowerCase(Locale.ROOT);
  }

  /** A piece of JSON that knows where it stands, so that errors can say so. */
  private record Node(String where, JsonElement json) {

    boolean has(String field) {
      return object().has(field) && !object().get(field).isJsonNull();
    }

    Node get(String field) {
      if (!has(field)) {
        throw new IllegalArgumentException(where + " lacks " + field);
      }
      return new Node(where + "." + field, object().get(field));
    }

    Map<String, Node> fields() {
      Map<String, Node> fields = new LinkedHashMap<>();
      object().asMap().forEach((k, v) -> fields.put(k, new Node(where + "." + k, v)));
      return fields;
    }

    List<String> strings() {
      return elements().stream().map(Node::string).toList();
    }

    List<Double> numbers() {
      return elements().stream().map(element -> element.number().doubleValue()).toList();
    }

    private List<Node> elements() {
      if (!(json instanceof JsonArray array)) {
        throw expected("a list");
      }
      List<Node> elements = new ArrayList<>();
      for (JsonElement element : array) {
        elements.add(new Node(where + "[" + elements.size() + "]", element));
      }
      return elements;
    }

    String string() {
      if (!(json instanceof JsonPrimitive primitive)) {
        throw expected("a text");
      }
      return primitive.getAsString();
    }

    boolean truth() {
      if (!(json instanceof JsonPrimitive primitive) || !primitive.isBoolean()) {
        throw expected("true or false");
      }
      return primitive.getAsBoolean();
    }

    int integer() {
      long whole = whole();
      if (whole != (int) whole) {
        throw expected("a whole number of at most 32 bits");
      }
      return (int) whole;
    }

    long whole() {
      try {
        return number().longValueExact();
      } catch (ArithmeticException e) {
        throw expected("a whole number");
      }
    }

    BigDecimal number() {
      if (!(json instanceof JsonPrimitive primitive) || !primitive.isNumber()) {
        throw expected("a number");
      }
      try {
        return primitive.getAsBigDecimal();
      } catch (NumberFormatException e) {
        throw expected("a number");
      }
    }

    void oneOf(String only) {
      if (!string().equals(only)) {
        throw expected(only);
      }
    }

    <E extends Enum<E>> E oneOf(E[] values) {
      String wanted = string();
      return Arrays.stream(values)
          .filter(value -> name(value).equals(wanted))
          .findFirst()
          .orElseThrow(
              () -> expected("one of " + Arrays.stream(values).map(v -> name(v)).toList()));
    }

    private JsonObject object() {
      if (!(json instanceof JsonObject object)) {
        throw expected("an object");
      }
      return object;
    }

    private IllegalArgumentException expected(String what) {
      String found = json.toString();
      return new IllegalArgumentException(
          "expected %s as %s, got %s"
              .formatted(
                  what,
                  where,
                  found.length() <= LONGEST_QUOTE
                      ? found
                      : found.substring(0, LONGEST_QUOTE) + " ..."));
    }
  }
}

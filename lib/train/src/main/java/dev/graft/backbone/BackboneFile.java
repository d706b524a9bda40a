package dev.graft.backbone;

import dev.graft.file.Sha256;
import dev.graft.model.BackboneInfo;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.model.ModelFile;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An ONNX file from anywhere, and what makes a backbone of it. */
final class BackboneFile {

  /** Below it the operators that Graft adds mean something else. */
  private static final int OLDEST_OPSET = 7;

  /** In a file of Graft: the photo, normalized. */
  private static final String NORMALIZED = "input";

  /**
   * What is known of a file beside its graph.
   *
   * @param normalization null if it does not say
   * @param features null if it does not say
   * @param inputSize 0 if it does not say
   */
  private record Origin(
      String name,
      String title,
      String paper,
      String licence,
      String attribution,
      String source,
      Normalization normalization,
      String features,
      int inputSize) {}

  private final Path file;
  private final String sha256;
  private final long bytes;
  private final OnnxGraph original;
  private final Origin origin;

  /** Takes photos, normalized: of a model file of Graft, what lies above its normalization. */
  private final OnnxGraph network;

  BackboneFile(Path file) throws IOException {
    this.file = file;
    byte[] content = OnnxGraph.readBytes(file);
    original = OnnxGraph.parse(content, file.toString());
    sha256 = Sha256.of(content);
    bytes = content.length;
    if (original.opset() < OLDEST_OPSET) {
      throw new BackboneException(
          file,
          "expected an opset of %d or later, found %d; convert it with onnx.version_converter"
              .formatted(OLDEST_OPSET, original.opset()));
    }
    if (original.metadata().containsKey("graft.format")) {
      ModelFile model = ModelBytes.of(content, file).describe();
      try {
        network = original.after(NORMALIZED).withoutMetadata("graft.");
      } catch (IllegalArgumentException e) {
        throw new BackboneException(
            file,
            "a model file of Graft that its network cannot be taken from (%s)"
                .formatted(e.getMessage()),
            e);
      }
      origin = of(model);
    } else {
      origin = published().orElseGet(this::foreign);
      network = original;
    }
  }

  private Origin of(ModelFile model) throws ModelException {
    BackboneInfo info = model.backbone();
    String source = "%s, trained by Graft on %s".formatted(file.getFileName(), info.name());
    Normalization normalization;
    try {
      normalization = Normalization.named(info.normalization());
    } catch (IllegalArgumentException e) {
      // One that a program made for itself.
      normalization = null;
    }
    return new Origin(
        baseName(),
        source,
        null,
        info.licence() == null ? "unknown" : info.licence(),
        info.attribution(),
        info.source() == null ? source : source + "; " + info.source(),
        normalization,
        original.computedFrom(List.of(NORMALIZED)).contains(info.features())
            ? info.features()
            : null,
        model.preprocessing().resize().width());
  }

  /** The file of a backbone on the class path, wherever it lies. */
  private Optional<Origin> published() {
    return Backbones.all().stream()
        .filter(card -> card.sha256().equals(sha256))
        .map(
            card ->
                new Origin(
                    card.name(),
                    card.title(),
                    card.paper(),
                    card.license(),
                    card.attribution(),
                    card.source(),
                    Normalization.named(card.normalization()),
                    card.featuresTensor(),
                    card.inputSize()))
        .findFirst();
  }

  private Origin foreign() {
    Map<String, String> metadata = original.metadata();
    String producer = original.producer();
    String source = file.getFileName() + (producer.isEmpty() ? "" : ", written by " + producer);
    return new Origin(
        baseName(),
        metadata.getOrDefault("backbone.title", file.getFileName().toString()),
        metadata.get("backbone.paper"),
        metadata.getOrDefault("backbone.licence", "unknown"),
        metadata.get("backbone.attribution"),
        metadata.getOrDefault("backbone.source", source),
        null,
        null,
        0);
  }

  private String baseName() {
    return file.getFileName().toString().replaceFirst("(?i)\\.onnx$", "");
  }

  /**
   * @param tensor where it ends; null for the network's main output
   */
  MeasuredNetwork measured(String tensor, int wantedSize, Normalization normalization)
      throws BackboneException {
    int usual = origin.inputSize() > 0 ? origin.inputSize() : BackboneOptions.USUAL_SIZE;
    return MeasuredNetwork.of(file, network, tensor, wantedSize, usual, normalization);
  }

  /**
   * The backbone.
   *
   * @throws IllegalArgumentException if options are missing or do not fit the file
   */
  Backbone backbone(BackboneOptions options) throws IOException {
    Normalization normalization =
        options.normalization() != null ? options.normalization() : origin.normalization();
    if (normalization == null) {
      throw new IllegalArgumentException(
          ("%s does not say how photos were normalised when it was trained, and a wrong guess costs"
                  + " accuracy: choose the preprocessing: %s")
              .formatted(file, String.join(", ", Normalization.names())));
    }
    String tensor = options.featuresTensor() != null ? options.featuresTensor() : origin.features();
    try {
      network.tensor(tensor == null ? network.outputs().get(0).name() : tensor);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
    return backbone(measured(tensor, options.inputSize(), normalization), tensor, normalization);
  }

  private Backbone backbone(MeasuredNetwork whole, String wanted, Normalization normalization)
      throws IOException {
    String tensor = wanted;
    NetworkShape shape = whole.shape();
    if (tensor == null) {
      tensor = shape.features();
      if (tensor == null || !shape.canBeFeatures(tensor)) {
        throw new IllegalArgumentException(
            "%s: found no classifier to cut off; choose the tensor of features: %s"
                .formatted(file, candidates(shape)));
      }
    } else if (!shape.canBeFeatures(tensor)) {
      throw new IllegalArgumentException(
          ("%s: the tensor %s cannot be features; expected floats [N, C], [N, tokens, C] or [N, C,"
                  + " height, width], a row a photo; choose another: %s")
              .formatted(file, whole.graph().tensor(tensor), candidates(shape)));
    }
    OnnxGraph upTo = whole.graph().cut(tensor, tensor);
    OnnxGraph graph = channelsFirst(upTo, shape.layout(tensor));
    List<CutPoint> cutPoints = new ArrayList<>();
    Set<String> notable = shape.notable();
    for (String point : upTo.cutPoints()) {
      if (shape.canBeFeatures(point) && (notable.contains(point) || point.equals(tensor))) {
        cutPoints.add(new CutPoint(point, shape.sizes(point)));
      }
    }
    List<Integer> featureShape = new ArrayList<>();
    Shape declared = graph.outputs().get(0).shape();
    for (int axis = 1; axis < declared.rank(); axis++) {
      featureShape.add(Math.toIntExact(declared.size(axis)));
    }
    BackboneCard card =
        new BackboneCard(
            origin.name(),
            origin.title(),
            origin.paper(),
            origin.licence(),
            origin.attribution(),
            origin.source(),
            sha256,
            bytes,
            whole.size(),
            normalization.name(),
            tensor,
            featureShape,
            cutPoints,
            FileCuts.parameters(upTo),
            List.of(),
            null,
            null);
    whole.check(tensor, normalization);
    return new Backbone(card, normalization, new Memory(graph));
  }

  /** The last places to cut at, from the output on. */
  private static List<String> candidates(NetworkShape shape) {
    Set<String> notable = shape.notable();
    List<String> candidates = new ArrayList<>(shape.points());
    candidates.removeIf(point -> !shape.canBeFeatures(point) || !notable.contains(point));
    Collections.reverse(candidates);
    return candidates.subList(0, Math.min(10, candidates.size()));
  }

  /** Heads take [N, C], [N, C, tokens] or [N, C, height, width]. */
  private static OnnxGraph channelsFirst(OnnxGraph graph, ImageLayout layout) {
    TensorInfo features = graph.outputs().get(0);
    Shape shape = features.shape();
    if (shape.rank() == 2 || layout == ImageLayout.CHANNELS_FIRST) {
      return graph;
    }
    Object[] from = shape.dims().stream().map(d -> d.symbol() == null ? d.size() : "N").toArray();
    boolean tokens = shape.rank() == 3;
    Object[] to =
        tokens
            ? new Object[] {from[0], from[2], from[1]}
            : new Object[] {from[0], from[3], from[1], from[2]};
    return graph.then(
        OnnxGraph.builder("layout", graph.opset())
            .input("channels_last", ElementType.FLOAT, from)
            .node(
                "Transpose",
                List.of("channels_last"),
                features.name() + "/channels_first",
                tokens ? Attribute.ints("perm", 0, 2, 1) : Attribute.ints("perm", 0, 3, 1, 2))
            .output(features.name() + "/channels_first", ElementType.FLOAT, to)
            .build());
  }

  /** A graph that was read and changed already: nothing to read again. */
  private record Memory(OnnxGraph graph) implements Backbone.Source {
    @Override
    public OnnxGraph features() {
      return graph;
    }

    @Override
    public OnnxGraph full() {
      return graph;
    }

    @Override
    public List<String> classes() {
      return List.of();
    }
  }

  /** What the file is, whether it can be a backbone or not. */
  BackboneInspection inspection(int wantedSize) {
    try {
      MeasuredNetwork whole = measured(null, wantedSize, origin.normalization());
      String features = origin.features() != null ? origin.features() : whole.shape().features();
      return inspection(null, whole.size(), whole.layout(), FileCuts.of(whole, features), features);
    } catch (BackboneException e) {
      String problem = e.getMessage().substring(file.toString().length() + 2);
      return inspection(problem, 0, null, List.of(), null);
    }
  }

  private BackboneInspection inspection(
      String problem,
      int size,
      ImageLayout layout,
      List<BackboneInspection.Cut> cuts,
      String features) {
    return new BackboneInspection(
        file,
        sha256,
        bytes,
        original.producer(),
        original.opset(),
        original.irVersion(),
        original.inputs().stream().map(BackboneFile::declared).toList(),
        original.outputs().stream().map(BackboneFile::declared).toList(),
        FileCuts.parameters(original),
        problem,
        size,
        layout,
        cuts,
        features);
  }

  private static BackboneInspection.Tensor declared(TensorInfo tensor) {
    Shape shape = tensor.shape();
    return new BackboneInspection.Tensor(
        tensor.name(),
        tensor.type().name(),
        shape.rank() < 0 ? null : shape.dims().stream().map(Shape.Dim::toString).toList());
  }
}

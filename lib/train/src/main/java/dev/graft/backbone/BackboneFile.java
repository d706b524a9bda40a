package dev.graft.backbone;

import dev.graft.file.Sha256;
import dev.graft.model.BackboneInfo;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.model.ModelFile;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.OnnxRun;
import dev.graft.onnx.OnnxShapes;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An ONNX file from anywhere, and what makes a backbone of it. */
final class BackboneFile {

  /** Below it the operators that Graft adds mean something else. */
  private static final int OLDEST_OPSET = 7;

  /** In a file of Graft: the photo, normalised. */
  private static final String NORMALISED = "input";

  /** A row of features alone and in a batch: other kernels may be chosen, in float32. */
  private static final float SAME_ROW = 1e-3f;

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

  /** Takes photos, normalised; without the preprocessing of a model file of Graft. */
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
        network = original.after(NORMALISED).withoutMetadata("graft.");
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
        original.computedFrom(List.of(NORMALISED)).contains(info.features())
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
                    card.licence(),
                    card.attribution(),
                    card.source(),
                    Normalization.named(card.normalization()),
                    card.features(),
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
   * A network for a batch of any size, ending in one tensor.
   *
   * @param graph its tensors' shapes declared, as far as they can be cut at or are asked for
   */
  private record Network(OnnxGraph graph, ImageLayout layout, int size, NetworkShape shape) {}

  /**
   * @param features where it ends; null for the network's main output
   */
  private Network network(String features, int wantedSize, Normalization normalization)
      throws BackboneException {
    List<TensorInfo> inputs = network.inputs();
    if (inputs.size() != 1) {
      throw new BackboneException(
          file,
          "expected one input, for photos, found %d: %s; export it with its constants inside"
              .formatted(inputs.size(), inputs));
    }
    TensorInfo input = inputs.get(0);
    if (input.type() != ElementType.FLOAT) {
      throw new BackboneException(
          file, "expected an input of 32-bit floats, found " + input + "; export it as float32");
    }
    ImageLayout layout = layout(input);
    int size = size(input, layout, wantedSize);
    long batch = input.shape().rank() == 4 ? input.shape().size(0) : -1;
    OnnxGraph open = batch > 0 ? withFreeBatch(batch, size, layout) : network.declaringNothing();
    Shape photos =
        layout == ImageLayout.CHANNELS_FIRST
            ? Shape.of("N", 3, size, size)
            : Shape.of("N", size, size, 3);
    open = open.declaring(List.of(new TensorInfo(input.name(), ElementType.FLOAT, photos)));
    TensorInfo end = features == null ? mainOutput() : open.tensor(features);
    open = open.withOutputs(new TensorInfo(end.name(), ElementType.OTHER, Shape.UNKNOWN));
    if (!open.computedFrom(List.of(input.name())).contains(end.name())) {
      throw new IllegalArgumentException(
          "%s: the tensor %s does not depend on the photo; choose another"
              .formatted(file, end.name()));
    }
    Set<String> tensors = new LinkedHashSet<>(open.cutPoints());
    for (OnnxNode node : open.nodes()) {
      if (node.domain().isEmpty() && node.opType().equals("Shape")) {
        tensors.add(node.inputs().get(0));
      }
    }
    tensors.remove(input.name());
    try (OnnxShapes shapes = new OnnxShapes(open, tensors)) {
      Map<String, TensorInfo> one = shapes.of(photos(1, size, layout, normalization));
      Map<String, TensorInfo> two;
      try {
        two = shapes.of(photos(2, size, layout, normalization));
      } catch (IllegalArgumentException e) {
        throw fixedBatch(input.name(), firstLine(e), e);
      }
      OnnxGraph declared = open.declaring(freeInBatch(one, two));
      if (batch > 0 && one.get(end.name()).equals(two.get(end.name()))) {
        throw fixedBatch(input.name(), "it gives one row for two photos", null);
      }
      return new Network(declared, layout, size, new NetworkShape(declared, layout));
    } catch (IllegalArgumentException e) {
      throw new BackboneException(
          file, "it does not run with a photo of %dx%d: %s".formatted(size, size, firstLine(e)), e);
    }
  }

  private OnnxGraph withFreeBatch(long batch, int size, ImageLayout layout)
      throws BackboneException {
    Set<String> written = network.writtenForOneBatch();
    if (written.isEmpty()) {
      return network.declaringNothing();
    }
    try (OnnxRun run = new OnnxRun(network, written)) {
      return network
          .withFreeBatch(batch, run.values(photos(Math.toIntExact(batch), size, layout, null)))
          .declaringNothing();
    } catch (IllegalArgumentException e) {
      throw new BackboneException(file, "it does not run: " + firstLine(e), e);
    }
  }

  /** The first output that looks like a row of numbers a photo, else the first. */
  private TensorInfo mainOutput() {
    List<TensorInfo> outputs = network.outputs();
    return outputs.stream()
        .filter(output -> output.type() == ElementType.FLOAT && output.shape().rank() == 2)
        .findFirst()
        .orElse(outputs.get(0));
  }

  private ImageLayout layout(TensorInfo input) throws BackboneException {
    Shape shape = input.shape();
    if (shape.rank() != 4 && shape.rank() != -1) {
      throw new BackboneException(
          file, "expected an input [N, 3, height, width] or [N, height, width, 3], found " + input);
    }
    long first = shape.rank() == 4 ? shape.size(1) : -1;
    long last = shape.rank() == 4 ? shape.size(3) : -1;
    if (first == 3 || last == 3) {
      return first == 3 ? ImageLayout.CHANNELS_FIRST : ImageLayout.CHANNELS_LAST;
    }
    if (first > 0 && last > 0) {
      throw new BackboneException(file, "expected an input of 3 colour channels, found " + input);
    }
    // Channels of no fixed number: what reads the input tells.
    for (OnnxNode node : network.nodes()) {
      if (node.inputs().contains(input.name()) && node.opType().equals("Transpose")) {
        return Arrays.equals(node.intsAttribute("perm"), new long[] {0, 3, 1, 2})
            ? ImageLayout.CHANNELS_LAST
            : ImageLayout.CHANNELS_FIRST;
      }
    }
    return ImageLayout.CHANNELS_FIRST;
  }

  private int size(TensorInfo input, ImageLayout layout, int wanted) throws BackboneException {
    int first = layout == ImageLayout.CHANNELS_FIRST ? 2 : 1;
    long height = input.shape().rank() == 4 ? input.shape().size(first) : -1;
    long width = input.shape().rank() == 4 ? input.shape().size(first + 1) : -1;
    if (height > 0 && width > 0 && height != width) {
      throw new BackboneException(
          file, "expected an input as high as it is wide, found %s".formatted(input));
    }
    long fixed = Math.max(height, width);
    if (fixed > 0 && wanted > 0 && fixed != wanted) {
      throw new IllegalArgumentException(
          "%s: it takes photos of %dx%d alone (%s), not of %dx%d"
              .formatted(file, fixed, fixed, input, wanted, wanted));
    }
    if (fixed > 0) {
      return Math.toIntExact(fixed);
    }
    if (wanted > 0) {
      return wanted;
    }
    return origin.inputSize() > 0 ? origin.inputSize() : BackboneOptions.USUAL_SIZE;
  }

  /** With N where a dimension is that of the batch, "?" where it depends on it in another way. */
  private static List<TensorInfo> freeInBatch(
      Map<String, TensorInfo> one, Map<String, TensorInfo> two) {
    List<TensorInfo> all = new ArrayList<>();
    for (TensorInfo info : one.values()) {
      List<Object> dims = new ArrayList<>();
      Shape more = two.get(info.name()).shape();
      for (int axis = 0; axis < info.shape().rank(); axis++) {
        long small = info.shape().size(axis);
        long large = more.rank() == info.shape().rank() ? more.size(axis) : -1;
        if (small == large) {
          dims.add(small);
        } else {
          dims.add(small == 1 && large == 2 ? "N" : "?");
        }
      }
      all.add(new TensorInfo(info.name(), info.type(), Shape.of(dims.toArray())));
    }
    return all;
  }

  private BackboneException fixedBatch(String input, String reason, Throwable cause) {
    return new BackboneException(
        file,
        ("it takes one photo at a time (%s); export it again with a free batch: torch.onnx.export("
                + "..., dynamic_axes={\"%s\": {0: \"N\"}}), or with dynamo=True"
                + " dynamic_shapes=({0: torch.export.Dim(\"N\")},); None as the first size of"
                + " tf2onnx's input signature")
            .formatted(reason, input),
        cause);
  }

  /** Stripes, unlike in every photo, as the network is fed them: from 0 to 1 if null says so. */
  private static Initializer photos(
      int n, int size, ImageLayout layout, Normalization normalization) {
    int pixels = size * size;
    float[] stripes = new float[n * 3 * pixels];
    for (int i = 0; i < stripes.length; i++) {
      int photo = i / (3 * pixels);
      stripes[i] = (i * (7 + 4 * photo) + i / 97 * 31 * (photo + 1)) % 256;
    }
    Normalization chosen = normalization == null ? Normalization.rescale() : normalization;
    OnnxGraph graph = chosen.toGraph(size, size, layout, 17);
    String output = graph.outputs().get(0).name();
    try (OnnxRun run = new OnnxRun(graph, List.of(output))) {
      return run.value(output, Initializer.of("image", new long[] {n, size, size, 3}, stripes));
    }
  }

  private static String firstLine(Exception e) {
    String line = e.getMessage().lines().findFirst().orElse("").strip();
    return line.length() <= 400 ? line : line.substring(0, 400) + " ...";
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
    String tensor = options.features() != null ? options.features() : origin.features();
    try {
      network.tensor(tensor == null ? network.outputs().get(0).name() : tensor);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
    return backbone(network(tensor, options.inputSize(), normalization), tensor, normalization);
  }

  private Backbone backbone(Network whole, String wanted, Normalization normalization)
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
    List<BackboneCard.CutPoint> cutPoints = new ArrayList<>();
    Set<String> notable = shape.notable();
    for (String point : upTo.cutPoints()) {
      if (shape.canBeFeatures(point) && (notable.contains(point) || point.equals(tensor))) {
        cutPoints.add(new BackboneCard.CutPoint(point, shape.sizes(point)));
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
            parameters(upTo),
            List.of(),
            null,
            null);
    check(whole, tensor, normalization);
    return new Backbone(card, normalization, new Memory(graph));
  }

  private static long parameters(OnnxGraph graph) {
    return graph.initializers().values().stream()
        .filter(tensor -> tensor.type() == ElementType.FLOAT && tensor.size() > 1)
        .mapToLong(Initializer::size)
        .sum();
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

  /** The features of two photos are numbers, not the same, and do not depend on each other. */
  private void check(Network network, String features, Normalization normalization)
      throws BackboneException {
    float[] first;
    float[] rows;
    try (OnnxRun run = new OnnxRun(network.graph(), List.of(features))) {
      int size = network.size();
      first = run.value(features, photos(1, size, network.layout(), normalization)).floats();
      rows = run.value(features, photos(2, size, network.layout(), normalization)).floats();
    }
    float largest = 0;
    float difference = 0;
    boolean same = true;
    for (int i = 0; i < first.length; i++) {
      if (!Float.isFinite(rows[i]) || !Float.isFinite(first[i])) {
        throw new BackboneException(
            file,
            "the tensor %s is not a number for a test photo (preprocessing %s)"
                .formatted(features, normalization.name()));
      }
      largest = Math.max(largest, Math.abs(first[i]));
      difference = Math.max(difference, Math.abs(first[i] - rows[i]));
      same &= rows[i] == rows[first.length + i];
    }
    if (difference > SAME_ROW * Math.max(1, largest)) {
      throw new BackboneException(
          file,
          ("what it says of a photo depends on the others of a batch (%s differs by up to %.2g);"
                  + " export it for inference: model.eval()")
              .formatted(features, difference));
    }
    if (same) {
      throw new BackboneException(
          file, "the tensor %s is the same for two different photos".formatted(features));
    }
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
  BackboneInspection inspection(int wantedSize) throws IOException {
    String problem = null;
    int size = 0;
    ImageLayout layout = null;
    List<BackboneInspection.Cut> cuts = new ArrayList<>();
    String features = null;
    OnnxGraph graph = null;
    try {
      Network whole = network(null, wantedSize, origin.normalization());
      NetworkShape shape = whole.shape();
      Map<String, Long> below = shape.parametersBelow();
      long all = parameters(whole.graph());
      Set<String> notable = shape.notable();
      size = whole.size();
      layout = whole.layout();
      graph = whole.graph();
      features = origin.features() != null ? origin.features() : shape.features();
      for (String point : shape.points()) {
        if (shape.canBeFeatures(point)) {
          cuts.add(
              new BackboneInspection.Cut(
                  point,
                  shape.sizes(point),
                  below.get(point),
                  all - below.get(point),
                  notable.contains(point)));
        }
      }
    } catch (BackboneException e) {
      problem = e.getMessage().substring(file.toString().length() + 2);
    }
    return new BackboneInspection(
        file,
        sha256,
        bytes,
        original.producer(),
        original.opset(),
        original.irVersion(),
        original.inputs(),
        original.outputs(),
        parameters(original),
        problem,
        size,
        layout,
        cuts,
        features,
        graph);
  }
}

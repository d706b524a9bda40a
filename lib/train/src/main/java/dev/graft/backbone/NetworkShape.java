package dev.graft.backbone;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network as a chain: the tensors that every path goes through, and what lies between them. Tells
 * where its classifier begins, and where the channels of its tensors are.
 */
final class NetworkShape {

  private static final Set<String> POOLINGS =
      Set.of(
          "GlobalAveragePool",
          "GlobalMaxPool",
          "AveragePool",
          "MaxPool",
          "ReduceMean",
          "ReduceMax");

  private static final Set<String> REARRANGEMENTS =
      Set.of(
          "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Transpose", "Cast");

  private static final Set<String> ACTIVATIONS =
      Set.of(
          "Relu",
          "Clip",
          "LeakyRelu",
          "PRelu",
          "Elu",
          "Celu",
          "Selu",
          "Gelu",
          "Mish",
          "Swish",
          "Sigmoid",
          "HardSigmoid",
          "HardSwish",
          "Tanh",
          "Softplus",
          "Softsign",
          "Softmax",
          "LogSoftmax");

  private static final Set<String> ARITHMETIC = Set.of("Add", "Sub", "Mul", "Div");

  private static final Set<String> NORMALIZATIONS =
      Set.of(
          "BatchNormalization",
          "LayerNormalization",
          "InstanceNormalization",
          "GroupNormalization");

  private static final Set<String> OF_CHANNELS_FIRST =
      Set.of(
          "Conv",
          "BatchNormalization",
          "InstanceNormalization",
          "GroupNormalization",
          "MaxPool",
          "AveragePool",
          "GlobalAveragePool",
          "GlobalMaxPool");

  /** Outputs of classifiers that were trained on ImageNet; some count the background. */
  private static final Set<Long> IMAGENET_CLASSES = Set.of(1000L, 1001L);

  /** What lies between two tensors that every path goes through. */
  private record Segment(String from, String to, List<OnnxNode> nodes) {

    boolean isOne(Set<String> operators) {
      return nodes.size() == 1 && operators.contains(nodes.get(0).opType());
    }
  }

  private final OnnxGraph graph;
  private final Map<String, ImageLayout> layouts = new HashMap<>();
  private final Set<String> computed;
  private final Map<String, Initializer> initializers;
  private final List<Segment> segments = new ArrayList<>();

  /**
   * @param graph with one output, the shapes of its cut points declared
   * @param input the layout of its input
   */
  NetworkShape(OnnxGraph graph, ImageLayout input) {
    this.graph = graph;
    layouts.put(graph.inputs().get(0).name(), input);
    for (OnnxNode node : graph.nodes()) {
      ImageLayout layout = layout(node);
      if (layout != null) {
        node.outputs().forEach(output -> layouts.put(output, layout));
      }
    }
    computed = graph.computedFrom(List.of(graph.inputs().get(0).name()));
    initializers = graph.initializers();
    List<String> points = graph.cutPoints();
    int next = 1;
    List<OnnxNode> between = new ArrayList<>();
    for (OnnxNode node : graph.nodes()) {
      if (next < points.size() && node.outputs().stream().anyMatch(computed::contains)) {
        between.add(node);
        if (node.outputs().contains(points.get(next))) {
          segments.add(new Segment(points.get(next - 1), points.get(next), List.copyOf(between)));
          between.clear();
          next++;
        }
      }
    }
  }

  /** The sizes of a tensor without the batch; empty if it has none or they are not fixed. */
  List<Integer> sizes(String tensor) {
    Shape shape = graph.tensor(tensor).shape();
    List<Integer> sizes = new ArrayList<>();
    for (int axis = 1; axis < shape.rank(); axis++) {
      if (shape.size(axis) < 1) {
        return List.of();
      }
      sizes.add(Math.toIntExact(shape.size(axis)));
    }
    return sizes;
  }

  /** Whether heads can stand on it: floats, a row a photo, 1 to 3 other dimensions. */
  boolean canBeFeatures(String tensor) {
    TensorInfo info = graph.tensor(tensor);
    int others = sizes(tensor).size();
    return info.type() == ElementType.FLOAT
        && others >= 1
        && others <= 3
        && "N".equals(info.shape().dims().get(0).symbol());
  }

  /** The tensors that every path goes through, but for the input. */
  List<String> points() {
    return segments.stream().map(Segment::to).toList();
  }

  /**
   * The input of the last global pooling, or what the classifier reads where there is none, or
   * where the network normalizes what it has pooled; null if there is no layer to end before. The
   * output itself where it is a map.
   */
  String features() {
    String output = graph.outputs().get(0).name();
    if (!isVector(output) && canBeFeatures(output)) {
      return output;
    }
    int classifier = segments.size() - 1;
    while (classifier >= 0 && !hasLayer(segments.get(classifier))) {
      classifier--;
    }
    if (classifier < 0) {
      return null;
    }
    for (int i = classifier + 1; i < segments.size(); i++) {
      if (pools(segments.get(i))) {
        return givesClasses(segments.get(classifier))
            ? segments.get(classifier).from()
            : segments.get(i).from();
      }
    }
    return unlessInput(beforeClassifier(classifier));
  }

  private String unlessInput(String tensor) {
    return tensor.equals(graph.inputs().get(0).name()) ? null : tensor;
  }

  private String beforeClassifier(int classifier) {
    String read = segments.get(classifier).from();
    boolean hidden = false;
    boolean normalized = false;
    for (int i = classifier - 1; i >= 0; i--) {
      Segment segment = segments.get(i);
      if (pools(segment)) {
        return normalized && !hidden ? read : withoutTranspose(i, segment.from());
      }
      if (sizes(segment.from()).size() == 2) {
        // One of the tokens, or their mean.
        return read;
      }
      if (!isVector(segment.from())) {
        boolean flattened = segment.isOne(REARRANGEMENTS);
        return flattened ? withoutTranspose(i, segment.from()) : segment.to();
      }
      hidden |= hasLayer(segment);
      normalized |= !segment.isOne(REARRANGEMENTS) && !segment.isOne(ACTIVATIONS);
    }
    return read;
  }

  /** What a transposition before that segment reads. */
  private String withoutTranspose(int segment, String tensor) {
    boolean turned = segment > 0 && segments.get(segment - 1).isOne(Set.of("Transpose"));
    return turned ? segments.get(segment - 1).from() : tensor;
  }

  /** One number a channel. */
  private boolean isVector(String tensor) {
    List<Integer> sizes = sizes(tensor);
    return sizes.stream().filter(size -> size > 1).count() <= 1;
  }

  private boolean pools(Segment segment) {
    List<Integer> from = sizes(segment.from());
    if (!segment.isOne(POOLINGS) || from.size() != 3) {
      return false;
    }
    int channels = layout(segment.from()) == ImageLayout.CHANNELS_FIRST ? from.get(0) : from.get(2);
    return sizes(segment.to()).stream().reduce(1, (a, b) -> a * b) == channels;
  }

  private boolean hasLayer(Segment segment) {
    return segment.nodes().stream()
        .anyMatch(
            node ->
                switch (node.opType()) {
                  case "Conv", "Gemm" -> true;
                  case "MatMul" -> !node.inputs().stream().allMatch(computed::contains);
                  default -> false;
                });
  }

  /** A layer before the last pooling is a classifier if it gives classes: fewer maps, or 1000. */
  private boolean givesClasses(Segment segment) {
    OnnxNode last = segment.nodes().get(segment.nodes().size() - 1);
    Initializer weight = last.inputs().size() > 1 ? initializers.get(last.inputs().get(1)) : null;
    if (!last.opType().equals("Conv") || weight == null) {
      return false;
    }
    long outputs = weight.shape()[0];
    return IMAGENET_CLASSES.contains(outputs) || outputs < weight.shape()[1];
  }

  /** The points that end a layer or a block, not only a step of one. */
  Set<String> notable() {
    Set<String> notable = new HashSet<>();
    for (int i = 0; i < segments.size(); i++) {
      if (i == segments.size() - 1 || !isStep(segments.get(i + 1))) {
        notable.add(segments.get(i).to());
      }
    }
    return notable;
  }

  /** An activation, a normalization, a bias: what belongs to the layer before it. */
  private boolean isStep(Segment segment) {
    if (segment.isOne(ARITHMETIC)) {
      return !segment.nodes().get(0).inputs().stream().allMatch(computed::contains);
    }
    boolean swish =
        segment.nodes().size() == 2
            && ACTIVATIONS.contains(segment.nodes().get(0).opType())
            && segment.nodes().get(1).opType().equals("Mul");
    return swish
        || segment.isOne(ACTIVATIONS)
        || segment.isOne(NORMALIZATIONS)
        || segment.isOne(REARRANGEMENTS);
  }

  /** The number of weights that each point is computed from. */
  Map<String, Long> parametersBelow() {
    Map<String, Set<String>> madeOf = new HashMap<>();
    initializers.forEach(
        (name, tensor) -> {
          if (tensor.type() == ElementType.FLOAT && tensor.size() > 1) {
            madeOf.put(name, Set.of(name));
          }
        });
    for (OnnxNode node : graph.nodes()) {
      if (node.outputs().stream().noneMatch(computed::contains)) {
        Set<String> all = new HashSet<>();
        node.inputs().forEach(read -> all.addAll(madeOf.getOrDefault(read, Set.of())));
        node.outputs().forEach(made -> madeOf.put(made, all));
      }
    }
    Map<String, Long> below = new HashMap<>();
    Set<String> seen = new HashSet<>();
    long count = 0;
    for (Segment segment : segments) {
      for (OnnxNode node : segment.nodes()) {
        for (String read : node.inputs()) {
          for (String weight : madeOf.getOrDefault(read, Set.of())) {
            count += seen.add(weight) ? initializers.get(weight).size() : 0;
          }
        }
      }
      below.put(segment.to(), count);
    }
    return below;
  }

  /** Where the channels of a tensor of maps are, or the numbers of one of tokens. */
  ImageLayout layout(String tensor) {
    List<Integer> sizes = sizes(tensor);
    if (sizes.size() != 3) {
      return sizes.size() == 2 ? ImageLayout.CHANNELS_LAST : ImageLayout.CHANNELS_FIRST;
    }
    ImageLayout known = layouts.get(tensor);
    if (known != null) {
      return known;
    }
    boolean squareBehind = sizes.get(1).equals(sizes.get(2));
    boolean squareBefore = sizes.get(0).equals(sizes.get(1));
    return squareBefore && !squareBehind ? ImageLayout.CHANNELS_LAST : ImageLayout.CHANNELS_FIRST;
  }

  /** That of what a node makes; null if it cannot be told. */
  private ImageLayout layout(OnnxNode node) {
    if (OF_CHANNELS_FIRST.contains(node.opType())) {
      return ImageLayout.CHANNELS_FIRST;
    }
    ImageLayout read =
        node.inputs().stream()
            .map(layouts::get)
            .filter(layout -> layout != null)
            .findFirst()
            .orElse(null);
    return switch (node.opType()) {
      case "Transpose" -> {
        long[] perm = node.intsAttribute("perm");
        boolean toFront = Arrays.equals(perm, new long[] {0, 3, 1, 2});
        boolean toBack = Arrays.equals(perm, new long[] {0, 2, 3, 1});
        if (toFront && read != ImageLayout.CHANNELS_FIRST) {
          yield ImageLayout.CHANNELS_FIRST;
        }
        yield toBack && read != ImageLayout.CHANNELS_LAST ? ImageLayout.CHANNELS_LAST : null;
      }
      // Of the last axis.
      case "LayerNormalization", "MatMul" -> ImageLayout.CHANNELS_LAST;
      case "Reshape", "Flatten", "Gemm", "Gather", "Squeeze", "Unsqueeze" -> null;
      default -> read;
    };
  }
}

package dev.graft.train;

import dev.graft.backbone.Backbone;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.PhotoPreprocessing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The parts of a model file as graphs, and how they are joined. */
final class ModelGraph {

  private static final String FEATURES = "features";
  private static final String VECTOR = "feature_vector";

  private ModelGraph() {}

  /**
   * From {@code image}, uint8 {@code [N, H, W, 3]}, to what a head's first dense layer reads,
   * {@code feature_vector}, float {@code [N, length]}.
   */
  static OnnxGraph features(Backbone backbone, Head head, PhotoPreprocessing preprocessing)
      throws IOException {
    OnnxGraph graph = backbone(backbone, preprocessing);
    return graph.then(vector(head, backbone.card().featureShape(), graph.opset()));
  }

  /** From {@code image} to the backbone's own {@code features}. */
  static OnnxGraph backbone(Backbone backbone, PhotoPreprocessing preprocessing)
      throws IOException {
    return backbone.graphFromImage(preprocessing.resize().height(), preprocessing.resize().width());
  }

  /** The length of the vector that a head's first dense layer reads. */
  static int length(Head head, List<Integer> featureShape) {
    return head instanceof Head.Linear
        ? featureShape.get(0)
        : featureShape.stream().reduce(1, Math::multiplyExact);
  }

  /** From {@code image} to {@code probabilities} and {@code logits}. */
  static OnnxGraph model(
      Backbone backbone, Head head, PhotoPreprocessing preprocessing, List<DenseLayer> layers)
      throws IOException {
    OnnxGraph graph = features(backbone, head, preprocessing);
    return graph.then(dense(layers, graph.opset()));
  }

  /** Its operators mean the same in every opset that a backbone may have. */
  private static OnnxGraph vector(Head head, List<Integer> featureShape, int opset) {
    List<Object> shape = new ArrayList<>();
    shape.add("N");
    shape.addAll(featureShape);
    OnnxGraph.Builder graph =
        OnnxGraph.builder("vector", opset).input(FEATURES, ElementType.FLOAT, shape.toArray());
    String flattened = FEATURES;
    if (head instanceof Head.Linear && featureShape.size() > 1) {
      flattened = "pooled";
      graph.node("GlobalAveragePool", List.of(FEATURES), flattened);
    }
    return graph
        .node("Flatten", List.of(flattened), VECTOR, Attribute.of("axis", 1))
        .output(VECTOR, ElementType.FLOAT, "N", length(head, featureShape))
        .build();
  }

  /** Dense layers with ReLU between them, softmax beside the logits. */
  private static OnnxGraph dense(List<DenseLayer> layers, int opset) {
    OnnxGraph.Builder graph =
        OnnxGraph.builder("head", opset)
            .input(VECTOR, ElementType.FLOAT, "N", layers.get(0).inputs());
    String previous = VECTOR;
    for (int i = 0; i < layers.size(); i++) {
      DenseLayer layer = layers.get(i);
      boolean last = i == layers.size() - 1;
      String name = last ? "logits" : "dense" + (i + 1);
      graph
          .initializer(
              name + ".weight", new long[] {layer.outputs(), layer.inputs()}, layer.weight())
          .initializer(name + ".bias", new long[] {layer.outputs()}, layer.bias())
          .node(
              "Gemm",
              List.of(previous, name + ".weight", name + ".bias"),
              name,
              Attribute.of("transB", 1));
      previous = name;
      if (!last) {
        previous = name + "_relu";
        graph.node("Relu", List.of(name), previous);
      }
    }
    int classes = layers.get(layers.size() - 1).outputs();
    return graph
        .node("Softmax", List.of("logits"), "probabilities", Attribute.of("axis", 1))
        .output("probabilities", ElementType.FLOAT, "N", classes)
        .output("logits", ElementType.FLOAT, "N", classes)
        .build();
  }
}

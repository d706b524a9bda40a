package dev.graft.fit;

import dev.graft.backbone.Backbone;
import dev.graft.model.ModelTensors;
import dev.graft.model.Task;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.photo.Resize;
import dev.graft.recipe.Head;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The parts of a model file as graphs, and how they are joined. */
public final class ModelGraph {

  private static final String FEATURES = "features";

  private ModelGraph() {}

  /**
   * From {@code image}, uint8 {@code [N, H, W, 3]}, to the backbone's own {@code features}, for
   * photos as {@link Backbone#preprocessing} makes them.
   */
  public static OnnxGraph backbone(Backbone backbone) throws IOException {
    Resize size = backbone.preprocessing().resize();
    return OnnxGraph.parse(backbone.toOnnx(size.height(), size.width()), backbone.card().name());
  }

  /** From the backbone's {@code features} to what a head reads; of any opset since 7. */
  public static OnnxGraph vector(Backbone backbone, Head head, int opset) {
    List<Integer> featureShape = backbone.card().featureShape();
    List<Object> shape = new ArrayList<>();
    shape.add("N");
    shape.addAll(featureShape);
    OnnxGraphBuilder graph =
        OnnxGraph.builder("vector", opset).input(FEATURES, ElementType.FLOAT, shape.toArray());
    String flattened = FEATURES;
    if (head instanceof Head.Linear && featureShape.size() > 1) {
      flattened = "pooled";
      graph.node("GlobalAveragePool", List.of(FEATURES), flattened);
    }
    return graph
        .node("Flatten", List.of(flattened), HeadGraph.INPUT, Attribute.of("axis", 1))
        .output(HeadGraph.INPUT, ElementType.FLOAT, "N", length(backbone, head))
        .build();
  }

  /** The length of the vector that a head reads. */
  public static int length(Backbone backbone, Head head) {
    List<Integer> shape = backbone.card().featureShape();
    return head instanceof Head.Linear
        ? shape.get(0)
        : shape.stream().reduce(1, Math::multiplyExact);
  }

  /** From {@code logits} to both outputs of a model file. */
  public static OnnxGraph probabilities(Task task, int classes, int opset) {
    OnnxGraphBuilder graph =
        OnnxGraph.builder(ModelTensors.PROBABILITIES, opset)
            .input(ModelTensors.LOGITS, ElementType.FLOAT, "N", classes);
    if (task == Task.MULTI_LABEL) {
      graph.node("Sigmoid", List.of(ModelTensors.LOGITS), ModelTensors.PROBABILITIES);
    } else {
      graph.node(
          "Softmax",
          List.of(ModelTensors.LOGITS),
          ModelTensors.PROBABILITIES,
          Attribute.of("axis", 1));
    }
    return graph
        .output(ModelTensors.PROBABILITIES, ElementType.FLOAT, "N", classes)
        .output(ModelTensors.LOGITS, ElementType.FLOAT, "N", classes)
        .build();
  }
}

package dev.graft.fit;

import dev.graft.model.ModelTensors;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.recipe.Head;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A {@link Head} as an ONNX graph, from {@code feature_vector}, float {@code [N, inputs]}, to
 * {@code logits}, float {@code [N, classes]}. There is no softmax: the loss takes logits.
 */
public final class HeadGraph {

  public static final String INPUT = "feature_vector";

  private static final String HIDDEN = "dense1";
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  /** The opset from which Dropout's ratio is no attribute any more. */
  private static final int RATIO_IS_AN_INPUT = 12;

  private HeadGraph() {}

  /** The name of the weights that read the features, {@code [units, inputs]}. */
  public static String firstWeight(Head head) {
    return (head instanceof Head.FlattenDense ? HIDDEN : ModelTensors.LOGITS) + WEIGHT;
  }

  /** The name of the output of the hidden layer, before its activation. */
  public static String hidden() {
    return HIDDEN;
  }

  /**
   * A head that has learnt nothing: uniform weights in +-sqrt(6 / (inputs + outputs)), biases 0, as
   * Keras' Dense (Glorot and Bengio, "Understanding the difficulty of training deep feedforward
   * neural networks", 2010). The numbers come from Java, so that they do not depend on DJL's
   * engine. A head of one dense layer has one minimum wherever it starts, and starts at 0: what is
   * random there only adds noise.
   *
   * @param opset of the backbone it is for
   * @param inputs how many numbers it reads
   * @param fanIn the inputs by which the first layer's weights are scaled: more than {@code inputs}
   *     where these are coordinates in a subspace
   */
  public static OnnxGraph untrained(
      Head head, int opset, int inputs, int fanIn, int classes, long seed) {
    Random random = new Random(seed);
    Map<String, float[]> weights = new HashMap<>();
    int last = inputs;
    if (head instanceof Head.FlattenDense dense) {
      weights.put(HIDDEN + WEIGHT, uniform(random, dense.hidden(), inputs, fanIn));
      weights.put(HIDDEN + BIAS, new float[dense.hidden()]);
      last = dense.hidden();
      weights.put(ModelTensors.LOGITS + WEIGHT, uniform(random, classes, last, last));
    } else {
      weights.put(ModelTensors.LOGITS + WEIGHT, new float[classes * inputs]);
    }
    weights.put(ModelTensors.LOGITS + BIAS, new float[classes]);
    return of(head, opset, inputs, classes, weights);
  }

  /** A head with these weights, by the names of its initializers. */
  public static OnnxGraph of(
      Head head, int opset, int inputs, int classes, Map<String, float[]> weights) {
    OnnxGraphBuilder graph =
        OnnxGraph.builder("head", opset).input(INPUT, ElementType.FLOAT, "N", inputs);
    String last = INPUT;
    int width = inputs;
    if (head instanceof Head.FlattenDense dense) {
      dense(graph, HIDDEN, last, dense.hidden(), width, weights);
      last = HIDDEN + "_relu";
      graph.node("Relu", List.of(HIDDEN), last);
      width = dense.hidden();
    }
    if (head.dropout() > 0) {
      if (opset < RATIO_IS_AN_INPUT) {
        graph.node("Dropout", List.of(last), "dropped", Attribute.of("ratio", head.dropout()));
      } else {
        graph
            .initializer("dropout.ratio", new long[0], head.dropout())
            .node("Dropout", List.of(last, "dropout.ratio"), "dropped");
      }
      last = "dropped";
    }
    dense(graph, ModelTensors.LOGITS, last, classes, width, weights);
    return graph.output(ModelTensors.LOGITS, ElementType.FLOAT, "N", classes).build();
  }

  private static void dense(
      OnnxGraphBuilder graph,
      String name,
      String input,
      int outputs,
      int inputs,
      Map<String, float[]> weights) {
    graph
        .initializer(name + WEIGHT, new long[] {outputs, inputs}, weights.get(name + WEIGHT))
        .initializer(name + BIAS, new long[] {outputs}, weights.get(name + BIAS))
        .node("Gemm", List.of(input, name + WEIGHT, name + BIAS), name, Attribute.of("transB", 1));
  }

  private static float[] uniform(Random random, int outputs, int inputs, int fanIn) {
    double limit = Math.sqrt(6.0 / (fanIn + outputs));
    float[] values = new float[Math.multiplyExact(outputs, inputs)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * limit);
    }
    return values;
  }
}

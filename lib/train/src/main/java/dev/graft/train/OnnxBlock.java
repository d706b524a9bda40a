package dev.graft.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.TensorInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * An ONNX graph as a DJL block: each weight a {@link Parameter} of the initializer's name, each
 * node an operation on NDArrays. So what is trained is exactly what is exported: {@link
 * #trained()}.
 *
 * <p>One input, as many outputs as the graph has. Dropout and batch normalisation do in training
 * what they do at inference. Weights are those of convolutions, matrix products, batch
 * normalisation and added biases; other constants are never trained.
 */
final class OnnxBlock extends AbstractBlock {

  private final OnnxGraph graph;
  private final int opset;
  private final TensorInfo input;
  private final List<OnnxNode> nodes = new ArrayList<>();

  /** Constants that are no weights, by the name of the tensor. */
  private final Map<String, Initializer> constants = new HashMap<>();

  /** The names of parameters, by the name of the tensor: shared weights have several. */
  private final Map<String, String> weightNames = new HashMap<>();

  /** The number of the node after which a tensor is not needed any more. */
  private final Map<String, Integer> lastUse = new HashMap<>();

  /**
   * Takes over the weights; they become arrays when the block is initialized.
   *
   * @throws IllegalArgumentException if it has not one input, or an operator that is not known
   *     here; the message names operator, node and output
   */
  OnnxBlock(OnnxGraph graph) {
    this.graph = graph;
    opset = graph.opset();
    List<TensorInfo> inputs = graph.inputs();
    if (inputs.size() != 1) {
      throw new IllegalArgumentException(
          "%s: expected one input, found %s".formatted(graph.name(), inputs));
    }
    input = inputs.get(0);
    Map<String, Initializer> initializers = graph.initializers();
    constants.putAll(initializers);
    for (OnnxNode node : graph.nodes()) {
      if (node.domain().isEmpty() && node.opType().equals("Constant")) {
        constants.put(
            node.outputs().get(0),
            node.tensorAttribute("value")
                .orElseThrow(() -> OnnxOperator.refused(node, "it holds no tensor")));
      } else if (node.opType().equals("Identity") && constants.containsKey(node.inputs().get(0))) {
        constants.put(node.outputs().get(0), constants.get(node.inputs().get(0)));
      } else {
        OnnxOperator operator = OnnxOperator.of(node);
        for (int i = 0; i < node.inputs().size(); i++) {
          String tensor = node.inputs().get(i);
          lastUse.put(tensor, nodes.size());
          Initializer constant = constants.get(tensor);
          // Only an initializer can be written back.
          if (constant != null
              && initializers.containsKey(constant.name())
              && operator.isWeight(i, constant)) {
            weightNames.put(tensor, constant.name());
          }
        }
        nodes.add(node);
      }
    }
    for (String name : new TreeSet<>(weightNames.values())) {
      addParameter(Parameter.builder().setName(name).setType(Parameter.Type.OTHER).build());
    }
    constants.keySet().removeAll(weightNames.keySet());
    graph.outputs().forEach(output -> lastUse.put(output.name(), Integer.MAX_VALUE));
  }

  /** The values of the weights as they are now, by name, last dimension fastest. */
  Map<String, float[]> weights() {
    Map<String, float[]> weights = new LinkedHashMap<>();
    parameters.forEach((name, weight) -> weights.put(name, weight.getArray().toFloatArray()));
    return weights;
  }

  /** The graph with the values of the weights as they are now. */
  OnnxGraph trained() {
    return graph.withInitializers(weights());
  }

  /** Gives every weight its value; initializers of DJL have no say. */
  @Override
  public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
    Map<String, Initializer> initializers = graph.initializers();
    parameters.forEach(
        (name, weight) -> {
          if (!weight.isInitialized()) {
            Initializer initializer = initializers.get(name);
            weight.setShape(null);
            weight.setArray(manager.create(initializer.floats(), new Shape(initializer.shape())));
          }
        });
    super.initialize(manager, dataType, inputShapes);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> options) {
    NDArray given = inputs.singletonOrThrow();
    NDManager manager = given.getManager();
    Map<String, NDArray> live = new HashMap<>();
    weightNames.forEach(
        (tensor, name) ->
            live.put(tensor, store.getValue(parameters.get(name), given.getDevice(), training)));
    live.put(input.name(), given);
    for (int i = 0; i < nodes.size(); i++) {
      OnnxNode node = nodes.get(i);
      try (OnnxOperator.Call call = new OnnxOperator.Call(node, opset, live, constants, manager)) {
        NDArray result = OnnxOperator.of(node).apply(call);
        // Identity and the like return what they were given.
        if (!holds(live, result)) {
          // It belongs to the manager of the first operand: a weight's would keep it for ever.
          result.attach(manager);
        }
        live.put(node.outputs().get(0), result);
      }
      for (String name : node.inputs()) {
        if (lastUse.get(name) == i && !weightNames.containsKey(name)) {
          NDArray done = live.remove(name);
          if (done != null && done != given && !holds(live, done)) {
            done.close();
          }
        }
      }
    }
    NDList outputs = new NDList();
    graph.outputs().forEach(output -> outputs.add(live.get(output.name())));
    return outputs;
  }

  private static boolean holds(Map<String, NDArray> live, NDArray array) {
    return live.values().stream().anyMatch(other -> other == array);
  }

  /** As the graph says; where it does not, by running it on zeros. */
  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    List<Shape> shapes = new ArrayList<>();
    for (TensorInfo output : graph.outputs()) {
      long[] sizes = new long[Math.max(output.shape().rank(), 0)];
      boolean known = sizes.length > 0;
      for (int axis = 0; axis < sizes.length; axis++) {
        sizes[axis] = axis == 0 ? inputShapes[0].get(0) : output.shape().size(axis);
        known &= axis == 0 || sizes[axis] >= 0;
      }
      if (!known) {
        return measured(inputShapes[0]);
      }
      shapes.add(new Shape(sizes));
    }
    return shapes.toArray(Shape[]::new);
  }

  /** One and two images tell how each size grows with their number. */
  private Shape[] measured(Shape inputShape) {
    long images = inputShape.get(0);
    if (images <= 2) {
      return ofZeros(inputShape, images);
    }
    Shape[] one = ofZeros(inputShape, 1);
    Shape[] two = ofZeros(inputShape, 2);
    Shape[] shapes = new Shape[one.length];
    for (int i = 0; i < shapes.length; i++) {
      long[] sizes = one[i].getShape().clone();
      for (int axis = 0; axis < sizes.length; axis++) {
        sizes[axis] += (images - 1) * (two[i].get(axis) - sizes[axis]);
      }
      shapes[i] = new Shape(sizes);
    }
    return shapes;
  }

  private Shape[] ofZeros(Shape inputShape, long images) {
    try (NDManager manager = NDManager.newBaseManager()) {
      long[] sizes = inputShape.getShape().clone();
      sizes[0] = images;
      DataType type = input.type() == ElementType.UINT8 ? DataType.UINT8 : DataType.FLOAT32;
      NDList zeros = new NDList(manager.zeros(new Shape(sizes), type));
      return forwardInternal(new ParameterStore(manager, false), zeros, false, null).getShapes();
    }
  }
}

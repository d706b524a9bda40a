package dev.graft.djl;

import ai.djl.Device;
import ai.djl.engine.EngineException;
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
import dev.graft.onnx.OnnxRun;
import dev.graft.onnx.TensorInfo;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * An ONNX graph as a DJL block: each weight a {@link Parameter} of the initializer's name, each
 * node an operation on NDArrays. So what is trained is exactly what is exported: {@link
 * #trained()}.
 *
 * <p>One input, as many outputs as the graph has. Dropout drops in training only; batch
 * normalization does in training what it does at inference. Weights are those of convolutions,
 * matrix products and normalizations, biases and other tables that are added, scales that are
 * multiplied, slopes, and tokens that are joined on; other constants are never trained. What
 * depends on constants and shapes alone, such as the arithmetic that leads to the shape of a
 * Reshape, is left to ONNX Runtime, once for each shape of the input.
 */
public final class OnnxBlock extends AbstractBlock {

  /** Batches have one size, but for the last. */
  private static final int SHAPES_KEPT = 4;

  private final OnnxGraph graph;
  private final int opset;
  private final TensorInfo input;
  private final List<OnnxNode> nodes = new ArrayList<>();

  /** The initializers that are no weights. */
  private final Map<String, Initializer> constants = new HashMap<>();

  private final Set<String> weightNames = new TreeSet<>();

  /** What the nodes read that depends on constants and shapes alone. */
  private final Set<String> derived = new LinkedHashSet<>();

  /** All that is known before the nodes run, by the shape of the input. */
  private final Map<Shape, Map<String, Initializer>> known =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Shape, Map<String, Initializer>> eldest) {
          return size() > SHAPES_KEPT;
        }
      };

  /** The number of the node after which a tensor is not needed any more. */
  private final Map<String, Integer> lastUse = new HashMap<>();

  /**
   * Takes over the weights; they become arrays when the block is initialized.
   *
   * @throws IllegalArgumentException if it has not one input, or an operator that is not known
   *     here; the message names operator, node and output
   */
  public OnnxBlock(OnnxGraph graph) {
    this.graph = graph;
    opset = graph.opset();
    List<TensorInfo> inputs = graph.inputs();
    if (inputs.size() != 1) {
      throw new IllegalArgumentException(
          "%s: expected one input, found %s".formatted(graph.name(), inputs));
    }
    input = inputs.get(0);
    constants.putAll(graph.initializers());
    weightNames.addAll(weightNames(graph, graph.computedFrom(List.of(input.name()))));
    constants.keySet().removeAll(weightNames);
    Set<String> given = new TreeSet<>(weightNames);
    given.add(input.name());
    Set<String> computed = graph.computedFrom(given);
    for (OnnxNode node : graph.nodes()) {
      if (node.outputs().stream().anyMatch(computed::contains)) {
        OnnxOperator.of(node);
        for (String tensor : node.inputs()) {
          lastUse.put(tensor, nodes.size());
          if (!tensor.isEmpty() && !computed.contains(tensor) && !constants.containsKey(tensor)) {
            derived.add(tensor);
          }
        }
        nodes.add(node);
      }
    }
    for (TensorInfo output : graph.outputs()) {
      if (!computed.contains(output.name())) {
        throw new IllegalArgumentException(
            "%s: the output %s does not depend on the input"
                .formatted(graph.name(), output.name()));
      }
      lastUse.put(output.name(), Integer.MAX_VALUE);
    }
    for (String name : weightNames) {
      addParameter(Parameter.builder().setName(name).setType(Parameter.Type.OTHER).build());
    }
  }

  /**
   * The initializers that stand where an operator has its weights, or lead there unchanged; without
   * those that are statistics as well: exporters write equal tensors once.
   */
  private static Set<String> weightNames(OnnxGraph graph, Set<String> fromInput) {
    Set<String> wanted = new HashSet<>();
    Set<String> fixed = new HashSet<>();
    List<OnnxNode> all = graph.nodes();
    for (int i = all.size() - 1; i >= 0; i--) {
      OnnxNode node = all.get(i);
      OnnxOperator operator = OnnxOperator.find(node).orElse(null);
      if (operator == null) {
        continue;
      }
      boolean runs = node.outputs().stream().anyMatch(fromInput::contains);
      boolean passes = operator.moves() && node.outputs().stream().anyMatch(wanted::contains);
      for (int j = 0; j < node.inputs().size(); j++) {
        boolean weight = operator.weights().test(j);
        if (weight ? runs || passes : passes && j == 0) {
          wanted.add(node.inputs().get(j));
        }
      }
      if (node.opType().equals("BatchNormalization")) {
        fixed.addAll(node.inputs().subList(3, 5));
      } else if (operator.moves() && node.outputs().stream().anyMatch(fixed::contains)) {
        fixed.add(node.inputs().get(0));
      }
    }
    Map<String, Initializer> initializers = graph.initializers();
    wanted.removeAll(fixed);
    wanted.removeIf(
        name ->
            !initializers.containsKey(name) || !OnnxOperator.canBeWeight(initializers.get(name)));
    return wanted;
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
    Map<String, Initializer> before = known.computeIfAbsent(given.getShape(), this::known);
    Map<String, NDArray> live = new HashMap<>();
    weightNames.forEach(
        name -> live.put(name, store.getValue(parameters.get(name), given.getDevice(), training)));
    live.put(input.name(), given);
    for (int i = 0; i < nodes.size(); i++) {
      OnnxNode node = nodes.get(i);
      try (Call call = new Call(node, opset, training, live, before, manager)) {
        keep(live, node.outputs().get(0), OnnxOperator.of(node).apply(call), manager);
        call.others()
            .forEach((output, array) -> keep(live, node.outputs().get(output), array, manager));
      } catch (EngineException e) {
        // DJL lets no checked exception through.
        throw new UncheckedIOException(
            new NodeException("the %s failed: %s".formatted(node, e.getMessage()), e));
      }
      for (String name : node.inputs()) {
        if (lastUse.get(name) == i && !weightNames.contains(name)) {
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

  private void keep(Map<String, NDArray> live, String name, NDArray result, NDManager manager) {
    // Identity and the like return what they were given.
    boolean own = !holds(live, result);
    if (lastUse.containsKey(name)) {
      live.put(name, result);
      if (own) {
        // It belongs to the manager of the first operand: a weight's would keep it for ever.
        result.attach(manager);
      }
    } else if (own) {
      result.close();
    }
  }

  /** The constants, and what ONNX Runtime makes of them and of an input of that shape. */
  private Map<String, Initializer> known(Shape shape) {
    Map<String, Initializer> all = new HashMap<>(constants);
    if (!derived.isEmpty()) {
      float[] zeros = new float[Math.toIntExact(shape.size())];
      try (OnnxRun run = new OnnxRun(graph, derived)) {
        all.putAll(run.values(Initializer.of(input.name(), shape.getShape().clone(), zeros)));
      }
    }
    return all;
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
    // DJL's default is a GPU where there is one, but operands must be where the weights are.
    Device device =
        parameters.values().stream()
            .filter(Parameter::isInitialized)
            .map(weight -> weight.getArray().getDevice())
            .findFirst()
            .orElse(Device.cpu());
    try (NDManager manager = NDManager.newBaseManager(device)) {
      long[] sizes = inputShape.getShape().clone();
      sizes[0] = images;
      DataType type = input.type() == ElementType.UINT8 ? DataType.UINT8 : DataType.FLOAT32;
      NDList zeros = new NDList(manager.zeros(new Shape(sizes), type));
      return forwardInternal(new ParameterStore(manager, false), zeros, false, null).getShapes();
    }
  }
}

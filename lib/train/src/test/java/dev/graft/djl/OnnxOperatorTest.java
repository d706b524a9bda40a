package dev.graft.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.OrtRun;
import dev.graft.onnx.TensorInfo;
import dev.graft.train.ExportsTest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each operator in the forms that it has in different opsets, against ONNX Runtime. */
class OnnxOperatorTest {

  private static final long[] SHAPE = {2, 4, 5, 6};

  private final Map<String, OnnxGraph> graphs = new LinkedHashMap<>();
  private final Random random = new Random(2);

  private float[] numbers(int n) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /** y of x, which is the input and a weight for each channel. */
  private final class Case {

    private final String name;
    private final OnnxGraphBuilder graph;

    Case(int opset, String name) {
      this.name = name + " of opset " + opset;
      graph =
          OnnxGraph.builder("g", opset)
              .input("input", ElementType.FLOAT, "N", 4, 5, 6)
              .initializer("shift", new long[] {4, 1, 1}, 0.1f, -0.2f, 0.3f, 0.4f)
              .node("Add", List.of("input", "shift"), "x");
    }

    Case floats(String constant, long[] shape, float... values) {
      graph.initializer(constant, shape, values);
      return this;
    }

    Case longs(String constant, long... values) {
      graph.initializer(constant, new long[] {values.length}, values);
      return this;
    }

    Case one(String constant, long value) {
      graph.initializer(constant, new long[0], value);
      return this;
    }

    Case node(String operator, List<String> inputs, String output, Attribute... attributes) {
      graph.node(operator, inputs, output, attributes);
      return this;
    }

    void is(String operator, List<String> inputs, Attribute... attributes) {
      graph.node(operator, inputs, "y", attributes);
      end();
    }

    void of(String operator, Attribute... attributes) {
      is(operator, List.of("x"), attributes);
    }

    void end() {
      OnnxGraph built =
          graph
              .output("y", ElementType.FLOAT)
              .build()
              .withOutputs(new TensorInfo("y", ElementType.FLOAT, dev.graft.onnx.Shape.UNKNOWN));
      assertEquals(null, graphs.put(name, built), name);
    }
  }

  private Case at(int opset, String name) {
    return new Case(opset, name);
  }

  private static long[] shape(long... sizes) {
    return sizes;
  }

  private static Attribute axes(long... axes) {
    return Attribute.ints("axes", axes);
  }

  private void functions() {
    for (String operator :
        List.of("Abs", "Neg", "Exp", "Erf", "Tanh", "Sigmoid", "Softplus", "Softsign", "Elu")) {
      at(17, operator).of(operator);
    }
    for (String operator : List.of("Log", "Sqrt", "Reciprocal")) {
      at(17, operator).node("Exp", List.of("x"), "above_0").is(operator, List.of("above_0"));
    }
    for (String operator : List.of("Selu", "LeakyRelu", "HardSigmoid", "HardSwish", "Celu")) {
      at(17, operator).of(operator);
    }
    for (String operator : List.of("Elu", "Celu", "LeakyRelu", "HardSigmoid", "Selu")) {
      at(17, operator + " with alpha").of(operator, Attribute.of("alpha", 0.7f));
    }
    at(17, "Selu with gamma").of("Selu", Attribute.of("gamma", 1.2f));
    at(17, "PRelu")
        .floats("slope", shape(4, 1, 1), 0.1f, 0.2f, -0.3f, 2)
        .is("PRelu", List.of("x", "slope"));
    at(18, "Mish").of("Mish");
    at(20, "Gelu").of("Gelu");
    at(20, "Gelu with tanh").of("Gelu", Attribute.of("approximate", "tanh"));
    at(24, "Swish").of("Swish", Attribute.of("alpha", 1.5f));
    for (float exponent : new float[] {2, 3}) {
      at(17, "Pow " + exponent)
          .floats("exponent", shape(), exponent)
          .is("Pow", List.of("x", "exponent"));
    }
    at(17, "Pow of whole numbers").one("two", 2).is("Pow", List.of("x", "two"));
    at(10, "Clip").of("Clip", Attribute.of("min", -0.5f), Attribute.of("max", 0.4f));
    at(11, "Softmax of several axes").of("Softmax", Attribute.of("axis", 2));
    at(13, "LogSoftmax").of("LogSoftmax", Attribute.of("axis", 1));
    at(11, "LogSoftmax").of("LogSoftmax");
  }

  private void several() {
    for (String operator : List.of("Min", "Max", "Sum", "Mean")) {
      at(13, operator + " of one").of(operator);
      at(13, operator)
          .floats("c", shape(4, 1, 1), 0.5f, -0.5f, 0, 1)
          .node("Neg", List.of("x"), "minus_x")
          .is(operator, List.of("x", "minus_x", "c"));
    }
    at(17, "Where, of numbers")
        .floats("zero", shape(), 0)
        .node("Exp", List.of("x"), "exp")
        .node("Greater", List.of("x", "zero"), "above")
        .is("Where", List.of("above", "x", "exp"));
    at(17, "Where, of constants")
        .longs("size", 4, 5, 6)
        .floats("zero", shape(1), 0)
        .node("Expand", List.of("zero", "size"), "zeros")
        .node("Equal", List.of("zeros", "zeros"), "truth")
        .is("Where", List.of("truth", "x", "zero"));
    for (String compared : List.of("Less", "GreaterOrEqual", "LessOrEqual", "Equal")) {
      at(17, compared)
          .floats("zero", shape(), 0.1f)
          .node(compared, List.of("x", "zero"), "truth")
          .is("Where", List.of("truth", "x", "zero"));
    }
    for (String joined : List.of("And", "Or", "Xor")) {
      at(17, joined)
          .floats("zero", shape(), 0)
          .floats("one", shape(), 1)
          .node("Greater", List.of("x", "zero"), "above")
          .node("Less", List.of("x", "one"), "below")
          .node(joined, List.of("above", "below"), "both")
          .node("Not", List.of("both"), "truth")
          .is("Where", List.of("truth", "x", "one"));
    }
    at(17, "Cast there and back")
        .floats("zero", shape(), 0)
        .node("Greater", List.of("x", "zero"), "above")
        .node("Cast", List.of("above"), "one_or_zero", Attribute.of("to", ElementType.FLOAT.code()))
        .is("Mul", List.of("one_or_zero", "x"));
    at(17, "Concat of one")
        .node("Concat", List.of("x"), "same", Attribute.of("axis", 1))
        .is("Exp", List.of("same"));
  }

  private void reductions() {
    List<String> all =
        List.of("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSumSquare");
    for (String operator : all) {
      at(11, operator).of(operator, axes(-1, 1));
      at(11, operator + " dropping axes").of(operator, axes(2, 3), Attribute.of("keepdims", 0));
      at(11, operator + " of all").of(operator);
      at(18, operator)
          .longs("axes", 3, -2)
          .is(operator, List.of("x", "axes"), Attribute.of("keepdims", 0));
    }
    at(13, "ReduceSum of no axes")
        .is("ReduceSum", List.of("x"), Attribute.of("noop_with_empty_axes", 1));
    at(17, "GlobalMaxPool").of("GlobalMaxPool");
  }

  private void moves() {
    at(11, "Squeeze and Unsqueeze")
        .node("Unsqueeze", List.of("x"), "more", axes(0, 3, -1))
        .is("Squeeze", List.of("more"), axes(3, -1));
    at(13, "Squeeze and Unsqueeze")
        .longs("axes", -1, 2)
        .node("Unsqueeze", List.of("x", "axes"), "more")
        .is("Squeeze", List.of("more", "axes"));
    at(13, "Squeeze of all that are 1")
        .longs("last", 4)
        .node("Unsqueeze", List.of("x", "last"), "more")
        .is("Squeeze", List.of("more"));
    Case sizes = at(11, "Split");
    sizes.graph.node(
        "split",
        "Split",
        List.of("x"),
        List.of("a", "b"),
        Attribute.of("axis", 2),
        Attribute.ints("split", 2, 3));
    sizes
        .node("Exp", List.of("b"), "exp")
        .is("Concat", List.of("exp", "a"), Attribute.of("axis", 2));
    Case equal = at(13, "Split in equal parts, one unused");
    equal.graph.node("split", "Split", List.of("x"), List.of("a", "b"), Attribute.of("axis", 1));
    equal.is("Exp", List.of("b"));
    Case input = at(13, "Split");
    input.longs("sizes", 1, 0, 3);
    input.graph.node(
        "split", "Split", List.of("x", "sizes"), List.of("a", "b", "c"), Attribute.of("axis", 1));
    input.is("Mul", List.of("a", "c"));
    Case uneven = at(18, "Split in uneven parts");
    uneven.graph.node(
        "split",
        "Split",
        List.of("x"),
        List.of("a", "b"),
        Attribute.of("axis", -2),
        Attribute.of("num_outputs", 2));
    uneven.is("Concat", List.of("b", "a"), Attribute.of("axis", 2));
    at(9, "Slice")
        .of("Slice", Attribute.ints("starts", 1, -3), Attribute.ints("ends", 3, 1000), axes(1, 3));
    at(17, "Slice")
        .longs("starts", 0, 1)
        .longs("ends", 2, -1)
        .is("Slice", List.of("x", "starts", "ends"));
    at(17, "Slice with steps")
        .longs("starts", -1, 1, 4)
        .longs("ends", Long.MIN_VALUE, 6, 0)
        .longs("axes", 1, -1, 2)
        .longs("steps", -1, 2, -2)
        .is("Slice", List.of("x", "starts", "ends", "axes", "steps"));
    at(10, "Pad")
        .of("Pad", Attribute.ints("pads", 0, 1, 0, 2, 0, 0, 3, -1), Attribute.of("value", 0.5f));
    for (String mode : List.of("constant", "edge", "reflect")) {
      at(17, "Pad, " + mode)
          .longs("pads", 0, 1, 2, 0, 0, 0, 3, 2)
          .is("Pad", List.of("x", "pads"), Attribute.of("mode", mode));
    }
    at(19, "Pad of some axes, wrapped")
        .longs("pads", 1, 2, 0, 1)
        .longs("axes", -1, 1)
        .is("Pad", List.of("x", "pads", "", "axes"), Attribute.of("mode", "wrap"));
    at(17, "Gather of one").one("i", -2).is("Gather", List.of("x", "i"), Attribute.of("axis", 2));
    at(17, "Gather of a table")
        .floats("unused", shape(1), 0)
        .longs("size", 2, 2)
        .longs("i", 3, 0, 1, 1)
        .node("Reshape", List.of("i", "size"), "table")
        .is("Gather", List.of("x", "table"), Attribute.of("axis", 1));
    at(17, "Gather of many")
        .longs("i", LongStream.range(0, 40).map(i -> i * 3 % 5 - 2).toArray())
        .is("Gather", List.of("x", "i"), Attribute.of("axis", -2));
    at(17, "Gather of many of the first axis")
        .longs("i", LongStream.range(0, 20).map(i -> i % 2).toArray())
        .is("Gather", List.of("x", "i"));
    at(17, "Expand").longs("size", 3, 1, 1, 1, 6).is("Expand", List.of("x", "size"));
    at(17, "Tile").longs("repeats", 1, 2, 1, 3).is("Tile", List.of("x", "repeats"));
    at(17, "a Reshape by the shape of another")
        .longs("rest", 20, -1)
        .node("Shape", List.of("x"), "shape")
        .one("zero", 0)
        .longs("axis", 0)
        .node("Gather", List.of("shape", "zero"), "rows")
        .node("Unsqueeze", List.of("rows", "axis"), "row_list")
        .node("Concat", List.of("row_list", "rest"), "wanted", Attribute.of("axis", 0))
        .is("Reshape", List.of("x", "wanted"));
  }

  private void norms() {
    float[] scale = numbers(6);
    float[] bias = numbers(6);
    at(17, "LayerNormalization")
        .floats("w", shape(6), scale)
        .floats("b", shape(6), bias)
        .is("LayerNormalization", List.of("x", "w", "b"), Attribute.of("epsilon", 1e-3f));
    at(17, "LayerNormalization without bias, of two axes")
        .floats("w", shape(5, 6), numbers(30))
        .is("LayerNormalization", List.of("x", "w"), Attribute.of("axis", 2));
    at(17, "LayerNormalization of a scale that is broadcast")
        .floats("w", shape(5, 1), numbers(5))
        .floats("b", shape(6), bias)
        .is("LayerNormalization", List.of("x", "w", "b"), Attribute.of("axis", -2));
    at(17, "InstanceNormalization")
        .floats("w", shape(4), numbers(4))
        .floats("b", shape(4), numbers(4))
        .is("InstanceNormalization", List.of("x", "w", "b"));
    at(18, "GroupNormalization")
        .floats("w", shape(2), 1.5f, -1)
        .floats("b", shape(2), 0.1f, 0.2f)
        .is("GroupNormalization", List.of("x", "w", "b"), Attribute.of("num_groups", 2));
    at(21, "GroupNormalization")
        .floats("w", shape(4), numbers(4))
        .floats("b", shape(4), numbers(4))
        .is("GroupNormalization", List.of("x", "w", "b"), Attribute.of("num_groups", 2));
  }

  private void attention() {
    for (boolean masked : new boolean[] {false, true}) {
      Case four =
          at(23, "Attention" + (masked ? " with mask" : ""))
              .floats("mask", shape(5, 5), numbers(25))
              .node("Exp", List.of("x"), "k")
              .node("Tanh", List.of("x"), "v");
      four.is("Attention", masked ? List.of("x", "k", "v", "mask") : List.of("x", "k", "v"));
    }
    at(23, "Attention of three axes")
        .longs("tokens", 0, 4, 30)
        .node("Reshape", List.of("x", "tokens"), "t")
        .node("Tanh", List.of("t"), "v")
        .is(
            "Attention",
            List.of("t", "t", "v"),
            Attribute.of("q_num_heads", 3),
            Attribute.of("kv_num_heads", 3),
            Attribute.of("scale", 0.1f));
  }

  private Map<String, OnnxGraph> all() {
    functions();
    several();
    reductions();
    moves();
    norms();
    attention();
    return graphs;
  }

  private static double loss(OnnxGraph graph, float[] input) throws Exception {
    double loss = 0;
    for (float value : OrtRun.floats(graph, input, SHAPE).get("y")) {
      loss += 0.5 * value * value;
    }
    return loss;
  }

  private void check(OnnxGraph graph) throws Exception {
    float[] input = numbers(2 * 4 * 5 * 6);
    float[] output;
    float[] gradient;
    Shape shape = new Shape(SHAPE);
    try (NDManager manager = TrainingDevice.CPU.newManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      OnnxBlock block = new OnnxBlock(graph);
      block.initialize(manager, DataType.FLOAT32, shape);
      NDList given = new NDList(manager.create(input, shape));
      NDArray y = block.forward(new ParameterStore(manager, false), given, true).get(0);
      output = y.toFloatArray();
      collector.backward(y.square().sum().mul(0.5));
      gradient = block.getParameters().get("shift").getArray().getGradient().toFloatArray();
    }
    float[] expected = OrtRun.floats(graph, input, SHAPE).get("y");
    assertEquals(expected.length, output.length);
    for (int i = 0; i < expected.length; i++) {
      // Some 10 operations in float32; functions are approximated differently.
      assertEquals(expected[i], output[i], 1e-5 * Math.max(1, Math.abs(expected[i])));
    }
    double here = loss(graph, input);
    float[] shift = graph.initializers().get("shift").floats();
    for (int i = 0; i < shift.length; i++) {
      float step = 1e-3f;
      float[] up = shift.clone();
      float[] down = shift.clone();
      up[i] += step;
      down[i] -= step;
      double right = (loss(graph.withInitializers(Map.of("shift", up)), input) - here) / step;
      double left = (here - loss(graph.withInitializers(Map.of("shift", down)), input)) / step;
      // Curved between the two, and a kink may lie there; 1e-7 of the loss is rounded, over a step.
      double tolerance = 1e-2 * Math.abs(left) + 1e-4 * here + 1e-2;
      assertTrue(
          gradient[i] >= Math.min(left, right) - tolerance
              && gradient[i] <= Math.max(left, right) + tolerance,
          "%d: %f not in %f .. %f".formatted(i, gradient[i], left, right));
    }
  }

  @TestFactory
  List<DynamicTest> computeAndDifferentiateAsOnnxRuntimeDoes() {
    return all().entrySet().stream()
        .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> check(entry.getValue())))
        .toList();
  }

  @Test
  void noneIsUntested() throws Exception {
    Set<String> untested = new TreeSet<>(OnnxOperator.names());
    List<OnnxGraph> tested = new ArrayList<>(all().values());
    for (var file : ExportsTest.Export.files()) {
      tested.add(OnnxGraph.read(file));
    }
    for (OnnxGraph graph : tested) {
      graph.nodes().stream().map(OnnxNode::opType).forEach(untested::remove);
    }
    // OnnxBlockTest has them.
    untested.removeAll(Set.of("Dropout", "Identity"));
    assertEquals(Set.of(), untested);
  }

  @Test
  void constantsAreReadHoweverTheyAreWritten() throws Exception {
    Case many = at(17, "constants");
    many.node("Constant", List.of(), "one", Attribute.of("value_float", 2.5f))
        .node("Constant", List.of(), "sizes", Attribute.ints("value_ints", 0, 20, -1))
        .node("Constant", List.of(), "axis", Attribute.of("value_int", 2))
        .node("Mul", List.of("x", "one"), "larger")
        .node("Reshape", List.of("larger", "sizes"), "reshaped")
        .is("Unsqueeze", List.of("reshaped", "axis"));
    check(graphs.values().iterator().next());
  }

  @Test
  void aTokenOrTableThatReachesTheDataUnchangedIsAWeight() {
    OnnxGraph graph =
        OnnxGraph.builder("g")
            .input("x", ElementType.FLOAT, "N", 3, 4)
            .initializer("token", new long[] {1, 1, 4}, numbers(4))
            .initializer("table", new long[] {5, 4}, numbers(20))
            .initializer("rows", new long[] {4}, 0, 1, 4, 2)
            .initializer("transposed", new long[] {2, 4}, numbers(8))
            .initializer("first", new long[] {1}, 0)
            .initializer("ones", new long[] {2}, 1, 1)
            .initializer("limits", new long[] {2}, 0.5f, 1)
            .node("Shape", List.of("x"), "shape")
            .node("Gather", List.of("shape", "first"), "n")
            .node("Concat", List.of("n", "ones"), "size", Attribute.of("axis", 0))
            .node("Expand", List.of("token", "size"), "tokens")
            .node("Concat", List.of("tokens", "x"), "joined", Attribute.of("axis", 1))
            .node("Gather", List.of("table", "rows"), "places")
            .node("Add", List.of("joined", "places"), "placed")
            .node("Transpose", List.of("transposed"), "matrix")
            .node("MatMul", List.of("placed", "matrix"), "product")
            .node("Sub", List.of("product", "limits"), "y")
            .output("y", ElementType.FLOAT, "N", 4, 2)
            .build();
    assertEquals(
        List.of("table", "token", "transposed"), new OnnxBlock(graph).getParameters().keys());
    try (NDManager manager = TrainingDevice.CPU.newManager()) {
      for (int n : new int[] {1, 3}) {
        OnnxBlock block = new OnnxBlock(graph);
        Shape shape = new Shape(n, 3, 4);
        block.initialize(manager, DataType.FLOAT32, shape);
        float[] input = numbers(n * 12);
        float[] expected = OrtRun.floats(graph, input, n, 3, 4).get("y");
        NDList given = new NDList(manager.create(input, shape));
        float[] found =
            block.forward(new ParameterStore(manager, false), given, false).get(0).toFloatArray();
        assertArrayEquals(expected, found, 1e-5f);
      }
    } catch (ai.onnxruntime.OrtException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aTensorThatIsAStatisticAsWellIsNoWeight() throws Exception {
    at(17, "shared")
        .floats("zeros", shape(4), 0, 0, 0, 0)
        .floats("scale", shape(4), numbers(4))
        .floats("var", shape(4), 1, 2, 3, 4)
        .node("Identity", List.of("zeros"), "mean")
        .is("BatchNormalization", List.of("x", "scale", "zeros", "mean", "var"));
    OnnxGraph graph = graphs.values().iterator().next();
    assertEquals(List.of("scale", "shift"), new OnnxBlock(graph).getParameters().keys());
    check(graph);
  }

  @Test
  void whatAnOperatorCannotDoIsSaidOfItsNode() {
    at(17, "g")
        .longs("pads", 0, 0, 1, 1, 0, 0, 1, 1)
        .is("Pad", List.of("x", "pads"), Attribute.of("mode", "mirror"));
    OnnxGraph graph = graphs.values().iterator().next();
    try (NDManager manager = TrainingDevice.CPU.newManager()) {
      OnnxBlock block = new OnnxBlock(graph);
      Shape shape = new Shape(SHAPE);
      block.initialize(manager, DataType.FLOAT32, shape);
      NDList given = new NDList(manager.create(new float[240], shape));
      assertEquals(
          "the Pad node \"y\" that makes [y] cannot be trained: the mode mirror is not supported",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> block.forward(new ParameterStore(manager, false), given, false))
              .getMessage());
    }
  }
}

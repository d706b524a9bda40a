package dev.graft.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.graft.backbone.Backbone;
import dev.graft.backbone.Backbones;
import dev.graft.backbone.Golden;
import dev.graft.backbone.Graphs;
import dev.graft.backbone.Normalization;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.onnx.OrtRun;
import dev.graft.onnx.TensorInfo;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class OnnxBlockTest {

  private final Random random = new Random(1);

  private float[] numbers(int... sizes) {
    float[] numbers = new float[Arrays.stream(sizes).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static long[] shape(long... sizes) {
    return sizes;
  }

  private static OnnxBlock initialized(OnnxGraph graph, NDManager manager, Shape input) {
    OnnxBlock block = new OnnxBlock(graph);
    block.initialize(manager, DataType.FLOAT32, input);
    return block;
  }

  private static float[] run(OnnxGraph graph, float[] input, Shape shape) {
    try (NDManager manager = NDManager.newBaseManager()) {
      OnnxBlock block = initialized(graph, manager, shape);
      NDArray output =
          block
              .forward(
                  new ParameterStore(manager, false),
                  new NDList(manager.create(input, shape)),
                  false)
              .get(0);
      assertEquals(block.getOutputShapes(new Shape[] {shape})[0], output.getShape());
      return output.toFloatArray();
    }
  }

  private static OnnxGraphBuilder image() {
    return OnnxGraph.builder("g").input("x", ElementType.FLOAT, "N", 4, 7, 9);
  }

  private static OnnxGraphBuilder table() {
    return OnnxGraph.builder("g").input("x", ElementType.FLOAT, "N", 6);
  }

  private OnnxGraphBuilder conv(long outputs, long group, long k, Attribute... attributes) {
    Attribute[] all = Arrays.copyOf(attributes, attributes.length + 1);
    all[attributes.length] = Attribute.of("group", group);
    return image()
        .initializer(
            "w",
            shape(outputs, 4 / group, k, k),
            numbers((int) outputs, (int) (4 / group), (int) k, (int) k))
        .initializer("b", shape(outputs), numbers((int) outputs))
        .node("Conv", List.of("x", "w", "b"), "y", all);
  }

  private Map<String, OnnxGraphBuilder> graphs() {
    Map<String, OnnxGraphBuilder> graphs = new LinkedHashMap<>();
    graphs.put("Conv", conv(5, 1, 3));
    graphs.put(
        "Conv without bias",
        image()
            .initializer("w", shape(2, 4, 1, 1), numbers(2, 4))
            .node("Conv", List.of("x", "w"), "y"));
    graphs.put("Conv, padded", conv(5, 1, 3, Attribute.ints("pads", 1, 2, 1, 2)));
    graphs.put(
        "Conv, padded on two sides",
        conv(5, 1, 3, Attribute.ints("pads", 0, 0, 1, 2), Attribute.ints("strides", 2, 2)));
    graphs.put("Conv, grouped", conv(6, 2, 3, Attribute.ints("dilations", 2, 3)));
    graphs.put("Conv, depthwise", conv(4, 4, 3, Attribute.ints("strides", 2, 1)));
    for (String pad : List.of("SAME_UPPER", "SAME_LOWER", "VALID")) {
      graphs.put(
          "Conv, " + pad,
          conv(3, 1, 2, Attribute.of("auto_pad", pad), Attribute.ints("strides", 2, 3)));
    }
    graphs.put("Relu", image().node("Relu", List.of("x"), "y"));
    graphs.put(
        "Clip",
        image()
            .initializer("low", shape(), -0.5f)
            .initializer("high", shape(), 0.25f)
            .node("Clip", List.of("x", "low", "high"), "y"));
    graphs.put(
        "Clip, above only",
        image().initializer("high", shape(), 0.25f).node("Clip", List.of("x", "", "high"), "y"));
    for (String operator : List.of("Add", "Sub", "Mul", "Div")) {
      graphs.put(
          operator,
          image()
              .node("Relu", List.of("x"), "relu")
              .initializer("one", shape(), 1f)
              .node("Add", List.of("relu", "one"), "other")
              .node(operator, List.of("x", "other"), "y"));
      graphs.put(
          operator + " of a constant",
          image()
              .initializer("c", shape(4, 1, 1), 1f, -2f, 0.5f, 3f)
              .node(operator, List.of("c", "x"), "y"));
    }
    graphs.put(
        "MaxPool",
        image()
            .node(
                "MaxPool",
                List.of("x"),
                "y",
                Attribute.ints("kernel_shape", 2, 2),
                Attribute.ints("strides", 2, 2)));
    graphs.put(
        "MaxPool, ceil",
        image()
            .node(
                "MaxPool",
                List.of("x"),
                "y",
                Attribute.ints("kernel_shape", 2, 2),
                Attribute.ints("strides", 2, 2),
                Attribute.of("ceil_mode", 1)));
    graphs.put(
        "MaxPool, padded on two sides",
        image()
            .node(
                "MaxPool",
                List.of("x"),
                "y",
                Attribute.ints("kernel_shape", 3, 3),
                Attribute.ints("pads", 0, 0, 1, 1),
                Attribute.ints("strides", 2, 2)));
    for (int counted = 0; counted < 2; counted++) {
      graphs.put(
          "AveragePool, padding counted " + counted,
          image()
              .node(
                  "AveragePool",
                  List.of("x"),
                  "y",
                  Attribute.ints("kernel_shape", 3, 3),
                  Attribute.ints("pads", 1, 1, 1, 1),
                  Attribute.ints("strides", 2, 2),
                  Attribute.of("count_include_pad", counted)));
    }
    graphs.put(
        "AveragePool, ceil, padded on two sides",
        image()
            .node(
                "AveragePool",
                List.of("x"),
                "y",
                Attribute.ints("kernel_shape", 2, 2),
                Attribute.ints("pads", 0, 0, 1, 0),
                Attribute.ints("strides", 2, 2),
                Attribute.of("ceil_mode", 1)));
    graphs.put("GlobalAveragePool", image().node("GlobalAveragePool", List.of("x"), "y"));
    graphs.put("Flatten", image().node("Flatten", List.of("x"), "y"));
    graphs.put("Flatten at 2", image().node("Flatten", List.of("x"), "y", Attribute.of("axis", 2)));
    graphs.put(
        "Reshape",
        image().initializer("s", shape(3), 0, 4, -1).node("Reshape", List.of("x", "s"), "y"));
    graphs.put(
        "Transpose",
        image().node("Transpose", List.of("x"), "y", Attribute.ints("perm", 0, 2, 3, 1)));
    graphs.put("Transpose, reversed", image().node("Transpose", List.of("x"), "y"));
    graphs.put("Concat", image().node("Concat", List.of("x", "x"), "y", Attribute.of("axis", -3)));
    graphs.put(
        "Gather",
        image()
            .initializer("i", shape(3), 2, 0, -1)
            .node("Gather", List.of("x", "i"), "y", Attribute.of("axis", 1)));
    graphs.put("Softmax", table().node("Softmax", List.of("x"), "y"));
    graphs.put("Softmax at 1", image().node("Softmax", List.of("x"), "y", Attribute.of("axis", 1)));
    graphs.put("Identity", image().node("Identity", List.of("x"), "y"));
    graphs.put("Dropout", image().node("Dropout", List.of("x"), "y"));
    graphs.put(
        "Gemm",
        table()
            .initializer("w", shape(5, 6), numbers(5, 6))
            .initializer("b", shape(5), numbers(5))
            .node("Gemm", List.of("x", "w", "b"), "y", Attribute.of("transB", 1)));
    graphs.put(
        "Gemm, scaled",
        table()
            .initializer("w", shape(6, 5), numbers(6, 5))
            .initializer("b", shape(1, 5), numbers(5))
            .node(
                "Gemm",
                List.of("x", "w", "b"),
                "y",
                Attribute.of("alpha", 0.5f),
                Attribute.of("beta", 2f)));
    graphs.put(
        "Gemm, transposed, without bias",
        table()
            .initializer("w", shape(2, 5), numbers(2, 5))
            .node("Gemm", List.of("x", "w"), "y", Attribute.of("transA", 1)));
    graphs.put(
        "MatMul",
        table()
            .initializer("w", shape(6, 5), numbers(6, 5))
            .node("MatMul", List.of("x", "w"), "y"));
    graphs.put(
        "MatMul, weight first",
        table()
            .initializer("w", shape(3, 2), numbers(3, 2))
            .node("MatMul", List.of("w", "x"), "y"));
    graphs.put(
        "BatchNormalization",
        image()
            .initializer("scale", shape(4), 1f, 2f, -1f, 0.5f)
            .initializer("shift", shape(4), 0f, 1f, 2f, 3f)
            .initializer("mean", shape(4), 0.1f, -0.1f, 0.2f, 0f)
            .initializer("var", shape(4), 1f, 2f, 0.5f, 0.25f)
            .node(
                "BatchNormalization",
                List.of("x", "scale", "shift", "mean", "var"),
                "y",
                Attribute.of("epsilon", 1e-3f)));
    graphs.put(
        "a constant given on",
        table()
            .initializer("w", shape(6, 6), numbers(6, 6))
            .node("Identity", List.of("w"), "again")
            .node("MatMul", List.of("x", "w"), "once")
            .node("MatMul", List.of("once", "again"), "y"));
    return graphs;
  }

  @TestFactory
  List<DynamicTest> operatorsComputeWhatOnnxRuntimeComputes() {
    return graphs().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      // The rank of y is that of the result; no test depends on it.
                      OnnxGraph declared = entry.getValue().output("y", ElementType.FLOAT).build();
                      OnnxGraph graph =
                          declared.withOutputs(
                              new TensorInfo("y", ElementType.FLOAT, dev.graft.onnx.Shape.UNKNOWN));
                      boolean image = graph.inputs().get(0).shape().rank() == 4;
                      long[] sizes = image ? shape(2, 4, 7, 9) : shape(2, 6);
                      float[] input = image ? numbers(2, 4, 7, 9) : numbers(2, 6);
                      float[] expected = OrtRun.floats(graph, input, sizes).get("y");
                      // Sums of at most 36 products of numbers around 1 in another order.
                      assertArrayEquals(expected, run(graph, input, new Shape(sizes)), 1e-5f);
                    }))
        .toList();
  }

  @Test
  void normalizesBytesAsOnnxRuntimeDoes() throws Exception {
    byte[] photo = new byte[4 * 5 * 3];
    random.nextBytes(photo);
    for (Normalization normalization :
        List.of(Normalization.kerasCaffe(), Normalization.torchvision())) {
      OnnxGraph graph = Graphs.of(normalization, 4, 5);
      float[] expected = OrtRun.bytes(graph, photo, 1, 4, 5, 3).get("input");
      try (NDManager manager = NDManager.newBaseManager()) {
        Shape shape = new Shape(1, 4, 5, 3);
        OnnxBlock block = initialized(graph, manager, shape);
        NDArray input = manager.create(ByteBuffer.wrap(photo), shape, DataType.UINT8);
        NDArray output =
            block.forward(new ParameterStore(manager, false), new NDList(input), false).get(0);
        // The same operations in the same order.
        assertArrayEquals(expected, output.toFloatArray(), 1e-6f);
        assertEquals(Map.of(), block.weights());
      }
    }
  }

  @Test
  void outputShapesThatTheGraphDoesNotSayAreMeasured() {
    OnnxGraph graph =
        image()
            .node("Flatten", List.of("x"), "flat", Attribute.of("axis", 2))
            .output("flat", ElementType.FLOAT)
            .build()
            .withOutputs(new TensorInfo("flat", ElementType.FLOAT, dev.graft.onnx.Shape.UNKNOWN));
    Shape images = new Shape(5, 4, 7, 9);
    try (NDManager manager = NDManager.newBaseManager()) {
      OnnxBlock block = initialized(graph, manager, images);
      assertEquals(new Shape(20, 63), block.getOutputShapes(new Shape[] {images})[0]);
    }
  }

  @Test
  void anUnknownOperatorIsNamed() {
    OnnxGraph graph =
        image()
            .node("fold", "Col2Im", List.of("x"), List.of("y"))
            .output("y", ElementType.FLOAT)
            .build();
    String message =
        assertThrows(IllegalArgumentException.class, () -> new OnnxBlock(graph)).getMessage();
    assertEquals(
        "the Col2Im node \"fold\" that makes [y] cannot be trained: the operator Col2Im is not"
            + " supported",
        message);
  }

  /** Logits of three classes from a small convolutional network. */
  private OnnxGraph network() {
    return OnnxGraph.builder("network")
        .input("x", ElementType.FLOAT, "N", 2, 6, 6)
        .initializer("conv.weight", shape(4, 2, 3, 3), numbers(4, 2, 3, 3))
        .initializer("conv.bias", shape(4), numbers(4))
        .initializer("low", shape(), 0f)
        .initializer("high", shape(), 6f)
        .initializer("scale", shape(4), 1f, 2f, -1f, 0.5f)
        .initializer("shift", shape(4), 0f, 1f, 2f, 3f)
        .initializer("mean", shape(4), 0.1f, -0.1f, 0.2f, 0f)
        .initializer("var", shape(4), 1f, 2f, 0.5f, 0.25f)
        .initializer("depthwise.weight", shape(4, 1, 3, 3), numbers(4, 3, 3))
        .initializer("depthwise.bias", shape(4), numbers(4))
        .initializer("dense.weight", shape(3, 4), numbers(3, 4))
        .initializer("dense.bias", shape(3), numbers(3))
        .node(
            "Conv",
            List.of("x", "conv.weight", "conv.bias"),
            "conv",
            Attribute.ints("pads", 1, 1, 1, 1))
        .node("Clip", List.of("conv", "low", "high"), "relu6")
        .node("BatchNormalization", List.of("relu6", "scale", "shift", "mean", "var"), "norm")
        .node(
            "Conv",
            List.of("norm", "depthwise.weight", "depthwise.bias"),
            "depthwise",
            Attribute.of("group", 4),
            Attribute.ints("pads", 0, 0, 1, 1),
            Attribute.ints("strides", 2, 2))
        .node(
            "MaxPool",
            List.of("norm"),
            "pool",
            Attribute.ints("kernel_shape", 2, 2),
            Attribute.ints("strides", 2, 2))
        .node("Add", List.of("depthwise", "pool"), "sum")
        .node("GlobalAveragePool", List.of("sum"), "mean_map")
        .node("Flatten", List.of("mean_map"), "flat")
        .node(
            "Gemm",
            List.of("flat", "dense.weight", "dense.bias"),
            "logits",
            Attribute.of("transB", 1))
        .output("logits", ElementType.FLOAT, "N", 3)
        .build();
  }

  private static final Set<String> WEIGHTS =
      Set.of(
          "conv.weight",
          "conv.bias",
          "scale",
          "shift",
          "depthwise.weight",
          "depthwise.bias",
          "dense.weight",
          "dense.bias");

  /** Half the sum of squares of the logits, by ONNX Runtime. */
  private static double loss(OnnxGraph graph, float[] input) throws Exception {
    double loss = 0;
    for (float logit : OrtRun.floats(graph, input, 2, 2, 6, 6).get("logits")) {
      loss += 0.5 * logit * logit;
    }
    return loss;
  }

  @Test
  void gradientsAreThoseOfNumericDifferences() throws Exception {
    OnnxGraph graph = network();
    float[] input = numbers(2, 2, 6, 6);
    try (NDManager manager = NDManager.newBaseManager()) {
      Shape shape = new Shape(2, 2, 6, 6);
      OnnxBlock block = initialized(graph, manager, shape);
      assertEquals(WEIGHTS, block.weights().keySet());
      Map<String, float[]> gradients = new LinkedHashMap<>();
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        NDArray logits =
            block
                .forward(
                    new ParameterStore(manager, false),
                    new NDList(manager.create(input, shape)),
                    true)
                .singletonOrThrow();
        collector.backward(logits.square().sum().mul(0.5));
        for (Parameter weight : block.getParameters().values()) {
          gradients.put(weight.getName(), weight.getArray().getGradient().toFloatArray());
        }
      }
      double here = loss(graph, input);
      for (String name : WEIGHTS) {
        float[] values = graph.initializers().get(name).floats();
        for (int i = 0; i < values.length; i += 5) {
          float step = 2e-3f;
          float[] up = values.clone();
          float[] down = values.clone();
          up[i] += step;
          down[i] -= step;
          double rise = loss(graph.withInitializers(Map.of(name, up)), input) - here;
          double fall = here - loss(graph.withInitializers(Map.of(name, down)), input);
          double right = rise / (up[i] - values[i]);
          double left = fall / (values[i] - down[i]);
          // Logits in float32 leave some 1e-5 of a loss, over 2e-3. Where one side reaches over a
          // kink
          // of ReLU6 or MaxPool, the gradient lies between the two slopes.
          double tolerance = 0.02 * Math.abs(left) + 0.02;
          double found = gradients.get(name)[i];
          assertTrue(
              found >= Math.min(left, right) - tolerance
                  && found <= Math.max(left, right) + tolerance,
              "%s %d: %f not in %f .. %f".formatted(name, i, found, left, right));
        }
      }
    }
  }

  @Test
  void whatIsTrainedIsWhatIsExported() throws Exception {
    OnnxGraph graph = network();
    float[] input = numbers(8, 2, 6, 6);
    float[] labels = {0, 1, 2, 0, 1, 2, 0, 1};
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            // An initializer must not touch pretrained weights.
            .optInitializer(Initializer.ZEROS, weight -> true)
            .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.01f)).build());
    try (Model model = Model.newInstance("network")) {
      OnnxBlock block = new OnnxBlock(graph);
      model.setBlock(block);
      try (Trainer trainer = model.newTrainer(config)) {
        block.freezeParameters(true, weight -> weight.getName().startsWith("conv"));
        trainer.initialize(new Shape(8, 2, 6, 6));
        for (Map.Entry<String, float[]> weight : block.weights().entrySet()) {
          assertArrayEquals(graph.initializers().get(weight.getKey()).floats(), weight.getValue());
        }
        float first = 0;
        float last = 0;
        for (int step = 0; step < 60; step++) {
          try (NDManager batch = trainer.getManager().newSubManager()) {
            NDList data = new NDList(batch.create(input, new Shape(8, 2, 6, 6)));
            NDArray loss;
            try (GradientCollector collector = trainer.newGradientCollector()) {
              loss =
                  trainer
                      .getLoss()
                      .evaluate(
                          new NDList(batch.create(labels, new Shape(8, 1))), trainer.forward(data));
              collector.backward(loss);
            }
            trainer.step();
            last = loss.getFloat();
            first = step == 0 ? last : first;
          }
        }
        assertTrue(last < first / 2, first + " -> " + last);
        try (NDManager manager = NDManager.newBaseManager()) {
          float[] logits =
              block
                  .forward(
                      new ParameterStore(manager, false),
                      new NDList(manager.create(input, new Shape(8, 2, 6, 6))),
                      false)
                  .singletonOrThrow()
                  .toFloatArray();
          OnnxGraph trained = block.trained();
          assertArrayEquals(OrtRun.floats(trained, input, 8, 2, 6, 6).get("logits"), logits, 1e-5f);
          Map<String, dev.graft.onnx.Initializer> before = graph.initializers();
          Map<String, dev.graft.onnx.Initializer> after = trained.initializers();
          for (String name : before.keySet()) {
            boolean changed = !Arrays.equals(before.get(name).floats(), after.get(name).floats());
            assertEquals(WEIGHTS.contains(name) && !name.startsWith("conv"), changed, name);
          }
        }
      }
    }
  }

  @Test
  void intermediateArraysAreClosed() {
    OnnxGraph graph = network();
    try (NDManager manager = NDManager.newBaseManager()) {
      OnnxBlock block = initialized(graph, manager, new Shape(1, 2, 6, 6));
      int weights = manager.getManagedArrays().size();
      try (NDManager batch = manager.newSubManager()) {
        NDArray input = batch.create(numbers(1, 2, 6, 6), new Shape(1, 2, 6, 6));
        NDArray output =
            block
                .forward(new ParameterStore(batch, false), new NDList(input), false)
                .singletonOrThrow();
        assertEquals(3, output.size());
        long large = batch.getManagedArrays().stream().filter(array -> array.size() > 3).count();
        // The input; the bounds of Clip are single numbers.
        assertEquals(1, large);
      }
      assertEquals(weights, manager.getManagedArrays().size());
    }
  }

  private static NDList photo(NDManager manager, Backbone backbone, byte[] photo) {
    NDArray bytes =
        manager.create(ByteBuffer.wrap(photo), new Shape(1, 224, 224, 3), DataType.UINT8);
    OnnxBlock normalization =
        initialized(
            Graphs.of(backbone.normalization(), 224, 224), manager, new Shape(1, 224, 224, 3));
    return normalization.forward(new ParameterStore(manager, false), new NDList(bytes), false);
  }

  private static void matches(
      Backbone backbone, OnnxGraph graph, Map<Golden, Float> goldens, Golden first) {
    try (NDManager manager = NDManager.newBaseManager()) {
      OnnxBlock block = initialized(graph, manager, new Shape(1, 3, 224, 224));
      NDList outputs =
          block.forward(
              new ParameterStore(manager, false), photo(manager, backbone, first.photo()), false);
      int i = 0;
      for (Map.Entry<Golden, Float> golden : goldens.entrySet()) {
        golden.getKey().matches(outputs.get(i++).toFloatArray(), golden.getValue());
      }
      assertEquals(goldens.size(), outputs.size());
    }
  }

  @Test
  void vgg16MatchesTheCommittedGoldenValues() throws Exception {
    Golden golden = Golden.committed("vgg16");
    matches(
        Backbones.vgg16(),
        Graphs.of(Backbones.vgg16()),
        Map.of(golden, Golden.VGG16_TOLERANCE),
        golden);
  }

  @Test
  void efficientNetLite0MatchesTheCommittedGoldenValues() throws Exception {
    Map<Golden, Float> goldens = new LinkedHashMap<>();
    Golden features = Golden.committed("efficientnet-lite0");
    goldens.put(features, Golden.EFFICIENTNET_LITE0_TOLERANCE);
    goldens.put(Golden.committed("efficientnet-lite0-logits"), Golden.EFFICIENTNET_LITE0_TOLERANCE);
    Backbone lite0 = Backbones.efficientNetLite0();
    matches(lite0, Graphs.withClassifier(lite0), goldens, features);
  }

  @Test
  void matchesTheGoldenFilesBesideTheProject() throws Exception {
    Golden vgg = Golden.shared("vgg16", "features");
    matches(
        Backbones.vgg16(), Graphs.of(Backbones.vgg16()), Map.of(vgg, Golden.VGG16_TOLERANCE), vgg);
    Golden lite = Golden.shared("efficientnet-lite0", "features");
    Backbone lite0 = Backbones.efficientNetLite0();
    matches(lite0, Graphs.of(lite0), Map.of(lite, Golden.EFFICIENTNET_LITE0_TOLERANCE), lite);
  }
}

package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import dev.graft.djl.OnnxBlock;
import dev.graft.djl.OnnxOperator;
import dev.graft.djl.TrainingDevice;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.OrtRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;

/**
 * Small networks as PyTorch, Keras and tf2onnx export them: src/test/python/export_torch.py and
 * export_keras.py make them.
 */
public class ExportsTest {

  /** Weights whose gradient is compared, a network. */
  private static final int WEIGHTS = 6;

  /** An exported network, what it is fed, and what the program that exported it makes of that. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Export(
      String name, OnnxGraph graph, float[] input, long[] shape, float[] expected) {

    static Path folder() {
      return Path.of(
          System.getProperty("graft.root"), "lib/train/src/test/resources/dev/graft/exports");
    }

    public static List<Path> files() throws IOException {
      try (Stream<Path> files = Files.list(folder())) {
        return files.filter(file -> file.toString().endsWith(".onnx")).sorted().toList();
      }
    }

    static Export read(Path file) throws IOException {
      OnnxGraph graph = OnnxGraph.read(file);
      String name = file.getFileName().toString().replace(".onnx", "");
      List<String> lines = Files.readAllLines(file.resolveSibling(name + ".tsv"));
      float[] expected = new float[lines.size()];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = Float.parseFloat(lines.get(i));
      }
      boolean channelsLast = graph.inputs().get(0).shape().size(3) == 3;
      int size = (int) graph.inputs().get(0).shape().size(2);
      long[] shape = {2, channelsLast ? size : 3, size, channelsLast ? 3 : size};
      return new Export(name, graph, stripes(name, size, channelsLast), shape, expected);
    }

    /** synthetic_input of both scripts. */
    private static float[] stripes(String name, int size, boolean channelsLast) {
      float[] input = new float[2 * 3 * size * size];
      for (int i = 0; i < input.length; i++) {
        int n = i / (3 * size * size);
        int c = channelsLast ? i % 3 : i / (size * size) % 3;
        int y = channelsLast ? i / (3 * size) % size : i / size % size;
        int x = channelsLast ? i / 3 % size : i % size;
        int level = ((1 + 4 * n) * x + (3 - n) * y + 40 * c + x * y / 8) % 129;
        input[i] = name.contains("rescaling") ? 2 * level : level / 64f - 1;
      }
      return input;
    }

    float[] run(OnnxGraph changed) throws Exception {
      return OrtRun.floats(changed, input, shape).values().iterator().next();
    }
  }

  private static Stream<DynamicTest> ofEach(ThrowingConsumer<Export> test) throws IOException {
    return Export.files().stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getFileName().toString(), () -> test.accept(Export.read(file))));
  }

  /** What the block makes of the input; the arrays live while the function runs. */
  private static <T> T forward(
      Export export, OnnxBlock block, NDManager manager, Function<NDArray, T> then) {
    Shape shape = new Shape(export.shape());
    block.initialize(manager, DataType.FLOAT32, shape);
    NDList input = new NDList(manager.create(export.input(), shape));
    return then.apply(block.forward(new ParameterStore(manager, false), input, true).get(0));
  }

  @TestFactory
  Stream<DynamicTest> areComputedAsTheirExportersAndOnnxRuntimeDo() throws IOException {
    return ofEach(
        export -> {
          float[] ours;
          try (NDManager manager = TrainingDevice.CPU.newManager()) {
            ours = forward(export, new OnnxBlock(export.graph()), manager, NDArray::toFloatArray);
          }
          // Numbers around 1 to 10 through some dozens of layers, each adding up in another order.
          float tolerance = 2e-5f;
          assertArrayEquals(export.expected(), export.run(export.graph()), tolerance);
          assertArrayEquals(export.expected(), ours, tolerance);
        });
  }

  /** Half the sum of squares of the outputs, by ONNX Runtime. */
  private static double loss(Export export, OnnxGraph graph) throws Exception {
    double loss = 0;
    for (float output : export.run(graph)) {
      loss += 0.5 * output * output;
    }
    return loss;
  }

  @TestFactory
  Stream<DynamicTest> haveTheGradientsOfNumericDifferences() throws IOException {
    return ofEach(
        export -> {
          OnnxGraph graph = export.graph();
          Map<String, float[]> gradients = gradients(export);
          List<String> names = new ArrayList<>(gradients.keySet());
          Collections.shuffle(names, new Random(5));
          double here = loss(export, graph);
          for (String name : names.subList(0, Math.min(WEIGHTS, names.size()))) {
            int i = steepest(gradients.get(name));
            float[] values = graph.initializers().get(name).floats();
            float step = 2e-3f;
            float[] up = values.clone();
            float[] down = values.clone();
            up[i] += step;
            down[i] -= step;
            double rise = loss(export, graph.withInitializers(Map.of(name, up))) - here;
            double fall = here - loss(export, graph.withInitializers(Map.of(name, down)));
            double right = rise / (up[i] - values[i]);
            double left = fall / (values[i] - down[i]);
            // A loss of up to 100 in float32 is off by some 1e-5, over a step of 2e-3. Where one
            // side reaches over a kink, the gradient lies between the two slopes.
            double tolerance = 0.03 * Math.abs(left) + 0.01;
            double found = gradients.get(name)[i];
            assertTrue(
                found >= Math.min(left, right) - tolerance
                    && found <= Math.max(left, right) + tolerance,
                "%s %d: %f not in %f .. %f".formatted(name, i, found, left, right));
          }
        });
  }

  private static Map<String, float[]> gradients(Export export) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    try (NDManager manager = TrainingDevice.CPU.newManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      OnnxBlock block = new OnnxBlock(export.graph());
      collector.backward(forward(export, block, manager, y -> y.square().sum().mul(0.5)));
      for (Parameter weight : block.getParameters().values()) {
        gradients.put(weight.getName(), weight.getArray().getGradient().toFloatArray());
      }
    }
    return gradients;
  }

  private static int steepest(float[] gradient) {
    int steepest = 0;
    for (int i = 0; i < gradient.length; i++) {
      steepest = Math.abs(gradient[i]) > Math.abs(gradient[steepest]) ? i : steepest;
    }
    return steepest;
  }

  @TestFactory
  Stream<DynamicTest> allTheirWeightsCanBeTrained() throws IOException {
    return ofEach(
        export -> {
          List<String> others = new ArrayList<>(export.graph().initializers().keySet());
          others.removeAll(new OnnxBlock(export.graph()).getParameters().keys());
          others.removeIf(
              name -> !OnnxOperator.canBeWeight(export.graph().initializers().get(name)));
          others.removeIf(name -> name.contains("running_") || name.contains("moving_"));
          // What Swin's mask is made of.
          for (OnnxNode node : export.graph().nodes()) {
            if (node.opType().equals("ScatterND")) {
              others.removeAll(node.inputs());
            }
          }
          assertEquals(List.of(), others);
        });
  }
}

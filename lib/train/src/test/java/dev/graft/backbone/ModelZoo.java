package dev.graft.backbone;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.safetensors.Safetensors;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Two networks that are not bundled, built from the weights beside the project, each with an input
 * and what float64 makes of it.
 *
 * @param input float [1, 3, 224, 224]
 * @param expected by the name of the output
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ModelZoo(OnnxGraph graph, float[] input, Map<String, float[]> expected) {

  private static final class Layers {

    private final Safetensors weights;
    private final OnnxGraphBuilder graph;

    Layers(String name, Safetensors weights) {
      this.weights = weights;
      graph = OnnxGraph.builder(name).input("input", ElementType.FLOAT, "N", 3, 224, 224);
    }

    /**
     * A convolution with the weights of that name; depthwise where the kernels have one channel.
     */
    void conv(String name, String input, String output, int stride, int pad) throws IOException {
      for (String part : List.of("_weight", "_bias")) {
        graph.initializer(name + part, weights.shape(name + part), weights.floats(name + part));
      }
      long[] shape = weights.shape(name + "_weight");
      graph.node(
          name,
          "Conv",
          List.of(input, name + "_weight", name + "_bias"),
          List.of(output),
          Attribute.of("group", shape[1] == 1 ? shape[0] : 1),
          Attribute.ints("pads", pad, pad, pad, pad),
          Attribute.ints("strides", stride, stride));
    }
  }

  /** Section 3.3 of arXiv:1801.04381 at width 1, without the classifier; output features. */
  public static ModelZoo mobileNetV2() throws IOException {
    Safetensors file =
        Safetensors.read(Golden.sharedFolder().resolve("mobilenetv2-features.safetensors"));
    Layers layers = new Layers("mobilenetv2", file);
    layers.graph.initializer("zero", new long[0], 0f).initializer("six", new long[0], 6f);
    // The numbers in the weights' names leave out those of the nodes between them.
    List<String> names =
        file.names().stream()
            .filter(name -> name.endsWith("_weight"))
            .map(name -> name.replace("_weight", ""))
            .sorted((a, b) -> Integer.parseInt(a.substring(5)) - Integer.parseInt(b.substring(5)))
            .toList();
    String last = relu6(layers, names.get(0), "input", 2, 1);
    int next = 1;
    int[] expansions = {1, 6, 6, 6, 6, 6, 6};
    int[] repeats = {1, 2, 3, 4, 3, 3, 1};
    int[] strides = {1, 2, 2, 2, 1, 2, 1};
    for (int stage = 0; stage < repeats.length; stage++) {
      for (int i = 0; i < repeats[stage]; i++) {
        String block = last;
        if (expansions[stage] > 1) {
          last = relu6(layers, names.get(next++), last, 1, 0);
        }
        last = relu6(layers, names.get(next++), last, i == 0 ? strides[stage] : 1, 1);
        String project = names.get(next++);
        layers.conv(project, last, project + "_out", 1, 0);
        last = project + "_out";
        if (i > 0) {
          layers.graph.node("Add", List.of(last, block), project + "_sum");
          last = project + "_sum";
        }
      }
    }
    last = relu6(layers, names.get(next), last, 1, 0);
    layers
        .graph
        .node("Identity", List.of(last), "features")
        .output("features", ElementType.FLOAT, "N", 1280, 7, 7);
    return golden("mobilenetv2", layers.graph.build(), "features");
  }

  private static String relu6(Layers layers, String name, String input, int stride, int pad)
      throws IOException {
    layers.conv(name, input, name + "_linear", stride, pad);
    layers.graph.node("Clip", List.of(name + "_linear", "zero", "six"), name + "_out");
    return name + "_out";
  }

  /** SqueezeNet 1.1 (arXiv:1602.07360) with its classifier; outputs features and logits. */
  public static ModelZoo squeezeNet() throws IOException {
    Layers layers =
        new Layers(
            "squeezenet1.1",
            Safetensors.read(Golden.sharedFolder().resolve("squeezenet1.1.safetensors")));
    String last = relu(layers, 0, "input", 2, 0);
    int conv = 1;
    for (int fire = 0; fire < 8; fire++) {
      if (fire == 0 || fire == 2 || fire == 4) {
        layers.graph.node(
            "MaxPool",
            List.of(last),
            "pool" + fire,
            Attribute.ints("kernel_shape", 3, 3),
            Attribute.ints("strides", 2, 2));
        last = "pool" + fire;
      }
      String squeezed = relu(layers, conv++, last, 1, 0);
      String small = relu(layers, conv++, squeezed, 1, 0);
      String large = relu(layers, conv++, squeezed, 1, 1);
      last = "fire" + fire;
      layers.graph.node("Concat", List.of(small, large), last, Attribute.of("axis", 1));
    }
    layers.graph.node("Identity", List.of(last), "features");
    String maps = relu(layers, conv, "features", 1, 0);
    layers
        .graph
        .node("GlobalAveragePool", List.of(maps), "pool")
        .node("Flatten", List.of("pool"), "logits")
        .output("features", ElementType.FLOAT, "N", 512, 13, 13)
        .output("logits", ElementType.FLOAT, "N", 1000);
    return golden("squeezenet1.1", layers.graph.build(), "features", "logits");
  }

  private static String relu(Layers layers, int number, String input, int stride, int pad)
      throws IOException {
    String name = "squeezenet0_conv" + number;
    layers.conv(name, input, name + "_linear", stride, pad);
    layers.graph.node("Relu", List.of(name + "_linear"), name + "_out");
    return name + "_out";
  }

  private static ModelZoo golden(String name, OnnxGraph graph, String... outputs)
      throws IOException {
    Safetensors file =
        Safetensors.read(Golden.sharedFolder().resolve(name + "-golden.safetensors"));
    Map<String, float[]> expected = new LinkedHashMap<>();
    for (String output : outputs) {
      expected.put(output, file.floats(output));
    }
    return new ModelZoo(graph, file.floats("input"), expected);
  }
}

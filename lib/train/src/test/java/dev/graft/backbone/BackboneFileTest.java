package dev.graft.backbone;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.file.Sha256;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxException;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxGraphBuilder;
import dev.graft.onnx.OnnxRun;
import dev.graft.onnx.OrtRun;
import dev.graft.onnx.TensorInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On the small exports of src/test/python and on graphs that are wrong in one way each. */
class BackboneFileTest {

  private static final Path EXPORTS =
      Path.of(System.getProperty("graft.root"), "lib/train/src/test/resources/dev/graft/exports");
  private static final BackboneOptions RESCALED =
      BackboneOptions.defaults().withNormalization(Normalization.rescale());

  @TempDir private Path folder;

  private static Path export(String name) {
    return EXPORTS.resolve(name + ".onnx");
  }

  private Path file(OnnxGraph graph) throws IOException {
    return Files.write(folder.resolve("my.net.onnx"), graph.toBytes());
  }

  private static OnnxGraphBuilder photos(Object... dims) {
    return OnnxGraph.builder("net").input("x", ElementType.FLOAT, dims);
  }

  /** Pooled colors, and a classifier of 2 classes. */
  private static OnnxGraphBuilder colors(OnnxGraphBuilder graph, String maps) {
    return graph
        .initializer("w", new long[] {2, 3}, 1f, 2f, 3f, -1f, 0f, 1f)
        .node("GlobalAveragePool", List.of(maps), "pool")
        .node("Flatten", List.of("pool"), "flat")
        .node("Gemm", List.of("flat", "w"), "logits", Attribute.of("transB", 1))
        .output("logits", ElementType.FLOAT, "N", 2);
  }

  private String refused(OnnxGraphBuilder graph, BackboneOptions options) throws IOException {
    Path file = file(graph.build());
    String message =
        assertThrows(Exception.class, () -> Backbones.read(file, options)).getMessage();
    assertTrue(message.startsWith(file.toString()), message);
    return message.substring(file.toString().length());
  }

  private String refused(OnnxGraphBuilder graph) throws IOException {
    return refused(graph, RESCALED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // The input of the last global pooling.
        "resnet-script-17 | /layer4/layer4.0/act3/Relu_output_0 | [32, 1, 1]",
        "resnet-dynamo-18 | relu_12 | [32, 1, 1]",
        "resnet-keras | resnet_1/conv3_block1_out_1/Relu:0 | [24, 4, 4]",
        "resnet-nchw-13 | resnet_1/conv3_block1_out_1/Relu:0 | [24, 4, 4]",
        "densenet-script-17 | /Relu_output_0 | [16, 4, 4]",
        "efficientnet-script-16 | /features/features.3/features.3.2/Mul_output_0 | [24, 8, 8]",
        "efficientnetv2-dynamo-20 | silu_8 | [24, 8, 8]",
        "efficientnetv2-tf2onnx-18 | efficientnetv2_1/top_activation_1/mul_1:0 | [1280, 8, 8]",
        "mobilenetv2-script-12 | /features/features.5/features.5.2/Clip_output_0 | [1280, 4, 4]",
        "mobilenetv3-script-13 | /features/features.4/features.4.2/Mul_output_0 | [96, 4, 4]",
        "mobilenetv3-dynamo-18 | hardswish_2 | [96, 4, 4]",
        "mobilenetv3-rescaling-keras | mobilenetv3-rescaling_1/activation_3_1/mul:0 | [72, 8, 8]",
        "shufflenet-script-14 | /conv5/conv5.2/Relu_output_0 | [24, 1, 1]",
        "old-dynamo-21 | gelu | [8, 4, 4]",
        // What the classifier flattens.
        "vgg-script-11 | /avgpool/AveragePool_output_0 | [8, 7, 7]",
        "vgg-keras | vgg_1/block2_pool_1/MaxPool2d:0 | [8, 8, 8]",
        // Its classifier is a convolution before the pooling.
        "squeezenet-script-9 | /features/features.6/Concat_output_0 | [24, 3, 3]",
        // Pooled, and then normalized.
        "convnext-script-15 | /classifier/classifier.1/Flatten_output_0 | [12]",
        "convnext-dynamo-21 | view | [12]",
        "timm-vit-dynamo-18 | layer_norm_4 | [12]",
        // The class token.
        "vit-script-17 | /Gather_4_output_0 | [12]",
        "vit-dynamo-18 | select_6 | [12]",
      })
  void findsTheFeaturesOfEveryFamily(String name, String tensor, String shape) throws IOException {
    BackboneCard card = Backbones.read(export(name), RESCALED).card();
    assertEquals(tensor, card.featuresTensor());
    assertEquals(shape, card.featureShape().toString());
    CutPoint last = card.cutPoints().get(card.cutPoints().size() - 1);
    assertEquals(tensor, last.tensor());
  }

  @Test
  void theCardSaysWhatTheFileSays() throws IOException {
    Path file = export("resnet-script-17");
    BackboneCard card = Backbones.read(file, RESCALED).card();
    assertEquals("resnet-script-17", card.name());
    assertEquals("resnet-script-17.onnx", card.title());
    assertEquals("resnet-script-17.onnx, written by pytorch 2.8.0", card.source());
    assertEquals("unknown", card.license());
    assertNull(card.attribution());
    assertEquals(Files.size(file), card.bytes());
    assertEquals(Sha256.of(Files.readAllBytes(file)), card.sha256());
    assertEquals("rescale", card.normalization());
    assertEquals(32, card.inputSize());
    // All but the classifier's 5 x 32 weights and 5 biases.
    long all =
        OnnxGraph.read(file).initializers().values().stream().mapToLong(Initializer::size).sum();
    assertEquals(all - 5 * 33, card.parameters());
  }

  @ParameterizedTest
  @CsvSource({
    "resnet-script-17,",
    "vgg-keras,",
    // Channels last to the end, and tokens: brought to the front.
    "mobilenetv3-rescaling-keras, mobilenetv3-rescaling_1/activation_1/mul:0",
    "vit-script-17, /encoder/ln/LayerNormalization_output_0",
    "convnext-dynamo-21,",
  })
  void givesTheFeaturesOfTheFileForAPhoto(String name, String tensor) throws Exception {
    Normalization caffe = Normalization.kerasCaffe();
    Backbone backbone =
        Backbones.read(
            export(name),
            BackboneOptions.defaults().withNormalization(caffe).withFeaturesTensor(tensor));
    int size = backbone.card().inputSize();
    byte[] photo = new byte[size * size * 3];
    new Random(4).nextBytes(photo);
    OnnxGraph graph = backbone.graphFromImage(size, size);
    float[] found = OrtRun.bytes(graph, photo, 1, size, size, 3).values().iterator().next();
    float[] image = new float[photo.length];
    for (int i = 0; i < photo.length; i++) {
      boolean last = backbone.inputLayout() == ImageLayout.CHANNELS_LAST;
      int c = last ? i % 3 : i / (size * size);
      int pixel = last ? i / 3 : i % (size * size);
      image[i] = (photo[3 * pixel + 2 - c] & 0xff) - caffe.mean().get(c);
    }
    long[] shape =
        backbone.inputLayout() == ImageLayout.CHANNELS_LAST
            ? new long[] {1, size, size, 3}
            : new long[] {1, 3, size, size};
    Initializer expected;
    String features = backbone.card().featuresTensor();
    try (OnnxRun run = new OnnxRun(OnnxGraph.read(export(name)), List.of(features))) {
      expected = run.value(features, Initializer.of("image", shape, image));
    }
    float[] wanted = front(expected, backbone.card().featureShape());
    float largest = 1;
    for (float value : wanted) {
      largest = Math.max(largest, Math.abs(value));
    }
    // The same operations, but the optimizer of ONNX Runtime joins others.
    assertArrayEquals(wanted, found, 3e-6f * largest);
  }

  /** The numbers of one photo with channels first. */
  private static float[] front(Initializer tensor, List<Integer> wanted) {
    long[] shape = tensor.shape();
    boolean first = shape[1] == wanted.get(0);
    if (first) {
      return tensor.floats();
    }
    int channels = (int) shape[shape.length - 1];
    int places = tensor.size() / channels;
    float[] turned = new float[tensor.size()];
    for (int i = 0; i < turned.length; i++) {
      turned[i % channels * places + i / channels] = tensor.floats()[i];
    }
    return turned;
  }

  @Test
  void aNetworkThatTakesAnySizeIsFedWhatIsAskedFor() throws Exception {
    OnnxGraphBuilder any = colors(photos("batch", 3, "h", "w"), "x");
    Path file = file(any.build());
    BackboneOptions options = RESCALED.withFeaturesTensor("pool");
    assertEquals(224, Backbones.read(file, options).card().inputSize());
    Backbone small = Backbones.read(file, options.withInputSize(48));
    assertEquals(48, small.card().inputSize());
    assertEquals("[x FLOAT [N, 3, 48, 48]]", small.graph().inputs().toString());
    assertEquals(
        "my.net takes photos [N, 3, 48, 48] alone, expected them to be 48 high and 32 wide",
        assertThrows(IllegalArgumentException.class, () -> small.graphFromImage(48, 32))
            .getMessage());
    String fixed = refused(colors(photos("N", 3, 32, 32), "x"), options.withInputSize(48));
    assertEquals(": it takes photos of 32x32 alone (x FLOAT [N, 3, 32, 32]), not of 48x48", fixed);
  }

  @Test
  void aBatchThatAnExporterFixedIsFreed() throws Exception {
    for (String name : List.of("resnet-script-17", "shufflenet-script-14", "vgg-script-11")) {
      OnnxGraph open = OnnxGraph.read(export(name));
      int size = (int) open.inputs().get(0).shape().size(2);
      Path file =
          file(
              open.declaring(
                  List.of(
                      new TensorInfo(
                          "input", ElementType.FLOAT, dev.graft.onnx.Shape.of(1, 3, size, size)),
                      new TensorInfo("logits", ElementType.FLOAT, dev.graft.onnx.Shape.of(1, 5)))));
      Backbone free = Backbones.read(file, RESCALED);
      assertEquals("N", free.graph().outputs().get(0).shape().dims().get(0).symbol());
    }
    // Written into a shape, and into a token.
    OnnxGraphBuilder written =
        photos(1, 3, 4, 4)
            .initializer("sizes", new long[] {3}, 1, 3, 16)
            .initializer("token", new long[] {1, 3, 1}, 7f, 8f, 9f)
            .node("Reshape", List.of("x", "sizes"), "tokens")
            .node("Concat", List.of("token", "tokens"), "joined", Attribute.of("axis", 2));
    Backbone tokens =
        Backbones.read(
            file(colors(written, "joined").build()), RESCALED.withFeaturesTensor("pool"));
    byte[] photo = new byte[2 * 48];
    photo[48] = (byte) 255;
    float[] rows =
        OrtRun.bytes(tokens.graphFromImage(4, 4), photo, 2, 4, 4, 3).values().iterator().next();
    assertArrayEquals(
        new float[] {7 / 17f, 8 / 17f, 9 / 17f, 8 / 17f, 8 / 17f, 9 / 17f}, rows, 1e-6f);
  }

  @Test
  void aBatchThatCannotBeFreedIsRefusedWithWhatToDo() throws IOException {
    OnnxGraphBuilder fixed =
        photos(1, 3, 4, 4)
            .initializer("rows", new long[] {2}, 16, 3)
            .initializer("one", new long[] {2}, 1, 48)
            .initializer("w", new long[] {48, 2}, new float[96])
            .node("Reshape", List.of("x", "rows"), "places")
            .node("Transpose", List.of("places"), "turned")
            .node("Reshape", List.of("turned", "one"), "flat")
            .node("MatMul", List.of("flat", "w"), "logits")
            .output("logits", ElementType.FLOAT, 1, 2);
    String message = refused(fixed);
    assertTrue(message.startsWith(": it takes one photo at a time ("), message);
    assertTrue(message.contains("dynamic_axes={\"x\": {0: \"N\"}}"), message);
  }

  @Test
  void whatItWasTrainedToSeeMustBeSaid() {
    Path file = export("vgg-keras");
    assertEquals(
        file
            + " does not say how photos were normalised when it was trained, and a wrong guess"
            + " costs accuracy: choose the preprocessing: keras-caffe, keras-tf, torchvision,"
            + " efficientnet-lite, rescale, none, mean=R/G/B,std=R/G/B,order=rgb",
        assertThrows(
                IllegalArgumentException.class,
                () -> Backbones.read(file, BackboneOptions.defaults()))
            .getMessage());
  }

  @Test
  void aBundledBackboneIsKnownWhereverItsFileLies() throws IOException {
    Path file = folder.resolve("renamed.onnx");
    try (InputStream in =
        Backbones.class
            .getClassLoader()
            .getResourceAsStream("META-INF/graft/efficientnet-lite0.onnx")) {
      Files.copy(in, file);
    }
    Backbone read = Backbones.read(file, BackboneOptions.defaults());
    BackboneCard bundled = Backbones.efficientNetLite0().card();
    assertEquals(Normalization.efficientNetLite(), read.normalization());
    assertEquals(bundled.name(), read.card().name());
    assertEquals(bundled.attribution(), read.card().attribution());
    assertEquals(bundled.featuresTensor(), read.card().featuresTensor());
    assertEquals(bundled.featureShape(), read.card().featureShape());
    assertEquals(bundled.parameters(), read.card().parameters());
    assertEquals(Backbones.efficientNetLite0().graph().outputs(), read.graph().outputs());
  }

  @Test
  void aTensorThatIsNotThereIsAnsweredWithTheNearest() {
    Path file = export("vgg-keras");
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Backbones.read(file, RESCALED.withFeaturesTensor("vgg_1/block2_pool")))
            .getMessage();
    assertTrue(message.startsWith(file + ": no tensor is called \"vgg_1/block2_pool\""), message);
    assertTrue(message.contains("vgg_1/block2_pool_1/MaxPool2d:0"), message);
  }

  @Test
  void aTensorThatCannotBeFeaturesIsAnsweredWithOthers() throws IOException {
    OnnxGraphBuilder graph =
        photos("N", 3, 4, 4)
            .initializer("c", new long[] {2}, 1f, 2f)
            .initializer("five", new long[] {5}, 0, 1, 3, 2, 2)
            .node("Identity", List.of("c"), "constant")
            .node("Shape", List.of("x"), "shape")
            .node("ArgMax", List.of("x"), "brightest", Attribute.of("axis", 1))
            .node("Transpose", List.of("x"), "turned", Attribute.ints("perm", 1, 0, 2, 3))
            .node("Transpose", List.of("turned"), "back", Attribute.ints("perm", 1, 0, 2, 3));
    OnnxGraph built = colors(graph, "back").build();
    OnnxGraph whole =
        built.withOutputs(
            built.tensor("logits"),
            new TensorInfo("constant", ElementType.FLOAT, dev.graft.onnx.Shape.of(2)),
            new TensorInfo("brightest", ElementType.INT64, dev.graft.onnx.Shape.UNKNOWN));
    Path file = file(whole);
    String turned =
        assertThrows(
                IllegalArgumentException.class,
                () -> Backbones.read(file, RESCALED.withFeaturesTensor("turned")))
            .getMessage();
    assertTrue(
        turned.startsWith(file + ": the tensor turned FLOAT [3, N, 4, 4] cannot be features"),
        turned);
    String brightest =
        assertThrows(
                IllegalArgumentException.class,
                () -> Backbones.read(file, RESCALED.withFeaturesTensor("brightest")))
            .getMessage();
    assertTrue(brightest.contains("brightest INT64 [N, 1, 4, 4] cannot be features"), brightest);
    assertEquals(
        file + ": the tensor constant does not depend on the photo; choose another",
        assertThrows(
                IllegalArgumentException.class,
                () -> Backbones.read(file, RESCALED.withFeaturesTensor("constant")))
            .getMessage());
  }

  @Test
  void aNetworkWithoutAClassifierIsAskedForItsFeatures() throws IOException {
    String message =
        refused(
            photos("N", 3, 4, 4)
                .node("Relu", List.of("x"), "bright")
                .node("ReduceMean", List.of("bright"), "y", Attribute.ints("axes", 1, 2, 3))
                .output("y", ElementType.FLOAT, "N", 1, 1, 1));
    assertEquals(
        ": found no classifier to cut off; choose the tensor of features: [y, bright]", message);
    // A network that ends in maps has no classifier to find.
    OnnxGraphBuilder maps =
        photos("N", 3, 4, 4)
            .node("Relu", List.of("x"), "maps")
            .output("maps", ElementType.FLOAT, "N", 3, 4, 4);
    assertEquals("maps", Backbones.read(file(maps.build()), RESCALED).card().featuresTensor());
  }

  @Test
  void anInputThatTakesNoPhotosIsRefused() throws IOException {
    String channel =
        refused(
            photos("N", 1, 4, 4)
                .node("GlobalAveragePool", List.of("x"), "y")
                .output("y", ElementType.FLOAT, "N", 1, 1, 1));
    assertEquals(": expected an input of 3 colour channels, found x FLOAT [N, 1, 4, 4]", channel);
    assertTrue(
        refused(
                photos("N", 12)
                    .node("Relu", List.of("x"), "y")
                    .output("y", ElementType.FLOAT, "N", 12))
            .startsWith(": expected an input [N, 3, height, width]"));
    assertTrue(
        refused(colors(photos("N", 3, 4, 6), "x"))
            .startsWith(": expected an input as high as it is wide, found"));
    assertTrue(
        refused(
                colors(
                    photos("N", 3, 4, 4)
                        .input("mean", ElementType.FLOAT, 3, 1, 1)
                        .node("Sub", List.of("x", "mean"), "centred"),
                    "centred"))
            .startsWith(": expected one input, for photos, found 2: [x "));
    assertTrue(
        refused(
                OnnxGraph.builder("half")
                    .input("x", ElementType.FLOAT16, "N", 3, 4, 4)
                    .node("Relu", List.of("x"), "y")
                    .output("y", ElementType.FLOAT16, "N", 3, 4, 4))
            .startsWith(": expected an input of 32-bit floats"));
  }

  @Test
  void anOldOpsetIsRefused() throws IOException {
    OnnxGraphBuilder old =
        OnnxGraph.builder("old", 6)
            .input("x", ElementType.FLOAT, "N", 3, 4, 4)
            .node("Relu", List.of("x"), "y")
            .output("y", ElementType.FLOAT, "N", 3, 4, 4);
    assertEquals(
        ": expected an opset of 7 or later, found 6; convert it with onnx.version_converter",
        refused(old));
  }

  @Test
  void aNetworkThatDoesNotComputeIsRefused() throws IOException {
    String broken =
        refused(
            photos("N", 3, 4, 4)
                .initializer("w", new long[] {5, 2}, new float[10])
                .node("Flatten", List.of("x"), "flat")
                .node("MatMul", List.of("flat", "w"), "y")
                .output("y", ElementType.FLOAT, "N", 2));
    assertTrue(broken.startsWith(": it does not run with a photo of 4x4: ONNX Runtime"), broken);
    OnnxGraphBuilder nan =
        photos("N", 3, 4, 4)
            .initializer("far", new long[0], -500f)
            .node("Sub", List.of("far", "x"), "low");
    assertEquals(
        ": the tensor root is not a number for a test photo (preprocessing rescale)",
        refused(colors(nan.node("Sqrt", List.of("low"), "root"), "root")));
    OnnxGraphBuilder dead =
        photos("N", 3, 4, 4)
            .initializer("far", new long[0], -500f)
            .node("Add", List.of("far", "x"), "low");
    assertEquals(
        ": the tensor none is the same for two different photos",
        refused(colors(dead.node("Relu", List.of("low"), "none"), "none")));
  }

  @Test
  void aNetworkThatWasExportedForTrainingIsRefused() throws IOException {
    OnnxGraphBuilder training =
        photos("N", 3, 4, 4)
            .initializer("one", new long[] {3}, 1f, 1f, 1f)
            .initializer("zero", new long[] {3}, 0f, 0f, 0f)
            .node(
                "norm",
                "BatchNormalization",
                List.of("x", "one", "zero", "zero", "one"),
                List.of("normal", "mean", "var"),
                Attribute.of("training_mode", 1));
    // Pooled, its numbers would be nearly the same for all photos.
    String message = refused(colors(training, "normal"), RESCALED.withFeaturesTensor("normal"));
    assertTrue(message.startsWith(": what it says of a photo depends on the others"), message);
    assertTrue(message.endsWith("export it for inference: model.eval()"), message);
  }

  @Test
  void whatIsNoModelIsRefused() throws IOException {
    Path garbage = Files.writeString(folder.resolve("garbage.onnx"), "no model at all");
    String message =
        assertThrows(OnnxException.class, () -> Backbones.read(garbage, RESCALED)).getMessage();
    assertTrue(message.startsWith(garbage + ": not an ONNX model"), message);
    Path missing = folder.resolve("missing.onnx");
    assertThrows(OnnxException.class, () -> Backbones.read(missing, RESCALED));
    Path colors =
        Path.of(
            System.getProperty("graft.root"),
            "lib/serve/src/test/resources/dev/graft/model-v1.onnx");
    String model =
        assertThrows(BackboneException.class, () -> Backbones.read(colors, RESCALED)).getMessage();
    assertTrue(
        model.startsWith(colors + ": a model file of Graft that its network cannot be taken"),
        model);
  }

  @Test
  void showsWhereAFileCanBeCut() throws IOException {
    Path file = export("resnet-dynamo-18");
    BackboneInspection found = Backbones.inspect(file, 0);
    assertEquals("pytorch 2.8.0+cu128", found.producer());
    assertEquals(18, found.opset());
    assertEquals(10, found.irVersion());
    assertEquals("relu_12", found.featuresTensor());
    assertEquals(ImageLayout.CHANNELS_FIRST, found.layout());
    assertNull(found.problem());
    List<String> points = found.cuts().stream().map(BackboneInspection.Cut::tensor).toList();
    assertEquals(OnnxGraph.read(file).cutPoints().subList(1, points.size() + 1), points);
    long below = 0;
    for (BackboneInspection.Cut cut : found.cuts()) {
      assertTrue(cut.parametersBelow() >= below, cut.toString());
      below = cut.parametersBelow();
      assertEquals(found.parameters(), below + cut.parametersAbove());
    }
    assertEquals(found.parameters(), below);
    // A sum goes on to a ReLU, which ends the block.
    assertEquals(
        List.of("getitem", "add_95", "add_181", "add_267", "add_353", "mean"),
        found.cuts().stream()
            .filter(cut -> !cut.notable())
            .map(BackboneInspection.Cut::tensor)
            .toList());
  }

  @Test
  void saysWhichLayersCouldBeTrained() throws IOException {
    OnnxGraphBuilder network =
        photos("N", 3, 4, 4)
            .initializer("k", new long[] {3, 3, 1, 1}, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f)
            .node("Conv", List.of("x", "k"), "first")
            .node("Sin", List.of("first"), "wave")
            .node("Conv", List.of("wave", "k"), "second");
    BackboneInspection found = Backbones.inspect(file(colors(network, "second").build()), 0);
    assertEquals("second", found.featuresTensor());
    assertEquals("[x FLOAT [N, 3, 4, 4]]", found.inputs().toString());
    assertEquals(List.of("N", "3", "4", "4"), found.inputs().get(0).shape());
    for (BackboneInspection.Cut cut : found.cuts()) {
      assertEquals(List.of("first", "wave").contains(cut.tensor()), cut.belowFeatures());
      if (cut.tensor().equals("first")) {
        assertTrue(cut.obstacle().contains("the operator Sin is not supported"), cut.obstacle());
      } else {
        assertNull(cut.obstacle());
      }
    }
  }

  @Test
  void showsAFileThatCannotBeABackboneToo() throws IOException {
    OnnxGraphBuilder gray =
        photos("N", 1, 4, 4)
            .initializer("w", new long[] {2}, 1f, 2f)
            .node("Mul", List.of("x", "w"), "y")
            .output("y", ElementType.FLOAT, "N", 1, 4, 4);
    BackboneInspection found = Backbones.inspect(file(gray.build()), 0);
    assertEquals(
        "expected an input of 3 colour channels, found x FLOAT [N, 1, 4, 4]", found.problem());
    assertEquals(2, found.parameters());
    assertEquals(List.of(), found.cuts());
    assertNull(found.featuresTensor());
  }

  @Test
  void showsWhereANetworkOfThousandsOfNodesCanBeCut() throws IOException {
    assertCuts(5_000);
  }

  /** A reported kind: time grew with the square of the nodes, and all tensors were kept. */
  @Test
  @Tag("soak")
  void showsWhereANetworkOfTensOfThousandsOfNodesCanBeCut() throws IOException {
    assertCuts(20_000);
  }

  private void assertCuts(int nodes) throws IOException {
    OnnxGraphBuilder deep = photos("N", 3, 64, 64);
    String last = "x";
    for (int i = 0; i < nodes; i++) {
      String next = "abs" + i;
      deep.node("Abs", List.of(last), next);
      last = next;
    }
    BackboneInspection found = Backbones.inspect(file(colors(deep, last).build()), 0);
    assertNull(found.problem());
    assertEquals(nodes + 3, found.cuts().size());
    assertEquals(last, found.featuresTensor());
    assertEquals(List.of(3, 64, 64), found.cuts().get(nodes - 1).shape());
  }

  @Test
  void aDamagedModelFileOfGraftIsRefused() throws IOException {
    Path colors =
        Path.of(
            System.getProperty("graft.root"),
            "lib/serve/src/test/resources/dev/graft/model-v1.onnx");
    Path file = folder.resolve("damaged.onnx");
    ModelBytes.write(file, Files.readAllBytes(colors), false);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 3] ^= 1; // a digit of its checksum
    Files.write(file, bytes);
    String message =
        assertThrows(ModelException.class, () -> Backbones.read(file, RESCALED)).getMessage();
    assertTrue(message.startsWith(file + ": damaged, or changed by another tool: "), message);
  }

  @Test
  void aGraphThatOnnxRuntimeDoesNotSurviveIsRefused() throws IOException {
    OnnxGraphBuilder still =
        photos("N", 3, 4, 4)
            .initializer("k", new long[] {3, 3, 1, 1}, new float[9])
            .node("Conv", List.of("x", "k"), "conv", Attribute.ints("strides", 0, 0));
    assertEquals(
        ": it does not run with a photo of 4x4: ONNX Runtime cannot run net: it has a Conv with"
            + " strides [0, 0]; expected numbers from 1 to 1048576",
        refused(colors(still, "conv")));
  }

  @Test
  void partsOfAnExportTakenApartAndJoinedComputeTheSame() throws Exception {
    for (String name : List.of("vit-dynamo-18", "convnext-dynamo-21", "shufflenet-script-14")) {
      Path file = export(name);
      float[] image = new float[2 * 3 * 32 * 32];
      for (int i = 0; i < image.length; i++) {
        image[i] = i * 37 % 101 / 100f;
      }
      long[] shape = {2, 3, 32, 32};
      OnnxGraph whole = new BackboneFile(file).measured(null, 0, null).graph();
      float[] expected = OrtRun.floats(whole, image, shape).get("logits");
      List<BackboneInspection.Cut> cuts = Backbones.inspect(file, 0).cuts();
      for (int i = 0; i < cuts.size() - 1; i += 2) {
        String tensor = cuts.get(i).tensor();
        OnnxGraph joined = whole.cut(tensor, tensor).then(whole.after(tensor));
        assertArrayEquals(
            expected, OrtRun.floats(joined, image, shape).get("logits"), 1e-5f, tensor);
      }
    }
  }
}

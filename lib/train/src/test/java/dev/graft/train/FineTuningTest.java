package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.augment.Augmentation;
import dev.graft.backbone.Backbone;
import dev.graft.backbone.Backbones;
import dev.graft.backbone.Graphs;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.testing.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On a few photos of test-images and the real EfficientNet-Lite0. */
class FineTuningTest {

  private static final Path SAMPLES = Project.PHOTOS;

  @TempDir private Path folder;
  private Path photos;

  @BeforeEach
  void takeEightPhotosOfTwoClasses() throws IOException {
    photos = folder.resolve("photos");
    for (String name : List.of("birds", "fruit")) {
      Path target = Files.createDirectories(photos.resolve(name));
      try (Stream<Path> files = Files.list(SAMPLES.resolve(name))) {
        for (Path file : files.sorted().limit(8).toList()) {
          Files.copy(file, target.resolve(file.getFileName()));
        }
      }
    }
  }

  @Test
  void changesTheLayersAboveTheCutPointAndNoOthers() throws IOException {
    Path file = folder.resolve("tuned.onnx");
    TrainedModel model = trainer().fineTune(twoEpochs("block15")).train();
    Parity parity = model.exportOnnx(file);
    assertTrue(parity.maxDifference() < 1e-5, parity.toString());
    assertEquals(List.of(1, 2, 3, 4, 5), epochs(model));

    Map<String, Initializer> before = Graphs.of(Backbones.efficientNetLite0()).initializers();
    Map<String, Initializer> after = OnnxGraph.read(file).initializers();
    int changed = 0;
    int kept = 0;
    for (String name : before.keySet()) {
      if (before.get(name).shape().length < 4) {
        continue;
      }
      if (name.startsWith("block15") || name.startsWith("head")) {
        assertFalse(
            Arrays.equals(before.get(name).floats(), after.get(name).floats()),
            name + " is as it was");
        changed++;
      } else {
        assertArrayEquals(before.get(name).floats(), after.get(name).floats(), name);
        kept++;
      }
    }
    assertEquals(4, changed, "the block's three convolutions and the last one");
    assertTrue(kept > 40, kept + " frozen convolutions");
  }

  @Test
  void movesTheBackboneLittleAtASmallRate() throws IOException {
    OnnxGraph before = Graphs.of(Backbones.efficientNetLite0());
    float[] start = firstHead(before);
    float[] slow = firstHead(tuned(twoEpochs("head").withLearningRate(1e-6f)));
    float[] fast = firstHead(tuned(twoEpochs("head").withLearningRate(1e-4f)));
    // Adam's steps are at most about the rate: two epochs of 13 or 14 photos are two steps.
    assertEquals(0, largestDifference(start, slow), 2.1e-6);
    assertTrue(largestDifference(start, fast) > 1e-4, "fast " + largestDifference(start, fast));
  }

  @Test
  void givesTheSameBytesForTheSameSeedEvenWithAugmentation() throws IOException {
    byte[] first = augmented(1);
    assertArrayEquals(first, augmented(1));
    assertFalse(Arrays.equals(first, augmented(2)));
  }

  private byte[] augmented(long seed) throws IOException {
    Path file = folder.resolve("augmented.onnx");
    trainer(LabeledFolderOptions.defaults().withSeed(seed))
        .augment(Augmentation.parse("standard"), 2)
        .fineTune(twoEpochs("head"))
        .train()
        .exportOnnx(file, true);
    return Files.readAllBytes(file);
  }

  @Test
  void trainsAllLayersToo() throws IOException {
    Path file = folder.resolve("all.onnx");
    trainer().fineTune(twoEpochs("all").withEpochs(1)).train().exportOnnx(file);
    float[] before = floats(Graphs.of(Backbones.efficientNetLite0()), "stem");
    float[] after = floats(OnnxGraph.read(file), "stem");
    assertFalse(Arrays.equals(before, after));
  }

  @ParameterizedTest
  @CsvSource({
    "all, input",
    "head, block15",
    "block15, block14",
    "stem, input",
    "1, block15",
    "2, block15/project_in",
    "4, block14",
    "1000, none"
  })
  void findsTheCutPoint(String from, String tensor) throws IOException {
    Backbone backbone = Backbones.efficientNetLite0();
    OnnxGraph graph = Graphs.of(backbone);
    if (tensor.equals("none")) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> backbone.cutPointBelow(from))
              .getMessage();
      assertTrue(message.endsWith("layers with weights, not 1000"), message);
    } else if (!tensor.contains("/")) {
      assertEquals(tensor, backbone.cutPointBelow(from));
    } else {
      String found = backbone.cutPointBelow(from);
      assertTrue(graph.cutPoints().contains(found), found);
    }
  }

  @Test
  void namesTheBlocksThatThereAre() throws IOException {
    Backbone vgg16 = Backbones.vgg16();
    assertEquals("block4_pool", vgg16.cutPointBelow("block5"));
    assertEquals("block4_pool", vgg16.cutPointBelow("3"));
    assertEquals("block5_conv1", vgg16.cutPointBelow("block5_conv1"));
    String message =
        assertThrows(IllegalArgumentException.class, () -> vgg16.cutPointBelow("block6"))
            .getMessage();
    assertEquals(
        "vgg16 has no layers called \"block6\" to fine-tune; expected all, a number of layers, or"
            + " one of block1, block2, block3, block4, block5",
        message);
  }

  private Trainer trainer() throws IOException {
    return trainer(LabeledFolderOptions.defaults());
  }

  private Trainer trainer(LabeledFolderOptions options) throws IOException {
    return Trainer.on(LabeledFolder.open(photos, options))
        .backbone(Backbones.efficientNetLite0())
        .head(Head.linear())
        .threads(2)
        .epochs(3);
  }

  private static FineTuning twoEpochs(String from) {
    return FineTuning.from(from).withEpochs(2);
  }

  private OnnxGraph tuned(FineTuning fineTuning) throws IOException {
    Path file = folder.resolve("tuned.onnx");
    trainer().fineTune(fineTuning).train().exportOnnx(file, true);
    return OnnxGraph.read(file);
  }

  private static List<Integer> epochs(TrainedModel model) {
    return model.report().epochs().stream().map(EpochMetrics::epoch).toList();
  }

  private static float[] firstHead(OnnxGraph graph) {
    return floats(graph, "head");
  }

  /** The first weights whose name begins so. */
  private static float[] floats(OnnxGraph graph, String prefix) {
    return graph.initializers().values().stream()
        .filter(weight -> weight.name().startsWith(prefix) && weight.shape().length == 4)
        .findFirst()
        .orElseThrow()
        .floats();
  }

  private static double largestDifference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }
}

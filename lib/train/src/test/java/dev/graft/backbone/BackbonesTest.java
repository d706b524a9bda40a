package dev.graft.backbone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.onnxruntime.OrtException;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OrtRun;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackbonesTest {

  private static Map<String, float[]> run(Backbone backbone, OnnxGraph graph, byte[] photo)
      throws OrtException {
    return OrtRun.bytes(
        backbone.normalization().toGraph(224, 224).then(graph), photo, 1, 224, 224, 3);
  }

  @Test
  void vgg16MatchesTheCommittedGoldenValues() throws Exception {
    Backbone vgg16 = Backbones.vgg16();
    Golden golden = Golden.committed("vgg16");
    golden.matches(
        run(vgg16, vgg16.graph(), golden.photo()).get("features"), Golden.VGG16_TOLERANCE);
  }

  @Test
  void efficientNetLite0MatchesTheCommittedGoldenValues() throws Exception {
    Backbone lite0 = Backbones.efficientNetLite0();
    Golden features = Golden.committed("efficientnet-lite0");
    Map<String, float[]> outputs = run(lite0, lite0.fullGraph(), features.photo());
    features.matches(outputs.get("features"), Golden.EFFICIENTNET_LITE0_TOLERANCE);
    Golden.committed("efficientnet-lite0-logits")
        .matches(outputs.get("logits"), Golden.EFFICIENTNET_LITE0_TOLERANCE);
  }

  @Test
  void matchTheGoldenFilesBesideTheProject() throws Exception {
    Golden vgg = Golden.shared("vgg16", "features");
    vgg.matches(
        run(Backbones.vgg16(), Backbones.vgg16().graph(), vgg.photo()).get("features"),
        Golden.VGG16_TOLERANCE);
    Backbone lite0 = Backbones.efficientNetLite0();
    Golden lite = Golden.shared("efficientnet-lite0", "features");
    Map<String, float[]> outputs = run(lite0, lite0.fullGraph(), lite.photo());
    lite.matches(outputs.get("features"), Golden.EFFICIENTNET_LITE0_TOLERANCE);
    Golden.shared("efficientnet-lite0", "logits")
        .matches(outputs.get("logits"), Golden.EFFICIENTNET_LITE0_TOLERANCE);
  }

  @Test
  void theCardSaysWhatTheGraphIs() throws IOException {
    for (BackboneCard card : Backbones.all()) {
      OnnxGraph graph = Backbones.named(card.name()).graph();
      assertEquals(
          List.of(card.featuresTensor()),
          graph.outputs().stream().map(info -> info.name()).toList());
      assertEquals(
          card.parameters(),
          // Two numbers are the bounds of ReLU6.
          graph.initializers().values().stream()
              .filter(tensor -> tensor.shape().length > 0)
              .mapToLong(tensor -> tensor.size())
              .sum());
      assertEquals(card.license(), graph.metadata().get("backbone.licence"));
      assertEquals(card.attribution(), graph.metadata().get("backbone.attribution"));
      CutPoint last = card.cutPoints().get(card.cutPoints().size() - 1);
      assertEquals(card.featureShape(), last.shape());
    }
  }

  @Test
  void everyCutPointHasTheShapeThatTheCardSays() throws Exception {
    for (BackboneCard card : Backbones.all()) {
      OnnxGraph graph = Backbones.named(card.name()).graph();
      for (CutPoint cut : card.cutPoints()) {
        // VGG16 takes any size: an eighth of the photo keeps the test short.
        int scale = card.name().equals("vgg16") ? 7 : 1;
        int side = card.inputSize() / scale;
        float[] output =
            OrtRun.floats(
                    graph.cut(cut.tensor(), "cut"), new float[3 * side * side], 1, 3, side, side)
                .get("cut");
        List<Integer> shape = cut.shape();
        assertEquals(
            shape.get(0) * (shape.get(1) / scale) * (shape.get(2) / scale),
            output.length,
            cut.tensor());
      }
    }
  }

  @Test
  void anImageNetClassifierHasNamesForItsLogits() throws IOException {
    List<String> classes = Backbones.efficientNetLite0().classes();
    assertEquals(1000, classes.size());
    assertEquals("tench", classes.get(0));
    assertEquals("daisy", classes.get(985));
    assertEquals(List.of(), Backbones.vgg16().classes());
    assertNull(Backbones.vgg16().card().logitsTensor());
  }

  @Test
  void anotherNormalizationCanBeChosen() {
    Backbone usual = Backbones.vgg16();
    Backbone other = usual.withNormalization(Normalization.rescale());
    assertEquals(Normalization.kerasCaffe(), usual.normalization());
    assertEquals(Normalization.rescale(), other.normalization());
    assertEquals(usual.card(), other.card());
  }

  @Test
  void anUnknownNameIsAnsweredWithTheKnownOnes() {
    assertEquals(
        "no backbone is called \"vgg19\"; the known ones are vgg16, efficientnet-lite0",
        assertThrows(IllegalArgumentException.class, () -> Backbones.named("vgg19")).getMessage());
  }
}

package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.backbone.Backbone;
import dev.graft.backbone.BackboneOptions;
import dev.graft.backbone.Backbones;
import dev.graft.backbone.Graphs;
import dev.graft.backbone.Normalization;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.djl.TrainableGraph;
import dev.graft.model.ModelFile;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.recipe.Head;
import dev.graft.serve.Classifier;
import dev.graft.testing.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole trainings on small exports of other programs. */
class BackboneFileTrainingTest {

  private static final Path SAMPLES = Project.PHOTOS;

  @TempDir private Path folder;

  private static Trainer trainer(Backbone backbone) throws IOException {
    LabeledFolderOptions options =
        LabeledFolderOptions.defaults().withClasses(List.of("birds", "fruit"));
    return Trainer.on(LabeledFolder.open(SAMPLES, options)).backbone(backbone);
  }

  @ParameterizedTest
  @CsvSource({
    // Opset 11 to 23, maps, pooled features and tokens, channels first and last.
    "vgg-script-11,, flatten-dense",
    "vgg-keras,, linear",
    "mobilenetv3-rescaling-keras,, flatten-dense",
    "mobilenetv3-script-13,, linear",
    "efficientnetv2-dynamo-20,, linear",
    "convnext-dynamo-21,, flatten-dense",
    "vit-dynamo-23,, linear",
    "vit-script-17, /encoder/ln/LayerNormalization_output_0, linear",
    "vit-script-17, /encoder/ln/LayerNormalization_output_0, flatten-dense",
  })
  void everyBackboneGivesAFileThatComputesWhatWasTrained(String name, String tensor, String head)
      throws Exception {
    Backbone backbone =
        Backbones.read(
            ExportsTest.Export.folder().resolve(name + ".onnx"),
            BackboneOptions.defaults()
                .withNormalization(Normalization.torchvision())
                .withFeaturesTensor(tensor));
    Path file = folder.resolve("model.onnx");
    Parity parity =
        trainer(backbone)
            .head(head.equals("linear") ? Head.linear() : Head.flattenDense(4, 0))
            .epochs(2)
            .train()
            .exportOnnx(file);
    assertTrue(parity.maxDifference() <= 1e-5, parity.toString());
    assertNull(parity.headOnly());
    assertEquals(name, ModelFile.read(file).backbone().name());
    assertEquals("unknown", ModelFile.read(file).backbone().licence());
    assertEquals("torchvision", ModelFile.read(file).backbone().normalization());
    try (Classifier classifier = Classifier.open(file)) {
      Path lemon = SAMPLES.resolve("fruit/lemon.jpg");
      assertEquals(2, classifier.classify(lemon).ranked().size());
    }
  }

  @Test
  void aModelOfGraftIsABackboneAsItIs() throws Exception {
    Backbone first =
        Backbones.read(
            ExportsTest.Export.folder().resolve("resnet-keras.onnx"),
            BackboneOptions.defaults().withNormalization(Normalization.kerasCaffe()));
    Path model = folder.resolve("first.onnx");
    trainer(first).head(Head.linear()).epochs(1).train().exportOnnx(model);
    Backbone second = Backbones.read(model, BackboneOptions.defaults());
    assertEquals("first", second.card().name());
    assertEquals(first.card().featuresTensor(), second.card().featuresTensor());
    assertEquals(first.card().featureShape(), second.card().featureShape());
    assertEquals(first.normalization(), second.normalization());
    assertEquals(first.inputLayout(), second.inputLayout());
    assertEquals(
        "first.onnx, trained by Graft on resnet-keras; resnet-keras.onnx, written by tf2onnx 1.17.0"
            + " None",
        second.card().source());
    assertEquals(Map.of(), Graphs.of(second).metadata());
    Parity parity =
        trainer(second)
            .head(Head.linear())
            .epochs(1)
            .train()
            .exportOnnx(folder.resolve("second.onnx"));
    assertNull(parity.headOnly());
  }

  @Test
  void whatDjlCannotComputeIsLeftOutOfTheComparisonAndSaid() throws Exception {
    OnnxGraph graph =
        OnnxGraph.builder("waves", 17)
            .input("x", ElementType.FLOAT, "N", 3, 16, 16)
            .node("Sin", List.of("x"), "wave")
            .node("wave2", "Cos", List.of("wave"), List.of("waves"))
            .node("GlobalAveragePool", List.of("waves"), "pool")
            .node("Flatten", List.of("pool"), "flat")
            .initializer("m", new long[] {3, 2}, 1f, 2f, 3f, 4f, 5f, 6f)
            .node("MatMul", List.of("flat", "m"), "logits")
            .output("logits", ElementType.FLOAT, "N", 2)
            .build();
    Path file = Files.write(folder.resolve("waves.onnx"), graph.toBytes());
    Backbone backbone =
        Backbones.read(file, BackboneOptions.defaults().withNormalization(Normalization.kerasTf()));
    Parity parity =
        trainer(backbone)
            .head(Head.flattenDense(4, 0))
            .epochs(1)
            .train()
            .exportOnnx(folder.resolve("model.onnx"));
    assertTrue(parity.maxDifference() <= 1e-5, parity.toString());
    assertEquals(
        "the Sin node \"wave\" that makes [wave] cannot be trained: the operator Sin is not"
            + " supported",
        parity.headOnly());
    assertEquals(Optional.of(parity.headOnly()), TrainableGraph.obstacle(Graphs.of(backbone)));
    assertEquals(
        Optional.of(
            "the Cos node \"wave2\" that makes [waves] cannot be trained: the operator Cos is not"
                + " supported"),
        TrainableGraph.obstacle(Graphs.of(backbone).after("wave")));
    assertEquals(Optional.empty(), TrainableGraph.obstacle(graph.after("waves")));
    assertTrue(TrainableGraph.operators().contains("LayerNormalization"));
  }
}

package dev.graft.bench;

import dev.graft.backbone.Backbone;
import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.LabeledPhoto;
import dev.graft.features.FeatureExtractor;
import dev.graft.fit.HeadGraph;
import dev.graft.fit.ModelGraph;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.recipe.Head;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Times a cold training up to its features against ONNX Runtime alone on pixels already read, in
 * turn. The argument is a folder to train on.
 */
final class FeatureBenchmark {

  private static final int ROUNDS = 5;

  private FeatureBenchmark() {}

  public static void main(String[] args) throws IOException {
    LabeledFolder folder =
        LabeledFolder.open(
            Path.of(args[0]), LabeledFolderOptions.defaults().withValidationSplit(0));
    Backbone backbone = Backbones.vgg16();
    var preprocessing = backbone.preprocessing();
    List<Pixels> pixels = new ArrayList<>();
    for (LabeledPhoto photo : folder.photos()) {
      pixels.add(PhotoReader.create().read(photo.path(), preprocessing));
    }
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      try (FeatureExtractor extractor =
          FeatureExtractor.onCpu(
              ModelGraph.backbone(backbone)
                  .then(ModelGraph.vector(backbone, Head.flattenDense(), 17)),
              HeadGraph.INPUT,
              0)) {
        extractor.rows(pixels);
      }
      double alone = (System.nanoTime() - start) / 1e9;
      TrainingReport report =
          Trainer.on(folder)
              .backbone(backbone)
              .head(Head.flattenDense(2, 0))
              .epochs(1)
              .train()
              .report();
      double cold = report.timing().features();
      ratios.add(cold / alone);
      System.out.printf(
          Locale.ROOT,
          "%d photos: reading and features %.1f s, ONNX Runtime alone %.1f s, ratio %.2f%n",
          pixels.size(),
          cold,
          alone,
          cold / alone);
    }
    System.out.printf(
        Locale.ROOT,
        "median ratio %.2f%n",
        ratios.stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow());
  }
}

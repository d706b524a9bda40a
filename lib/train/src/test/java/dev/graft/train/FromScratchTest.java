package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.evaluate.Evaluator;
import dev.graft.evaluate.SingleLabelEvaluation;
import dev.graft.optimize.Schedule;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import dev.graft.serve.Classifier;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The small network on scikit-learn's 1797 digits of 8 x 8 pixels (make_digits.py). */
class FromScratchTest {

  private static final int SIDE = 8;

  @TempDir private Path folder;
  private LabeledFolder digits;

  @BeforeEach
  void writeDigitsAsPhotos() throws IOException {
    byte[] all;
    try (InputStream in = FromScratchTest.class.getResourceAsStream("digits.bin")) {
      all = in.readAllBytes();
    }
    int size = 1 + SIDE * SIDE;
    for (int at = 0; at < all.length; at += size) {
      BufferedImage photo = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
      for (int i = 0; i < SIDE * SIDE; i++) {
        photo.getRaster().setSample(i % SIDE, i / SIDE, 0, all[at + 1 + i] & 0xff);
      }
      Path label = Files.createDirectories(folder.resolve("digits").resolve("" + all[at]));
      ImageIO.write(photo, "png", label.resolve(at / size + ".png").toFile());
    }
    digits = LabeledFolder.open(folder.resolve("digits"));
  }

  /** Measured: 0.982 of 396 validation digits. */
  @Test
  void learnsDigitsAndServesThemLikeAnyOther() throws Exception {
    TrainedModel model =
        Trainer.on(digits)
            .backbone(Backbones.untrained(32, 42))
            .head(Head.flattenDense(64, 0))
            .hyperparameters(Hyperparameters.of(12, 32, 2e-3f).withSchedule(new Schedule.Cosine()))
            .train();
    assertEquals(396, model.report().validation().n());
    assertTrue(
        model.report().validation().accuracy() > 0.97, model.report().validation().toString());
    Path file = folder.resolve("digits.onnx");
    Parity parity = model.exportOnnx(file);
    assertTrue(parity.maxDifference() < 1e-5, parity.toString());
    try (Classifier classifier = Classifier.open(file)) {
      SingleLabelEvaluation all = (SingleLabelEvaluation) Evaluator.evaluate(classifier, digits);
      assertTrue(all.accuracy() > 0.98, all.toString());
    }
  }
}

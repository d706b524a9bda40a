package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.recipe.Head;
import dev.graft.serve.Classifier;
import dev.graft.testing.JavaProcess;
import dev.graft.testing.Project;
import dev.graft.testing.ResidentMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Watches a process that trains, exports and classifies again and again, its heap of a fixed size
 * and all in memory: what its resident memory (VmRSS) grows by is native.
 */
@Tag("soak")
class NativeMemoryTest {

  private static final int WARM_UP = 2;
  private static final int ROUNDS = 5;
  private static final int CLASSIFICATIONS = 1000;

  @TempDir private Path folder;

  @Test
  @Timeout(900)
  void staysFlatOverFiveTrainingsAndFiveThousandClassifications() throws Exception {
    ResidentMemory.assumeSeen();
    String said =
        JavaProcess.of(NativeMemoryTest.class)
            .withSteadyMemory(400)
            .arguments(folder)
            .run()
            .outputOfSuccess();
    List<Integer> resident = new ArrayList<>();
    for (String line : said.lines().toList()) {
      if (line.startsWith("resident ")) {
        System.out.println(line);
        resident.add(Integer.parseInt(line.replaceAll("\\D+", "")));
      }
    }
    assertEquals(WARM_UP + ROUNDS, resident.size());
    int grown = resident.get(resident.size() - 1) - resident.get(WARM_UP - 1);
    // A model's weights or a batch's features left open in each round would be 90 MB and more.
    assertTrue(grown < 30_000, "resident memory grew by " + grown + " kB: " + resident);
  }

  /** Prints after each round how many kB are resident. */
  public static void main(String[] args) throws Exception {
    Path model = Path.of(args[0], "model.onnx");
    LabeledFolder photos = LabeledFolder.open(Project.PHOTOS);
    for (int round = 0; round < WARM_UP + ROUNDS; round++) {
      Trainer.on(photos)
          .backbone(Backbones.efficientNetLite0())
          .head(round % 2 == 0 ? Head.linear() : Head.flattenDense(64, 0.5f))
          .epochs(3)
          .train()
          .exportOnnx(model, true);
      try (Classifier classifier = Classifier.open(model)) {
        for (int i = 0; i < CLASSIFICATIONS; i++) {
          LabeledPhoto photo = photos.photos().get(i % photos.photos().size());
          classifier.classify(photo.path());
        }
      }
      System.out.println("resident " + ResidentMemory.kilobytes() + " kB");
    }
  }
}

package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.augment.Augmentation;
import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.recipe.Head;
import dev.graft.recipe.TrainingException;
import dev.graft.testing.Ended;
import dev.graft.testing.JavaProcess;
import dev.graft.testing.Project;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TrainingMemoryTest {

  private static final long MB = 1 << 20;

  @TempDir private Path folder;

  private static TrainingMemory head(long features, long weights) {
    return new TrainingMemory(0, features, 0, false, 0, 0, weights, weights, 2, false);
  }

  @Test
  void isWhatTheHighestOfItsPhasesTakes() {
    long features = 1000 * MB;
    long base = head(0, 0).live() - 64 * MB; // photos are read
    assertEquals(base + features + 64 * MB, head(features, MB).live());
    // A graph, two moments and the state after an epoch; or numbers, bytes and two graphs.
    assertEquals(base + features + 4 * 100 * MB, head(features, 100 * MB).live());
    TrainingMemory moments =
        new TrainingMemory(0, features, 0, false, 0, 0, 100 * MB, 100 * MB, 6, false);
    assertEquals(base + features + 8 * 100 * MB, moments.live());
    // The Gram matrix of floats, its factor of doubles and half of it once more.
    TrainingMemory spanned =
        new TrainingMemory(50 * MB, features, 0, false, 4096, 5000, MB, MB, 2, false);
    assertEquals(base + 50 * MB + features + 16 * 16 * MB, spanned.live());
    TrainingMemory tested =
        new TrainingMemory(50 * MB, MB, features, true, 0, 0, MB, 50 * MB, 2, false);
    assertEquals(base + 50 * MB + 50 * MB + features + 64 * MB + MB, tested.live());
    TrainingMemory exported = new TrainingMemory(500 * MB, 0, 0, false, 0, 0, MB, MB, 2, false);
    assertEquals(base + 500 * MB + MB + 2 * 501 * MB, exported.live());
    assertTrue(exported.heap() > exported.live());
  }

  /**
   * As many features as the check lets pass, at several heaps and collectors: the training and the
   * export get on with what there is.
   */
  @Test
  @Tag("soak")
  @Timeout(1800)
  void isEnoughForWhatItLetsPass() throws Exception {
    List<String> accepted = new ArrayList<>();
    for (int hidden : new int[] {8, 64}) {
      for (int megabytes : new int[] {288, 384, 512}) {
        for (String collector : List.of("Serial", "Parallel", "G1")) {
          String run = "%d units, %d MB, %s".formatted(hidden, megabytes, collector);
          Ended ended =
              JavaProcess.of(TrainingMemoryTest.class)
                  .options("-Xmx" + megabytes + "m", "-XX:+Use" + collector + "GC")
                  .arguments(folder, hidden)
                  .run();
          assertEquals(0, ended.code(), run + ": " + ended);
          ended
              .out()
              .lines()
              .filter(line -> line.startsWith("trained with "))
              .forEach(line -> accepted.add(run + ": " + line));
        }
      }
    }
    accepted.forEach(System.out::println);
    assertTrue(accepted.size() > 9, accepted.toString());
  }

  /** Trains and exports with as many variants as the check allows. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    LabeledFolder photos = LabeledFolder.open(Project.PHOTOS);
    Path cache = folder.resolve("cache");
    for (int variants = 12; variants > 0; variants--) {
      try {
        Trainer.on(photos)
            .backbone(Backbones.efficientNetLite0())
            .head(Head.flattenDense(Integer.parseInt(args[1]), 0.5f))
            .augment(Augmentation.parse("flips"), variants)
            .epochs(3)
            .cache(cache)
            .checkpoint(folder.resolve("checkpoint"))
            .train()
            .exportOnnx(folder.resolve("model.onnx"), true);
        System.out.println("trained with " + variants + " variants");
        return;
      } catch (TrainingException e) {
        if (!e.getMessage().startsWith("training needs some ")) {
          throw e;
        }
      }
    }
    System.out.println("refused");
  }
}

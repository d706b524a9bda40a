package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.recipe.Head;
import dev.graft.serve.Classifier;
import java.io.IOException;
import java.nio.file.Files;
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

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int WARM_UP = 2;
  private static final int ROUNDS = 5;
  private static final int CLASSIFICATIONS = 1000;

  @TempDir private Path folder;

  @Test
  @Timeout(900)
  void staysFlatOverFiveTrainingsAndFiveThousandClassifications() throws Exception {
    assumeTrue(Files.exists(STATUS), "needs Linux's /proc to see the memory of a process");
    Path out = folder.resolve("out");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms400m",
                "-Xmx400m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-Dgraft.root=" + System.getProperty("graft.root"),
                "-cp",
                System.getProperty("java.class.path"),
                NativeMemoryTest.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    // Memory that is free goes back to the system at once, from one arena for all threads. Else
    // what
    // glibc keeps is chance: some 60 MB, up and down, with nothing leaking.
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
    Process process = builder.start();
    try {
      assertEquals(0, process.waitFor(), () -> String.join("\n", lines(out)));
    } finally {
      process.destroyForcibly();
    }
    List<Integer> resident = new ArrayList<>();
    for (String line : lines(out)) {
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

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }

  /** Prints after each round how many kB are resident. */
  public static void main(String[] args) throws Exception {
    Path model = Path.of(args[0], "model.onnx");
    LabeledFolder photos =
        LabeledFolder.open(Path.of(System.getProperty("graft.root"), "test-images", "photos"));
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
      System.out.println("resident " + residentKilobytes() + " kB");
    }
  }

  private static int residentKilobytes() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("VmRSS:")) {
        return Integer.parseInt(line.replaceAll("\\D+", ""));
      }
    }
    throw new IOException(STATUS + " has no VmRSS");
  }
}

package dev.graft.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.photo.Pixels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Watches a process that does nothing but classify, its heap of a fixed size and all in memory:
 * what its resident memory (VmRSS) grows by is native.
 */
class NativeMemoryTest {

  private static final Path STATUS = Path.of("/proc/self/status");

  @TempDir Path folder;

  @Test
  @Timeout(60)
  void staysFlatOverThousandsOfClassifications() throws Exception {
    assertFlat(5_000, 5);
  }

  @Test
  @Tag("soak")
  void staysFlatOverMillionsOfClassifications() throws Exception {
    assertFlat(200_000, 500);
  }

  private void assertFlat(int rounds, int openings) throws Exception {
    assumeTrue(Files.exists(STATUS), "needs Linux's /proc to see the memory of a process");
    Path model = TestPhotos.model(folder);
    Path out = folder.resolve("out");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                NativeMemoryTest.class.getName(),
                model.toString(),
                Integer.toString(rounds),
                Integer.toString(openings))
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    // Memory that is free goes back to the system at once, from one arena for all threads. Else
    // what
    // glibc keeps is chance: some 10 MB, up and down, with nothing leaking.
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
    Process process = builder.start();
    try {
      assertEquals(0, process.waitFor(), () -> read(out));
    } finally {
      process.destroyForcibly();
    }
    int grown = Integer.parseInt(read(out).strip());
    // Java's compiler and pages of 2 MB make it go up and down by some 4 MB, in 60,000 rounds as in
    // 5,000. A result not closed costs 23 MB in 5,000 rounds.
    assertTrue(grown < 10_000, "resident memory grew by " + grown + " kB");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Prints by how many kB the process grew. */
  public static void main(String[] args) throws Exception {
    Path model = Path.of(args[0]);
    work(model, 5_000, 5);
    int before = residentKilobytes();
    work(model, Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    System.out.println(residentKilobytes() - before);
  }

  private static void work(Path model, int rounds, int openings) throws IOException {
    List<Pixels> batch = Collections.nCopies(20, TestPhotos.pixels(1, 2, 3));
    for (int opening = 0; opening < openings; opening++) {
      try (Classifier classifier = Classifier.open(model)) {
        for (int i = 0; i < rounds / openings; i++) {
          classifier.classifyAll(batch);
          classifier.classify(batch.get(0));
        }
      }
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

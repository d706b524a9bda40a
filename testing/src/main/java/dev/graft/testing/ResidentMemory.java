package dev.graft.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process has: Linux tells (VmRSS). */
public final class ResidentMemory {

  private static final Path STATUS = Path.of("/proc/self/status");

  private ResidentMemory() {}

  /** Skips a test where no process can see its memory. */
  public static void assumeSeen() {
    assumeTrue(Files.exists(STATUS), "needs Linux's /proc to see the memory of a process");
  }

  /** {@return the resident memory, or 0 where it cannot be seen} */
  public static int kilobytes() throws IOException {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("VmRSS:")) {
        return Integer.parseInt(line.replaceAll("\\D+", ""));
      }
    }
    throw new IOException(STATUS + " has no VmRSS");
  }
}

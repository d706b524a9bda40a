package dev.graft.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has left: its exit code, and all that it said. */
public record Ended(int code, String out, String err) {

  /**
   * Starts a process with an empty standard input and waits for its end. Both streams go to files,
   * so that neither can block it, and that a test's {@code @Timeout} can interrupt the waiting.
   */
  public static Ended of(ProcessBuilder builder) throws IOException, InterruptedException {
    Path out = Files.createTempFile("graft", ".out");
    Path err = Files.createTempFile("graft", ".err");
    try {
      Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      try {
        process.getOutputStream().close();
        int code = process.waitFor();
        return new Ended(code, Files.readString(out, UTF_8), Files.readString(err, UTF_8));
      } finally {
        process.destroyForcibly();
      }
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** Checks all of it. */
  public void is(int expectedCode, String expectedOut, String expectedErr) {
    assertEquals(expectedErr, err);
    assertEquals(expectedOut, out);
    assertEquals(expectedCode, code);
  }

  /** {@return what a process said that has ended well} */
  public String outputOfSuccess() {
    assertEquals(0, code, this::toString);
    return out;
  }
}

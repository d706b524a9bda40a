package dev.graft.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** What not every system has; tests are skipped where it is missing. */
public final class Posix {

  private Posix() {}

  /** Skips a test on Windows. */
  public static void assumeThere() {
    assumeFalse(System.getProperty("os.name").startsWith("Windows"), "needs a POSIX system");
  }

  /** Makes a symbolic link. */
  public static Path link(Path link, Path target) throws IOException {
    try {
      return Files.createSymbolicLink(link, target);
    } catch (UnsupportedOperationException | IOException e) {
      assumeTrue(false, "cannot make symbolic links here: " + e);
      throw e;
    }
  }

  /** Skips a test where file names cannot have all letters. */
  public static void assumeUnicodeNames() {
    String encoding = System.getProperty("sun.jnu.encoding");
    assumeTrue(
        Charset.forName(encoding).newEncoder().canEncode("\u6a31"),
        "this locale has no Unicode file names: " + encoding);
  }

  /** Sends a signal, such as {@code "TERM"}. */
  public static void signal(String name, ProcessHandle process)
      throws IOException, InterruptedException {
    String pid = Long.toString(process.pid());
    assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).start().waitFor());
  }

  /**
   * What a command begins with to be run by a user to whom this one's files are read-only: nothing,
   * unless this one is root. Others may then read the folder.
   */
  public static List<String> asNobody(Path folder) throws IOException {
    if (!System.getProperty("user.name").equals("root")) {
      return List.of();
    }
    Path setpriv = Path.of("/usr/bin/setpriv");
    assumeTrue(Files.isExecutable(setpriv), "root needs setpriv to be somebody else");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return List.of(setpriv.toString(), "--reuid=65534", "--regid=65534", "--clear-groups");
  }
}

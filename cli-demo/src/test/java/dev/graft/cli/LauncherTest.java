package dev.graft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.testing.Ended;
import dev.graft.testing.Posix;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The script {@code graft} in a checkout of its own, with a Maven that only tells how it was
 * called, and makes a distribution that does no more: a real build inside the build would take half
 * a minute each time.
 */
@Timeout(60)
class LauncherTest {

  private static final String FIRST_USE =
      "graft: building on first use; downloads about 240 MB if Maven has none of it yet ...\n";
  private static final String CHANGED = "graft: sources have changed, building ...\n";

  @TempDir Path temp;
  private Path root;
  private final Map<String, String> environment = new LinkedHashMap<>();

  @BeforeAll
  static void needsAShell() {
    Posix.assumeThere();
  }

  @BeforeEach
  void checkout() throws IOException {
    root = Files.createDirectories(temp.toRealPath().resolve("check out"));
    Files.copy(Cli.ROOT.resolve("graft"), root.resolve("graft"));
    for (String folder :
        List.of(
            ".mvn", "pretrained", "tools", "lib/src/test", "cli-demo/src", "test-images/photos")) {
      Files.createDirectories(root.resolve(folder));
    }
    Files.writeString(root.resolve("pom.xml"), "");
    Path bin = Files.createDirectories(temp.resolve("jdk/bin"));
    script(
        bin.resolve("mvn"),
        """
        [ ! -e broken ] || { echo '[ERROR] cannot find symbol'; exit 1; }
        [ ! -e endless ] || exec sleep 600
        echo 'noise of Maven'
        echo "$*" > "$0.arguments"
        mkdir -p cli-demo/target/graft-1/bin cli-demo/target/graft-1/lib
        cat > cli-demo/target/graft-1/bin/graft <<'END'
        #!/bin/sh
        for last; do :; done
        printf "%s, in %s\\n" "$last" "${GRAFT_CHECKOUT##*/}"
        exit 3
        END
        chmod +x cli-demo/target/graft-1/bin/graft
        echo graft-1 > cli-demo/target/distribution.txt
        """);
    environment.put("PATH", bin + ":" + System.getenv("PATH"));
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\nset -eu\n" + text);
    assertTrue(file.toFile().setExecutable(true, /* ownerOnly= */ false));
  }

  private ProcessBuilder process(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile());
    builder.environment().putAll(environment);
    return builder;
  }

  private Ended graft(Path launcher, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("/bin/sh", launcher.toString()));
    command.addAll(List.of(arguments));
    return Ended.of(process(command));
  }

  private Ended graft(String... arguments) throws Exception {
    return graft(root.resolve("graft"), arguments);
  }

  private static final String RAN = "a  b*, in check out\n";

  @Test
  void buildsOnceWithoutMavensNoiseAndPassesOnArgumentsAndExitCode() throws Exception {
    graft("classify", "a  b*").is(3, RAN, FIRST_USE);
    graft("classify", "a  b*").is(3, RAN, "");
    assertFalse(Files.exists(root.resolve(".graft-build")));
  }

  @Test
  void buildsForGpusAgainWhatWasBuiltForGpus() throws Exception {
    Path arguments = temp.resolve("jdk/bin/mvn.arguments");
    graft("classify", "a  b*").is(3, RAN, FIRST_USE);
    assertFalse(Files.readString(arguments).contains("gpu"), Files.readString(arguments));
    Files.createFile(root.resolve("cli-demo/target/graft-1/lib/onnxruntime_gpu-1.26.0.jar"));
    change(root.resolve("pom.xml"));
    graft("classify", "a  b*").is(3, RAN, CHANGED);
    assertTrue(Files.readString(arguments).contains(" -Pgpu "), Files.readString(arguments));
  }

  @ParameterizedTest
  @CsvSource({
    "pom.xml, true",
    "lib/src/New.java, true",
    ".mvn/jvm.config, true",
    "lib/src/test/SomeTest.java, false",
    "lib/target/classes, false",
    "README.md, false"
  })
  void buildsAgainWhereSourcesAreNewer(String file, boolean builds) throws Exception {
    graft("info", "a  b*").is(3, RAN, FIRST_USE);
    Path changed = root.resolve(file);
    Files.createDirectories(changed.getParent());
    setTimes(root, Instant.now().minusSeconds(60));
    change(changed);
    graft("info", "a  b*").is(3, RAN, builds ? CHANGED : "");
  }

  private static void change(Path file) throws IOException {
    Files.writeString(file, "changed");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
  }

  /** As after git has been to another branch and back. */
  @Test
  void doesNotBuildAgainWhereNewerSourcesAreEqual() throws Exception {
    graft("info", "a  b*").is(3, RAN, FIRST_USE);
    Files.setLastModifiedTime(root.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(1)));
    graft("info", "a  b*").is(3, RAN, "");
  }

  @Test
  void buildsAgainWhereASourceIsGone() throws Exception {
    Path source = Files.createFile(root.resolve("cli-demo/src/Old.java"));
    graft("info", "a  b*").is(3, RAN, FIRST_USE);
    setTimes(root, Instant.now().minusSeconds(60));
    Files.delete(source);
    graft("info", "a  b*").is(3, RAN, CHANGED);
  }

  /** What Maven was called for by hand, for example by {@code mvn install}, is up to date too. */
  @Test
  void doesNotBuildAgainWhatMavenHasBuilt() throws Exception {
    Ended.of(new ProcessBuilder(temp.resolve("jdk/bin/mvn").toString()).directory(root.toFile()))
        .outputOfSuccess();
    graft("info", "a  b*").is(3, RAN, "");
  }

  /** With permissions alone, or, as root may do everything, as nobody. */
  private Ended graftThatCannotWrite() throws Exception {
    List<String> command = new ArrayList<>(Posix.asNobody(temp));
    command.addAll(List.of("/bin/sh", root.resolve("graft").toString(), "info", "a  b*"));
    if (command.get(0).equals("/bin/sh")) {
      assertTrue(root.toFile().setWritable(false));
    }
    try {
      return Ended.of(process(command));
    } finally {
      assertTrue(root.toFile().setWritable(true));
    }
  }

  @Test
  void runsWhatIsThereWhereSourcesAreNewerAndNothingCanBeWritten() throws Exception {
    graft("info", "a  b*");
    setTimes(root, Instant.now().minusSeconds(60));
    change(root.resolve("pom.xml"));
    Ended ran = graftThatCannotWrite();
    String said = "graft: sources have changed, but " + root + " cannot be written (it is ";
    assertTrue(ran.err().startsWith(said), ran.err());
    assertTrue(ran.err().endsWith("'s): running what was built before\n"), ran.err());
    assertEquals(RAN, ran.out());
    assertEquals(3, ran.code());
  }

  @Test
  void saysAtOnceThatItCannotBuildWhereNothingCanBeWritten() throws Exception {
    Ended ran = graftThatCannotWrite();
    String said = "graft: Graft has not been built here yet, and " + root + " cannot be written";
    assertTrue(ran.err().startsWith(said), ran.err());
    assertTrue(
        ran.err().endsWith("run ./graft once as its owner, or copy the checkout\n"), ran.err());
    assertEquals(1, ran.code());
  }

  @Test
  void waitsForAnotherBuildAndSaysSo() throws Exception {
    Process other = new ProcessBuilder("sleep", "600").start();
    Files.createDirectories(root.resolve(".graft-build"));
    Files.writeString(root.resolve(".graft-build/pid"), other.pid() + "\n");
    Process waiting =
        process(List.of("/bin/sh", root.resolve("graft").toString(), "info", "a  b*")).start();
    try {
      BufferedReader err = waiting.errorReader(UTF_8);
      assertEquals(
          "graft: process " + other.pid() + " is building, waiting for it ...", err.readLine());
      other.destroyForcibly().waitFor();
      assertEquals(FIRST_USE.strip(), err.readLine());
      assertEquals(3, waiting.waitFor());
    } finally {
      other.destroyForcibly();
      waiting.destroyForcibly();
    }
  }

  @ParameterizedTest
  @CsvSource({"HUP, 129", "TERM, 143"})
  void endsTheBuildWhenStopped(String signal, int code) throws Exception {
    Files.createFile(root.resolve("endless"));
    Process building =
        process(List.of("/bin/sh", root.resolve("graft").toString(), "info", "a  b*")).start();
    try {
      BufferedReader err = building.errorReader(UTF_8);
      assertEquals(FIRST_USE.strip(), err.readLine());
      Posix.signal(signal, building.toHandle());
      assertEquals("graft: stopped", err.readLine());
      assertEquals(code, building.waitFor());
      assertFalse(Files.exists(root.resolve(".graft-build")));
      assertEquals(0, building.descendants().count());
    } finally {
      building.destroyForcibly();
    }
  }

  private static void setTimes(Path folder, Instant time) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(time));
      }
    }
  }

  @Test
  void showsWhatMavenSaysOfABrokenBuild() throws Exception {
    Files.writeString(root.resolve("broken"), "");
    String broken = "[ERROR] cannot find symbol\ngraft: the build failed, see above\n";
    graft("info").is(1, "", FIRST_USE + broken);
    assertFalse(Files.exists(root.resolve(".graft-build")));
  }

  @Test
  void buildsAgainAfterABrokenBuild() throws Exception {
    graft("info", "a  b*");
    setTimes(root, Instant.now().minusSeconds(60));
    Files.writeString(root.resolve("lib/src/New.java"), "");
    Files.writeString(root.resolve("broken"), "");
    assertEquals(1, graft("info", "a  b*").code());
    Files.delete(root.resolve("broken"));
    graft("info", "a  b*").is(3, RAN, CHANGED);
  }

  @Test
  void takesNoNoticeOfTheLockOfAKilledBuild() throws Exception {
    Files.createDirectories(root.resolve(".graft-build"));
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    Files.writeString(root.resolve(".graft-build/pid"), ended.pid() + "\n");
    graft("info", "a  b*").is(3, RAN, FIRST_USE);
  }

  @Test
  void findsItsCheckoutThroughALink() throws Exception {
    Files.createSymbolicLink(temp.resolve("link"), root.resolve("graft"));
    Files.createDirectories(temp.resolve("bin"));
    Path link = temp.resolve("bin/graft");
    Files.createSymbolicLink(link, Path.of("../link"));
    graft(link, "info", "a  b*").is(3, RAN, FIRST_USE);
  }
}

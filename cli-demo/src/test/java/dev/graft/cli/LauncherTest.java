package dev.graft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
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
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The script {@code graft} in a checkout of its own, with a Maven and a Java that only tell how
 * they were called: a real build inside the build would take half a minute each time.
 */
@Timeout(60)
class LauncherTest {

  private static final String FIRST_USE =
      "graft: building on first use; downloads about 220 MB if Maven has none of it yet ...\n";
  private static final String CHANGED = "graft: sources have changed, building ...\n";

  @TempDir Path temp;
  private Path root;
  private final Map<String, String> environment = new LinkedHashMap<>();

  @BeforeAll
  static void needsAShell() {
    assumeTrue(!System.getProperty("os.name").startsWith("Windows"), "needs a POSIX shell");
  }

  @BeforeEach
  void checkout() throws IOException {
    root = Files.createDirectories(temp.toRealPath().resolve("check out"));
    Files.copy(Cli.ROOT.resolve("graft"), root.resolve("graft"));
    for (String folder : new String[] {".mvn", "pretrained", "lib/src/test", "cli-demo/src"}) {
      Files.createDirectories(root.resolve(folder));
    }
    Files.writeString(root.resolve("pom.xml"), "");
    Path bin = Files.createDirectories(temp.resolve("jdk/bin"));
    script(
        bin.resolve("mvn"),
        """
        [ ! -e broken ] || { echo 'cannot find symbol'; exit 1; }
        echo 'noise of Maven'
        echo "$*" > "$0.arguments"
        mkdir -p cli-demo/target && printf one.jar:two.jar > cli-demo/target/class-path.txt
        """);
    script(
        bin.resolve("java"),
        """
        for last; do :; done
        printf "%s, LC_ALL=%s\\n" "$last" "${LC_ALL:-}"
        exit 3
        """);
    environment.put("PATH", bin + ":" + System.getenv("PATH"));
    environment.put("JAVA_HOME", temp.resolve("jdk").toString());
    environment.put("LC_ALL", "C.UTF-8");
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\nset -eu\n" + text);
    assertTrue(file.toFile().setExecutable(true));
  }

  private Cli graft(Path launcher, String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", launcher.toString());
    builder.command().addAll(List.of(arguments));
    builder.directory(temp.toFile());
    builder.environment().remove("LANG");
    builder.environment().remove("LC_CTYPE");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Cli(process.waitFor(), out, err);
  }

  private Cli graft(String... arguments) throws Exception {
    return graft(root.resolve("graft"), arguments);
  }

  private static final String RAN = "a  b*, LC_ALL=C.UTF-8\n";

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
    Files.writeString(
        root.resolve("cli-demo/target/class-path.txt"), "one.jar:onnxruntime_gpu-1.26.0.jar");
    Files.setLastModifiedTime(
        root.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(60)));
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
    Files.writeString(changed, "");
    setTimes(root, Instant.now().minusSeconds(60));
    Files.setLastModifiedTime(changed, FileTime.from(Instant.now().plusSeconds(60)));
    graft("info", "a  b*").is(3, RAN, builds ? CHANGED : "");
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
    String broken = "cannot find symbol\ngraft: the build failed, see above\n";
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

  @Test
  void saysThatJavaIsMissing() throws Exception {
    environment.put("JAVA_HOME", "/nowhere");
    graft("info")
        .is(
            1,
            "",
            "graft: there is no /nowhere/bin/java; install JDK 17 or newer, and set JAVA_HOME to it"
                + " where it is not on the PATH\n");
  }

  /** The name alone does not tell: where such a locale is not installed it means C. */
  @ParameterizedTest
  @ValueSource(strings = {"", "C", "POSIX", "xx_XX.UTF-8"})
  void runsInAUtf8Locale(String locale) throws Exception {
    environment.put("LC_ALL", locale);
    assertEquals(RAN, graft("info", "a  b*").out());
  }
}

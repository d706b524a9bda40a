package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.testing.Ended;
import dev.graft.testing.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
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
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The script {@code bin/graft} of a distribution, with a Java that only tells how it was called.
 */
@Timeout(60)
class InstalledLauncherTest {

  private static final String RAN = "a  b*, LC_ALL=C.UTF-8";
  private static final String SHARED = RAN + ", shared\n";

  @TempDir private Path temp;
  private Path home;
  private Path java;
  private final Map<String, String> environment = new LinkedHashMap<>();

  @BeforeAll
  static void needsAShell() {
    Posix.assumeThere();
  }

  @BeforeEach
  void install() throws IOException {
    home = temp.toRealPath().resolve("in stalled");
    Files.createDirectories(home.resolve("bin"));
    Files.createDirectories(home.resolve("lib"));
    Files.copy(
        Cli.ROOT.resolve("cli-demo/src/main/distribution/bin/graft"),
        home.resolve("bin/graft"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(home.resolve("lib/graft-cli-1.jar"), "a jar");
    java = java(temp.resolve("jdk"));
    environment.put("JAVA_HOME", temp.resolve("jdk").toString());
    environment.put("LC_ALL", "C.UTF-8");
  }

  private static Path java(Path jdk) throws IOException {
    Path java = Files.createDirectories(jdk.resolve("bin")).resolve("java");
    Files.writeString(
        java,
        """
        #!/bin/sh
        set -eu
        [ -n "${CANNOT_SHARE:-}" ] && case "$*" in *-XX:Dump*|*-XX:Shared*) exit 1 ;; esac
        shared=
        for last; do
          case $last in
            -XX:DumpLoadedClassList=*) echo classes >"${last#*=}"; exit ;;
            -XX:SharedArchiveFile=*) shared=${last#*=} ;;
          esac
        done
        case "$*" in *-Xshare:dump*) echo archive >"$shared"; echo dumped >>"$0.dumps"; exit ;; esac
        printf "%s, LC_ALL=%s%s\\n" "$last" "${LC_ALL:-}" "${shared:+, shared}"
        exit 3
        """);
    assertTrue(java.toFile().setExecutable(true, /* ownerOnly= */ false));
    return java;
  }

  private Ended graft(List<String> before, Path launcher) throws Exception {
    List<String> command = new ArrayList<>(before);
    command.addAll(List.of(launcher.toString(), "info", "a  b*"));
    ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile());
    builder.environment().remove("LANG");
    builder.environment().remove("LC_CTYPE");
    builder.environment().putAll(environment);
    return Ended.of(builder);
  }

  private Ended graft() throws Exception {
    return graft(List.of(), home.resolve("bin/graft"));
  }

  private int dumps() throws IOException {
    Path dumps = java.resolveSibling("java.dumps");
    return Files.exists(dumps) ? Files.readAllLines(dumps).size() : 0;
  }

  @Test
  void makesTheArchiveOfClassesOnceAndUsesIt() throws Exception {
    graft().is(3, SHARED, "");
    graft().is(3, SHARED, "");
    assertEquals(1, dumps());
    assertEquals(
        List.of("graft-cli-1.jar", "graft.jsa", "graft.jsa.stamp"), Cli.files(home.resolve("lib")));
  }

  @Test
  void neverUsesAnArchiveThatIsNotWhole() throws Exception {
    graft();
    Files.writeString(home.resolve("lib/graft.jsa"), "arch");
    graft().is(3, SHARED, "");
    assertEquals(2, dumps());
    assertEquals("archive\n", Files.readString(home.resolve("lib/graft.jsa")));
  }

  @Test
  void neverUsesAnArchiveOfOtherJars() throws Exception {
    graft();
    Files.setLastModifiedTime(home.resolve("lib/graft-cli-1.jar"), FileTime.fromMillis(0));
    graft();
    assertEquals(2, dumps());
    Files.createFile(home.resolve("lib/added.jar"));
    graft();
    assertEquals(3, dumps());
    home = Files.move(home, home.resolveSibling("moved"));
    graft().is(3, SHARED, "");
    assertEquals(4, dumps());
  }

  @Test
  void neverUsesAnArchiveOfAnotherJava() throws Exception {
    graft();
    java = java(temp.resolve("other"));
    environment.put("JAVA_HOME", temp.resolve("other").toString());
    graft().is(3, SHARED, "");
    assertEquals(1, dumps());
  }

  @Test
  void runsWithoutArchiveWhereItCannotMakeOne() throws Exception {
    environment.put("CANNOT_SHARE", "yes");
    graft().is(3, RAN + "\n", "");
    environment.remove("CANNOT_SHARE");
    graft().is(3, RAN + "\n", ""); // is not tried again at each start
    assertEquals(0, dumps());
  }

  @Test
  void runsForWhoCanOnlyRead() throws Exception {
    List<String> nobody = Posix.asNobody(temp);
    Path lib = home.resolve("lib");
    assertTrue(lib.toFile().setWritable(false));
    graft(nobody, home.resolve("bin/graft")).is(3, RAN + "\n", "");
    assertTrue(lib.toFile().setWritable(true));
    assertEquals(List.of("graft-cli-1.jar"), Cli.files(lib));
    graft(); // makes the archive, for all
    graft(nobody, home.resolve("bin/graft")).is(3, SHARED, "");
  }

  @Test
  void bringsItsOwnJava() throws Exception {
    Files.createDirectories(home.resolve("lib/app"));
    Files.move(home.resolve("lib/graft-cli-1.jar"), home.resolve("lib/app/graft-cli-1.jar"));
    java(home.resolve("lib/runtime"));
    environment.put("JAVA_HOME", "/nowhere");
    graft().is(3, SHARED, "");
  }

  @Test
  void findsItsFolderThroughLinks() throws Exception {
    Path link = Files.createSymbolicLink(temp.resolve("link"), home.resolve("bin/graft"));
    Path bin = Files.createDirectories(temp.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("graft"), Path.of("../link"));
    graft(List.of(), bin.resolve("graft")).is(3, SHARED, "");
    graft(List.of("/bin/sh"), link.getFileName()).is(3, SHARED, "");
  }

  @Test
  void saysThatJavaIsMissing() throws Exception {
    environment.put("JAVA_HOME", "/nowhere");
    graft()
        .is(
            1,
            "",
            "graft: there is no /nowhere/bin/java; install JDK 17 or newer, and set JAVA_HOME to it"
                + " where it is not on the PATH\n");
  }

  @Test
  void saysThatItIsNotWhole() throws Exception {
    Files.delete(home.resolve("lib/graft-cli-1.jar"));
    graft()
        .is(
            1,
            "",
            "graft: " + home + "/lib/graft-cli-*.jar is missing; unpack the distribution again\n");
  }

  @Test
  void saysThatTooFewFilesMayBeOpen() throws Exception {
    graft(List.of("/bin/sh", "-c", "ulimit -n 24; exec \"$@\"", "sh"), home.resolve("bin/graft"))
        .is(
            1,
            "",
            "graft: only 24 files may be open at once, and Graft needs 64; raise the limit"
                + " (ulimit -H -n)\n");
    assertFalse(Files.exists(home.resolve("lib/graft.jsa")));
  }

  /** The name alone does not tell: where such a locale is not installed it means C. */
  @ParameterizedTest
  @ValueSource(strings = {"", "C", "POSIX", "xx_XX.UTF-8"})
  void runsInAUtf8Locale(String locale) throws Exception {
    environment.put("LC_ALL", locale);
    assertEquals(SHARED, graft().out());
  }
}

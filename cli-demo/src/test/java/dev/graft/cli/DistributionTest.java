package dev.graft.cli;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.testing.Ended;
import dev.graft.testing.JavaProcess;
import dev.graft.testing.Posix;
import dev.graft.tools.distribution.Distribution;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The folder that the build assembles, as its users have it. */
@Timeout(120) // so that a hang ends; nothing here measures time
class DistributionTest {

  @TempDir private Path temp;

  /** Assembled as the build does, read-only, by somebody else than who has built it. */
  @Test
  void aDistributionRunsAnywhereForAnyone() throws Exception {
    Posix.assumeThere();
    Path home = distribution(temp.resolve("any where"));
    Path photo = home.resolve("test-images/photos/birds/crow.jpg");
    Path caches = Files.createDirectory(temp.resolve("caches"));
    Files.setPosixFilePermissions(caches, PosixFilePermissions.fromString("rwxrwxrwx"));
    List<String> command = new ArrayList<>(Posix.asNobody(temp));
    assertTrue(home.resolve("lib").toFile().setWritable(false));
    Path model = Files.copy(Cli.COLOURS, temp.resolve("colours.onnx"));
    command.addAll(
        List.of(
            home.resolve("bin/graft").toString(), "classify", model.toString(), photo.toString()));
    Ended reader = process(command, caches);
    String summary = "graft: 1 photo in [^\n]*: green 1\n"; // and nothing else
    assertTrue(reader.err().matches(summary), reader.err());
    assertTrue(reader.out().contains(photo + ",ok,green,"), reader.out());
    assertTrue(home.resolve("lib").toFile().setWritable(true));

    // Its owner makes an archive of classes, which changes nothing but the time.
    Path launcher = home.resolve("bin/graft");
    assertEquals("", process(List.of(launcher.toString(), "--version"), caches).err());
    assertTrue(Files.size(home.resolve("lib/graft.jsa")) > 1_000_000);
    Ended shared = process(command, caches);
    assertTrue(shared.err().matches(summary), shared.err());
    assertEquals(reader.out(), shared.out());
    assertTrue(
        Files.readString(home.resolve("completion/graft.bash")).contains("--calibration-photos"));
  }

  private Ended process(List<String> command, Path caches) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile());
    builder.environment().put("XDG_CACHE_HOME", caches.toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return Ended.of(builder);
  }

  /** Of the jars that are needed to classify, as the build would assemble it. */
  private static Path distribution(Path folder) throws IOException {
    List<Path> jars = new ArrayList<>();
    Path classes = null;
    List<Path> entries =
        Pattern.compile(File.pathSeparator)
            .splitAsStream(JavaProcess.classPath())
            .map(Path::of)
            .toList();
    for (Path path : entries) {
      if (path.endsWith(Path.of("cli-demo/target/classes"))) {
        classes = path;
      } else if (Files.isRegularFile(path)) {
        jars.add(path);
      }
    }
    Set<String> listed =
        Distribution.listed(
            Cli.ROOT.resolve("cli-demo/src/main/distribution/licenses/THIRD-PARTY.md"));
    List<Path> needed = jars.stream().filter(jar -> isNeeded(jar, listed)).toList();
    assumeTrue(
        needed.stream().anyMatch(jar -> jar.getFileName().toString().startsWith("graft-serve")),
        "needs the modules as jars, as 'mvn verify' has them");
    Path cli = jar(classes, Files.createDirectories(folder).resolve("graft-cli-1.jar"), needed);
    Path home = folder.resolve("graft-1");
    Distribution.assemble(home, Cli.ROOT, Stream.concat(Stream.of(cli), needed.stream()).toList());
    return home;
  }

  /** Without what is for tests alone, and DJL's and Graft's big jars. */
  private static boolean isNeeded(Path jar, Set<String> listed) {
    String artifact = Distribution.artifact(jar);
    return (artifact.startsWith("graft-") || listed.contains(artifact))
        && !Set.of("graft-tools", "graft-testing", "graft-vgg16", "pytorch-native-cpu")
            .contains(artifact);
  }

  private static Path jar(Path classes, Path jar, List<Path> others) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Main.class.getName());
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            others.stream().map(other -> other.getFileName().toString()).collect(joining(" ")));
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new ZipEntry(classes.relativize(file).toString().replace('\\', '/')));
        Files.copy(file, out);
        out.closeEntry();
      }
    }
    return jar;
  }
}

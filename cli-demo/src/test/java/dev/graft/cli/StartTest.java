package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a start needs of the machine, and what it leaves alone. */
@Timeout(120) // so that a hang ends; nothing here measures time
class StartTest {

  @TempDir private Path temp;

  private Cli classify(List<String> javaOptions) throws Exception {
    return run(javaOptions, "classify", Cli.COLOURS, Cli.photo(temp.resolve("red.png"), 0xff0000));
  }

  private Cli run(List<String> javaOptions, Object... args) throws Exception {
    try (Cli.Running running = Cli.start(temp, Map.of("LC_ALL", "C.UTF-8"), javaOptions, args)) {
      return running.await();
    }
  }

  @Test
  void classifyingLoadsNothingOfDjlTheChartsOrProtobuf() throws Exception {
    Path loaded = temp.resolve("loaded.txt");
    assertEquals(0, classify(List.of("-Xlog:class+load:file=" + loaded)).code());
    List<String> classes = Files.readAllLines(loaded);
    assertTrue(classes.stream().anyMatch(line -> line.contains(" ai.onnxruntime.")));
    assertEquals(
        List.of(),
        classes.stream()
            .filter(
                line ->
                    line.matches(
                        ".* (ai\\.djl|ai\\.onnx\\.proto|com\\.google\\.protobuf|org\\.knowm"
                            + "|org\\.apache\\.batik)\\..*"))
            .toList());
  }

  @Test
  void saysThatThereIsNoFolderForTemporaryFiles() throws Exception {
    List<String> nowhere = List.of("-Djava.io.tmpdir=/nowhere");
    String problem =
        "/nowhere, the folder for temporary files, does not exist; libraries need one:";
    Cli classified = classify(nowhere);
    assertEquals(1, classified.code());
    assertTrue(classified.err().startsWith("graft: " + problem), classified.err());
    assertEquals(1, classified.err().lines().count(), classified.err());

    Cli doctor = run(nowhere, "doctor");
    assertEquals(1, doctor.code());
    assertEquals("", doctor.err());
    assertTrue(doctor.out().contains("\ntemporary    FAILED: " + problem), doctor.out());
    assertTrue(doctor.out().contains("\ncache        "), doctor.out());
  }

  /** Such as users of services have: each has a folder among the temporary files, its own. */
  @Test
  void keepsCachesAmongTemporaryFilesForWhoHasNoHome() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "elsewhere everyone has a home");
    assumeTrue(System.getenv("XDG_CACHE_HOME") == null, "XDG_CACHE_HOME goes before");
    Path temporary = Files.createDirectory(temp.resolve("tmp"));
    List<String> noHome = List.of("-Duser.home=/nowhere", "-Djava.io.tmpdir=" + temporary);
    assertEquals(0, classify(noHome).code());
    Path cache = temporary.resolve("graft-cache-" + System.getProperty("user.name"));
    assertTrue(Files.isDirectory(cache.resolve("onnxruntime")));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)));

    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
    Cli unsafe = classify(noHome);
    assertEquals(1, unsafe.code());
    assertEquals(
        "graft: "
            + cache
            + ": it is not a folder that belongs to you alone; set XDG_CACHE_HOME to one\n",
        unsafe.err());
  }

  @Test
  void emptiesItsCachesAndSaysWhatThatFreed() throws Exception {
    Path cache = temp.resolve("graft");
    for (String name : List.of("features/00/1.features", "djl/pytorch/lib.so", "javacpp/x.so")) {
      Path file = cache.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, new byte[500_000]);
    }
    Path leftOver = Files.createDirectories(cache.resolve(".djl.1.gone"));
    Files.write(leftOver.resolve("lib.so"), new byte[500_000]);
    Path other = Files.createFile(cache.resolve("of the user"));
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", temp.toString());
    try (Cli.Running clean = Cli.start(temp, environment, List.of(), "doctor", "--clean")) {
      clean.await().is(0, "freed 2.0 MB in " + cache + "\n", "");
    }
    assertEquals(List.of("of the user"), Cli.files(cache));
    assertTrue(Files.exists(other));
    try (Cli.Running clean = Cli.start(temp, environment, List.of(), "doctor", "--clean")) {
      clean.await().is(0, "freed 0.0 MB in " + cache + "\n", "");
    }
  }
}

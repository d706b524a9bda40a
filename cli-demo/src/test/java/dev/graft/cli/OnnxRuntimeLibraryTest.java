package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.cli.process.OnnxRuntimeLibrary;
import dev.graft.testing.JavaProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeLibraryTest {

  private static final String RESOURCES = "/ai/onnxruntime/native/linux-x64/";

  @TempDir private Path folder;

  @BeforeEach
  void needsTheJarForCpus() {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "Linux on x86-64 only");
    assumeTrue(
        JavaProcess.classPath().matches("(?s).*onnxruntime-[\\d.]+\\.jar.*"),
        "not with the jar for GPUs");
  }

  @AfterEach
  void forgetTheFolder() {
    System.clearProperty(OnnxRuntimeLibrary.PATH);
  }

  @Test
  void isUnpackedOnceIntoAFolderOfItsVersion() throws Exception {
    OnnxRuntimeLibrary.unpackOnce(folder);
    Path unpacked = Path.of(System.getProperty(OnnxRuntimeLibrary.PATH));
    assertEquals(folder, unpacked.getParent());
    assertTrue(
        unpacked.getFileName().toString().matches("onnxruntime-[\\d.]+"), unpacked::toString);
    Path library = unpacked.resolve("libonnxruntime.so");
    assertEquals(List.of(library, unpacked.resolve("libonnxruntime4j_jni.so")), filesIn(unpacked));
    for (Path file : filesIn(unpacked)) {
      try (InputStream packed = getClass().getResourceAsStream(RESOURCES + file.getFileName())) {
        assertArrayEquals(packed.readAllBytes(), Files.readAllBytes(file));
      }
    }

    FileTime longAgo = FileTime.fromMillis(0);
    Files.setLastModifiedTime(library, longAgo);
    System.clearProperty(OnnxRuntimeLibrary.PATH);
    OnnxRuntimeLibrary.unpackOnce(folder);
    assertEquals(unpacked.toString(), System.getProperty(OnnxRuntimeLibrary.PATH));
    assertEquals(longAgo, Files.getLastModifiedTime(library));
  }

  private static List<Path> filesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void isUnpackedIntoTheUsersCacheFolder() throws Exception {
    Cli.photo(folder.resolve("red.png"), 0xff0000);
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", folder.toString());
    try (Cli.Running classify =
        Cli.start(folder, environment, List.of(), "classify", Cli.COLOURS, "red.png")) {
      Cli done = classify.await();
      assertEquals(0, done.code(), done.err());
    }
    assertTrue(
        Cli.files(folder).stream()
            .anyMatch(
                file -> file.matches("graft/onnxruntime/onnxruntime-[^/]*/libonnxruntime.so")));
  }

  @Test
  void isLeftToOnnxRuntimeWhereItCannotBeUnpacked() throws Exception {
    Path noFolder = Files.createFile(folder.resolve("file"));
    OnnxRuntimeLibrary.unpackOnce(noFolder);
    assertNull(System.getProperty(OnnxRuntimeLibrary.PATH));
  }

  @Test
  void isTakenFromWhereTheUserSays() throws Exception {
    System.setProperty(OnnxRuntimeLibrary.PATH, "elsewhere");
    OnnxRuntimeLibrary.unpackOnce(folder);
    assertEquals("elsewhere", System.getProperty(OnnxRuntimeLibrary.PATH));
    assertEquals(List.of(), filesIn(folder));
  }
}

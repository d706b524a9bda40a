package dev.graft.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

  @TempDir private Path folder;

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void appearsWholeOrNotAtAll() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "old");
    try (AtomicFile given = AtomicFile.create(file)) {
      given.out().write("given up".getBytes(UTF_8));
    }
    assertEquals("old", Files.readString(file));
    AtomicFile.write(file, "new".getBytes(UTF_8));
    assertEquals("new", Files.readString(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void namesTheFileThatWasAskedForWhereItCannotBeWritten() {
    Path file = folder.resolve("none/file");
    assertEquals(
        file + ": the folder it is to be written to does not exist",
        assertThrows(FileSystemException.class, () -> AtomicFile.write(file, new byte[1]))
            .getMessage());
  }
}

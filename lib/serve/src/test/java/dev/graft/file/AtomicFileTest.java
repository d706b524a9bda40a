package dev.graft.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.testing.Posix;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
  void leavesAFileThatAppearedMeanwhileUnlessItMayBeReplaced() throws Exception {
    Path file = folder.resolve("file");
    try (AtomicFile late = AtomicFile.create(file)) {
      late.out().write("late".getBytes(UTF_8));
      Files.writeString(file, "first");
      FileAlreadyExistsException e =
          assertThrows(FileAlreadyExistsException.class, () -> late.commit(false));
      assertEquals(file.toString(), e.getMessage());
    }
    assertEquals("first", Files.readString(file));
    AtomicFile.write(folder.resolve("other"), "new".getBytes(UTF_8), false);
    assertEquals("new", Files.readString(folder.resolve("other")));
    assertEquals(2, files().size(), "nothing else is left");
  }

  @Test
  void letsOneOfManyThatAreMovedAtOnceHaveAFreePlace() throws Exception {
    int writers = 8;
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    try {
      for (int round = 0; round < 50; round++) {
        Path file = folder.resolve("file" + round);
        CyclicBarrier start = new CyclicBarrier(writers);
        Callable<Integer> write =
            () -> {
              try (AtomicFile mine = AtomicFile.create(file)) {
                start.await();
                mine.commit(false);
                return 1;
              } catch (FileAlreadyExistsException e) {
                return 0;
              }
            };
        int written = 0;
        for (Future<Integer> one : pool.invokeAll(Collections.nCopies(writers, write))) {
          written += one.get();
        }
        assertEquals(1, written);
      }
    } finally {
      pool.shutdown();
    }
    assertEquals(50, files().size(), "nothing else is left");
  }

  @Test
  void namesTheFileThatWasAskedForWhereItCannotBeWritten() {
    Path file = folder.resolve("none/file");
    assertEquals(
        file + ": the folder it is to be written to does not exist",
        assertThrows(FileSystemException.class, () -> AtomicFile.write(file, new byte[1]))
            .getMessage());
  }

  @Test
  void writesWhatALinkNames() throws Exception {
    Path there = Files.createDirectory(folder.resolve("there"));
    Path real = Files.writeString(there.resolve("real"), "old");
    Path link = link("link", Path.of("again"));
    link("again", Path.of("there/real"));
    AtomicFile.write(link, "new".getBytes(UTF_8));
    assertEquals("new", Files.readString(real));
    assertTrue(Files.isSymbolicLink(link));

    Path toNothing = link("to nothing", there.resolve("made"));
    AtomicFile.write(toNothing, "made".getBytes(UTF_8));
    assertEquals("made", Files.readString(there.resolve("made")));
    assertTrue(Files.isSymbolicLink(toNothing));

    Path loop = link("loop", Path.of("loop"));
    assertEquals(
        loop + ": a loop of symbolic links; remove one of them",
        assertThrows(FileSystemException.class, () -> AtomicFile.write(loop, new byte[1]))
            .getMessage());
  }

  private Path link(String name, Path to) throws IOException {
    return Posix.link(folder.resolve(name), to);
  }

  /** As root, a device would be gone. */
  @Test
  void replacesNothingButRegularFiles() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/mkfifo"))
            && new ProcessBuilder("/usr/bin/mkfifo", pipe.toString()).start().waitFor() == 0,
        "no mkfifo here");
    for (Path file : List.of(pipe, link("link", pipe))) {
      assertEquals(
          file + ": not a regular file; expected the name of a file to write",
          assertThrows(FileSystemException.class, () -> AtomicFile.write(file, new byte[1]))
              .getMessage());
    }
    assertFalse(Files.isRegularFile(pipe));
    assertEquals(
        folder + ": a folder; expected the name of a file to write",
        assertThrows(FileSystemException.class, () -> AtomicFile.write(folder, new byte[1]))
            .getMessage());
  }

  /** What stands before it in that file would be lost. */
  @Test
  void leavesAloneAFileThatIsAStreamOfThisProcess() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "Linux only");
    Path file = folder.resolve("all.csv");
    try (OutputStream open = Files.newOutputStream(file)) {
      open.write('x');
      Path stream = null;
      try (DirectoryStream<Path> streams = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
        for (Path each : streams) {
          if (Files.exists(each) && Files.isSameFile(each, file)) {
            stream = each;
          }
        }
      }
      Path link = link("stdout", stream);
      assertEquals(
          link + ": not a regular file; expected the name of a file to write",
          assertThrows(FileSystemException.class, () -> AtomicFile.write(link, new byte[1]))
              .getMessage());
      Files.delete(link);
    }
    assertEquals("x", Files.readString(file));
  }

  @Test
  void clearsAwayWhatKilledProcessesHaveLeftOfThisFileAlone() throws Exception {
    Path file = folder.resolve("m.onnx");
    AtomicFile abandoned = AtomicFile.create(file);
    AtomicFile ofAnother = AtomicFile.create(folder.resolve("m.onnx.m.onnx"));
    Path notOurs = Files.createFile(folder.resolve(".m.onnx.backup.part"));
    for (Path old : files()) {
      Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(7200)));
    }
    AtomicFile atWork = AtomicFile.create(file);
    assertEquals(4, files().size());
    AtomicFile.deleteAbandoned(file);
    assertEquals(3, files().size());
    assertTrue(Files.exists(notOurs));
    atWork.commit();
    assertTrue(Files.exists(file));
    assertThrows(IOException.class, abandoned::commit);
    ofAnother.commit();
    AtomicFile.deleteAbandoned(folder.resolve("none/m.onnx")); // nothing to do, no exception
  }
}

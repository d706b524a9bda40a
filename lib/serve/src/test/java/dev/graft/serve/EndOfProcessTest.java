package dev.graft.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.engine.OnnxRuntimeEnvironment;
import dev.graft.file.AtomicFile;
import dev.graft.photo.Pixels;
import dev.graft.testing.JavaProcess;
import dev.graft.testing.Posix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that end while their threads open models, classify and write files: an application that
 * nobody has told to stop first.
 */
@Timeout(600) // so that a hang ends; nothing here measures time
class EndOfProcessTest {

  private static final int CODE = 7;
  private static final int CODE_OF_SIGTERM = 143;

  @TempDir Path folder;

  @Test
  void systemExitMeetsNoCallOfTheNativeLibrary() throws Exception {
    assertEnds(2, CODE, "exit");
  }

  @Test
  void aSignalMeetsNoCallOfTheNativeLibrary() throws Exception {
    assertEnds(2, CODE_OF_SIGTERM, "signal");
  }

  /** The way to it is not public: a new version of ONNX Runtime may lack it. */
  @Test
  void theEnvironmentTakesOneMoreUser() {
    OnnxRuntimeEnvironment.keep();
    assertTrue(OnnxRuntimeEnvironment.addUser());
  }

  @Test
  @Tag("soak")
  void neverCrashesAtItsEnd() throws Exception {
    assertEnds(150, CODE, "exit");
    assertEnds(150, CODE_OF_SIGTERM, "signal");
  }

  private void assertEnds(int times, int code, String how) throws Exception {
    Posix.assumeThere();
    Path model = TestPhotos.model(Files.createDirectory(folder.resolve(how)));
    for (int i = 0; i < times; i++) {
      Path work = Files.createDirectory(folder.resolve(how + i));
      JavaProcess process =
          JavaProcess.of(EndOfProcessTest.class)
              .options("-Xmx256m", "-Djava.io.tmpdir=" + work)
              .arguments(model, how)
              .in(work);
      process.run().is(code, "", "");
      try (Stream<Path> left = Files.walk(work)) {
        // ONNX Runtime deletes what it has unpacked, but never the folder.
        List<Path> files = left.filter(Files::isRegularFile).toList();
        assertEquals(List.of(), files, "files that stayed");
      }
    }
  }

  /** Works on four threads without end, and ends the process once each of them has begun. */
  public static void main(String[] args) throws Exception {
    Path model = Path.of(args[0]);
    Pixels red = TestPhotos.pixels(255, 0, 0);
    Classifier classifier = Classifier.open(model);
    CountDownLatch begun = new CountDownLatch(4);
    forEver(begun, () -> classifier.classify(red));
    forEver(begun, () -> classifier.classifyAll(Collections.nCopies(500, red)));
    forEver(begun, () -> Classifier.open(model).close());
    forEver(begun, () -> writeInVain(Path.of("never.bin")));
    begun.await();
    if (args[1].equals("exit")) {
      System.exit(CODE);
    }
    Posix.signal("TERM", ProcessHandle.current());
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void forEver(CountDownLatch begun, Work work) {
    Runnable endless =
        () -> {
          try {
            for (boolean first = true; ; first = false) {
              work.run();
              if (first) {
                begun.countDown();
              }
            }
          } catch (CancellationException e) {
            // The process is ending.
          } catch (IOException e) {
            throw new UncheckedIOException(e); // is printed, and fails the test
          }
        };
    new Thread(endless).start();
  }

  private static void writeInVain(Path file) throws IOException {
    try (AtomicFile unfinished = AtomicFile.create(file)) {
      unfinished.out().write(new byte[1 << 20]);
    }
  }
}

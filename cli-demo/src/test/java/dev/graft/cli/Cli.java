package dev.graft.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.testing.JavaProcess;
import dev.graft.testing.Photos;
import dev.graft.testing.Posix;
import dev.graft.testing.Project;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What a run of the command line gave: in this JVM, or in a process of its own. */
public record Cli(int code, String out, String err) {

  static final Path ROOT = Project.ROOT;

  /** Tells red, green and blue photos apart. */
  static final Path COLOURS =
      ROOT.resolve("lib/serve/src/test/resources/dev/graft/model-v1.onnx").normalize();

  /** Says which of red, green and blue photos have; thresholds 0.5, 0.25 and 0.75. */
  static final Path COLOUR_LABELS = COLOURS.resolveSibling("model-v2.onnx");

  public static Cli run(Object... args) {
    Locale.setDefault(Locale.ROOT); // as main does
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), strings(args));
    return new Cli(code, lines(out.toString()), comparable(lines(err.toString()), args));
  }

  /** The line at the end of classify, with the numbers of its seconds. */
  private static final String SUMMARY =
      "(?m)^graft: \\d+ photos? in [\\d.]+ seconds, [\\d.]+ photos a second.*\\n";

  /** Without what differs from run to run and from machine to machine. */
  private static String comparable(String err, Object... args) {
    return withoutDeviceNote(err.replaceAll(SUMMARY, ""), args);
  }

  /**
   * Without what the default device says where ONNX Runtime is the GPU's build (Maven profile gpu)
   * and CUDA cannot be used: what else is said is the same with either build.
   */
  private static String withoutDeviceNote(String err, Object... args) {
    return List.of(args).contains("--device")
        ? err
        : err.replaceAll("(?m)^graft: cuda:0 cannot be used \\(.*\\); running on the CPU\\n", "");
  }

  /** Checks all that a run gave. */
  public void is(int expectedCode, String expectedOut, String expectedErr) {
    assertEquals(expectedErr, err);
    assertEquals(expectedOut, out);
    assertEquals(expectedCode, code);
  }

  /** What training says of a folder of classes, first thing. */
  static String taken(Path data, int classes, int photos) {
    return "graft: classes from the subfolders of %s: %d classes, %d photos\n"
        .formatted(data, classes, photos);
  }

  private static String lines(String text) {
    return text.replace(System.lineSeparator(), "\n");
  }

  private static String[] strings(Object... args) {
    return Stream.of(args).map(Object::toString).toArray(String[]::new);
  }

  /** Writes a photo of one colour. */
  static Path photo(Path file, int rgb) throws IOException {
    return Photos.ofOneColor(file, 20, 10, rgb);
  }

  /** Copies some photos of each of these classes of test-images. */
  public static Path samples(Path target, int n, String... classes) throws IOException {
    return Project.samples(target, 0, n, classes);
  }

  /**
   * Every file below a folder, hidden ones too, sorted, with slashes. A running process may move
   * files meanwhile.
   */
  public static List<String> files(Path folder) throws IOException {
    List<String> files = new ArrayList<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.add(folder.relativize(file).toString().replace('\\', '/'));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // moved since it was listed
            }
            throw e;
          }
        });
    Collections.sort(files);
    return files;
  }

  /** A run of the command line as a process. Reads both streams so that neither can block. */
  public static final class Running implements AutoCloseable {

    private final Process process;
    private final Object[] args;
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder err = new StringBuilder();
    private final Thread outReader;
    private final BufferedReader errReader;

    Running(Process process, Object... args) {
      this.process = process;
      this.args = args;
      this.errReader = process.errorReader(UTF_8);
      this.outReader =
          new Thread(
              () -> {
                try {
                  process.inputReader(UTF_8).lines().forEach(l -> out.append(l).append('\n'));
                } catch (UncheckedIOException e) {
                  out.append(e); // shows up in what a test compares
                }
              });
      outReader.start();
    }

    /** Waits for a line of standard error that starts so. */
    public void awaitError(String start) throws IOException {
      for (String line = errReader.readLine(); line != null; line = errReader.readLine()) {
        err.append(line).append('\n');
        if (line.startsWith(start)) {
          return;
        }
      }
      throw new AssertionError("ended without a line \"" + start + "\":\n" + err);
    }

    /** Waits until the process has a native library of such a name; Linux only. */
    void awaitLibrary(String name) throws IOException {
      Path maps = Path.of("/proc", Long.toString(process.pid()), "maps");
      while (!Files.readString(maps, ISO_8859_1).contains(name)) {
        if (!process.isAlive()) {
          throw new AssertionError("ended without " + name + ":\n" + err);
        }
        Thread.onSpinWait();
      }
    }

    boolean isAlive() {
      return process.isAlive();
    }

    void signal(String name) throws IOException, InterruptedException {
      Posix.signal(name, process.toHandle());
    }

    /** At once, as {@code kill -9} does, without the time that it takes to start one. */
    public void kill() throws InterruptedException {
      process.destroyForcibly();
      process.waitFor();
    }

    Cli await() throws IOException, InterruptedException {
      for (String line = errReader.readLine(); line != null; line = errReader.readLine()) {
        err.append(line).append('\n');
      }
      outReader.join();
      return new Cli(process.waitFor(), out.toString(), comparable(err.toString(), args));
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /** Starts {@code graft} with this class path in a folder. */
  public static Running start(
      Path folder, Map<String, String> environment, List<String> javaOptions, Object... args)
      throws IOException {
    return new Running(process(folder, environment, javaOptions, args).start(), args);
  }

  static Running startWithOutputTo(
      File out, Path folder, Map<String, String> environment, Object... args) throws IOException {
    return new Running(
        process(folder, environment, List.of(), args).redirectOutput(out).start(), args);
  }

  private static ProcessBuilder process(
      Path folder, Map<String, String> environment, List<String> javaOptions, Object... args) {
    return process(args)
        .options(javaOptions.toArray(String[]::new))
        .environment(environment)
        .in(folder)
        .builder();
  }

  /** {@code graft} with this class path. */
  static JavaProcess process(Object... args) {
    return JavaProcess.of(Main.class).arguments(args);
  }

  /** A class path without graft-jpeg. */
  static String withoutScaledDecoder(String classPath) {
    return without(classPath, ".*(lib/jpeg/target/classes|graft-jpeg[^/]*\\.jar)");
  }

  /** A class path without the entries that match. */
  static String without(String classPath, String entry) {
    return Stream.of(classPath.split(File.pathSeparator))
        .filter(e -> !e.replace('\\', '/').matches(entry))
        .collect(joining(File.pathSeparator));
  }
}

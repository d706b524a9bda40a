package dev.graft.cli.process;

import static java.util.stream.Collectors.joining;

import dev.graft.features.CacheFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What Graft and the libraries that it uses keep between runs: each has a folder of its name in the
 * user's {@link CacheFolder}.
 */
public final class Caches {

  private static final String FEATURES = "features";
  private static final String DJL = "djl";
  private static final String JAVACPP = "javacpp";
  private static final String ONNX_RUNTIME = "onnxruntime";
  private static final List<String> ALL = List.of(FEATURES, DJL, JAVACPP, ONNX_RUNTIME);

  /** The name of a folder that is being deleted ends so. */
  private static final String GONE = ".gone";

  private Caches() {}

  /** Has the libraries keep their files there, unless the user names another place. */
  public static void use() {
    Path folder = CacheFolder.ofUser();
    if (System.getenv("DJL_CACHE_DIR") == null) {
      ProcessSetup.setIfAbsent("DJL_CACHE_DIR", folder.resolve(DJL).toString());
    }
    ProcessSetup.setIfAbsent("org.bytedeco.javacpp.cachedir", folder.resolve(JAVACPP).toString());
    OnnxRuntimeLibrary.unpackOnce(folder.resolve(ONNX_RUNTIME));
  }

  /** As in {@code features 12.3 MB, djl 402.1 MB}. */
  public static String sizes(Path folder) throws IOException {
    Map<String, Long> bytes = new LinkedHashMap<>();
    for (String name : ALL) {
      bytes.put(name, bytes(folder.resolve(name)));
    }
    return bytes.entrySet().stream()
        .map(entry -> "%s %.1f MB".formatted(entry.getKey(), entry.getValue() / 1e6))
        .collect(joining(", "));
  }

  /**
   * Empties them. Each vanishes at once, by another name, before its files are deleted: a process
   * that starts meanwhile finds all of it or nothing. One that runs keeps what it has opened.
   *
   * @return how many bytes they had
   */
  public static long clean(Path folder) throws IOException {
    for (String name : ALL) {
      try {
        Files.move(
            folder.resolve(name), folder.resolve("." + name + "." + UUID.randomUUID() + GONE));
      } catch (NoSuchFileException e) {
        // empty already
      }
    }
    long freed = 0;
    try (DirectoryStream<Path> gone = Files.newDirectoryStream(folder, ".*" + GONE)) {
      for (Path old : gone) { // also of a run that was killed
        freed += bytes(old);
        delete(old);
      }
    } catch (NoSuchFileException e) {
      // no cache folder yet
    }
    return freed;
  }

  private static long bytes(Path folder) throws IOException {
    long[] sum = new long[1];
    Files.walkFileTree(
        folder,
        new Visitor() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }
        });
    return sum[0];
  }

  private static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new Visitor() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path each, IOException e) throws IOException {
            Files.deleteIfExists(each);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Goes on where another process has deleted a file meanwhile. */
  private static class Visitor extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }
  }
}

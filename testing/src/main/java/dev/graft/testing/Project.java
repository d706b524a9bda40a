package dev.graft.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Files that the tests of more than one module use. */
public final class Project {

  /** The folder of the sources. */
  public static final Path ROOT = Path.of(System.getProperty("graft.root"));

  /** The sample photos, each class in a folder. */
  public static final Path PHOTOS = ROOT.resolve("test-images/photos");

  /** Photos of 24 x 16 pixels in many ways of storing, each with its pixels in NAME.rgb. */
  public static final Path ENCODED =
      ROOT.resolve("lib/serve/src/test/resources/dev/graft/photo/encoded");

  private Project() {}

  /**
   * A folder of the data that do not ship with the project; a test is skipped where they are
   * missing. What it promises has a test on photos of the project too.
   */
  public static Path shared(String name) {
    Path folder = Path.of(System.getProperty("graft.shared"), name);
    assumeTrue(Files.isDirectory(folder), () -> folder + " is not there");
    return folder;
  }

  /** Copies the sample photos number {@code from} to {@code from + n - 1} of each class. */
  public static Path samples(Path target, int from, int n, String... classes) throws IOException {
    for (String name : classes) {
      Path folder = Files.createDirectories(target.resolve(name));
      try (Stream<Path> files = Files.list(PHOTOS.resolve(name))) {
        for (Path file : files.sorted().skip(from).limit(n).toList()) {
          Files.copy(file, folder.resolve(file.getFileName()));
        }
      }
    }
    return target;
  }

  /** The rows of a table whose columns are separated by tabs, without its head. */
  public static List<List<String>> rows(Path table) throws IOException {
    return Files.readAllLines(table).stream()
        .skip(1)
        .map(line -> List.of(line.split("\t", -1)))
        .toList();
  }
}

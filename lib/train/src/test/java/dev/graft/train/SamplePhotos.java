package dev.graft.train;

import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A few of the sample photos, of two classes, in a folder of their own. */
final class SamplePhotos {

  private static final Path ALL =
      Path.of(System.getProperty("graft.root"), "test-images", "photos");

  private SamplePhotos() {}

  /** The photos number {@code from} to {@code from + n - 1} of each class, all to learn from. */
  static LabeledFolder copy(Path root, int from, int n) throws IOException {
    for (String label : List.of("birds", "household")) {
      Path target = Files.createDirectories(root.resolve(label));
      try (Stream<Path> files = Files.list(ALL.resolve(label))) {
        for (Path file : files.sorted().skip(from).limit(n).toList()) {
          Files.copy(file, target.resolve(file.getFileName()));
        }
      }
    }
    return LabeledFolder.open(root, LabeledFolderOptions.defaults().withValidationSplit(0));
  }
}

package dev.graft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The photos that a command line names.
 *
 * @param paths files, in the order in which they or their folders were named
 * @param passedOver how many files of folders are neither photos nor called like photos
 */
record PhotoPaths(List<Path> paths, int passedOver) {
  static PhotoPaths list(List<Path> named) throws IOException {
    List<Path> all = new ArrayList<>();
    for (Path p : named) {
      if (Files.isDirectory(p)) {
        try (Stream<Path> walk = Files.walk(p)) {
          all.addAll(walk.filter(Files::isRegularFile).sorted().toList());
        }
      } else {
        all.add(p);
      }
    }
    return new PhotoPaths(all, 0);
  }
}

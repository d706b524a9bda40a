package dev.graft.photo;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What make_photo_fixtures.py made. */
final class Fixtures {

  private Fixtures() {}

  static Path folder(String name) {
    try {
      return Path.of(Fixtures.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(folder(name));
  }

  /** The encoded pictures of 24 x 16 pixels, each with its pixels in NAME.rgb beside it. */
  static List<Path> pictures() throws IOException {
    try (Stream<Path> files = Files.list(folder("encoded"))) {
      return files.filter(f -> !f.toString().endsWith(".rgb")).sorted().toList();
    }
  }

  static int largestDifference(byte[] expected, byte[] actual) {
    int most = 0;
    for (int i = 0; i < expected.length; i++) {
      most = Math.max(most, Math.abs((expected[i] & 0xff) - (actual[i] & 0xff)));
    }
    return most;
  }
}

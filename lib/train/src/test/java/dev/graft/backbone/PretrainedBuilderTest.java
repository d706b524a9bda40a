package dev.graft.backbone;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainedBuilderTest {

  @Test
  void makesTheCommittedFilesAgain(@TempDir Path output) throws IOException {
    assumeTrue(Golden.sharedIsThere(), "no shared folder");
    PretrainedBuilder.build(
        Golden.sharedFolder(),
        Golden.sharedFolder().resolveSibling("data/imagenet/imagenet_classes.txt"),
        output);
    List<Path> files;
    try (Stream<Path> list = Files.list(output)) {
      files = list.sorted().toList();
    }
    assertEquals(5, files.size(), files.toString());
    for (Path file : files) {
      String name = file.getFileName().toString();
      try (InputStream committed =
          Backbones.class.getClassLoader().getResourceAsStream(Backbones.FOLDER + name)) {
        assertArrayEquals(committed.readAllBytes(), Files.readAllBytes(file), name);
      }
    }
  }
}

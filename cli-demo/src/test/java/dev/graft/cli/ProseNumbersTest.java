package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.features.QuantizedBackbones;
import dev.graft.quantize.CalibrationPhotos;
import dev.graft.quantize.ModelQuantizer;
import dev.graft.testing.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Numbers that pages repeat are those of the code, or of each other. */
class ProseNumbersTest {

  private static String page(String name) throws IOException {
    return Files.readString(Project.ROOT.resolve(name)).replaceAll("\\s+", " ");
  }

  private static void says(String name, String sentence) throws IOException {
    assertTrue(page(name).contains(sentence), name + " does not say: " + sentence);
  }

  @Test
  void thePhotosThatInt8IsCalibratedOnAreAsManyAsThePagesSay() throws IOException {
    says(
        "docs/quantization.md",
        "It is calibrated on %d of the training photos,".formatted(QuantizedBackbones.PHOTOS));
    says(
        "docs/quantization.md",
        "at least %s times as fast;".formatted(QuantizedBackbones.WORTHWHILE));
    says(
        "docs/cli.md",
        "| `--calibration-photos` N | %d | of DIR, at least %d;"
            .formatted(CalibrationPhotos.USUAL, ModelQuantizer.LEAST_PHOTOS));
  }

  @Test
  void theFirstBuildDownloadsAsMuchWhereverItIsSaid() throws IOException {
    TreeSet<String> said = new TreeSet<>();
    for (String name : List.of("README.md", "graft", "graft.cmd")) {
      Matcher size = Pattern.compile("(?:downloads about|about) ([0-9]+) MB").matcher(page(name));
      assertTrue(size.find(), name);
      said.add(size.group(1));
    }
    assertEquals(1, said.size(), said.toString());
  }
}

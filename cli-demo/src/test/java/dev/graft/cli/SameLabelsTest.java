package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.photo.spi.ScaledJpegDecoder;
import dev.graft.recipe.Head;
import dev.graft.serve.Classifier;
import dev.graft.serve.ClassifierOptions;
import dev.graft.serve.LabelProbability;
import dev.graft.testing.Project;
import dev.graft.train.Trainer;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What models say about photos that are decoded small, and about the same decoded exactly. */
class SameLabelsTest {

  /** Of the shorter side: 224 pixels, for a reduction to a half with room to spare. */
  private static final int LARGE = 1300;

  @TempDir private Path temp;

  @BeforeEach
  void needsTheDecoder() {
    assumeTrue(
        ScaledJpegDecoder.installed().orElseThrow().problem().isEmpty(),
        "the scaled decoder does not load here");
  }

  @Test
  void areTheSameForTheSamplePhotosMadeLarge() throws Exception {
    Path model =
        trained(
            LabeledFolder.open(Cli.samples(temp.resolve("samples"), 8, "birds", "fruit")),
            "efficientnet-lite0");
    List<Path> photos = photos(Cli.ROOT.resolve("test-images/photos"));
    List<Path> large = enlarged(photos.subList(0, 12));
    Comparison comparison = Comparison.of(model, large);
    assertEquals(large.size(), comparison.scaled, "decoded small");
    comparison.check();
  }

  /**
   * Photos of phones; all 600 flower photos, which are small and thus decoded exactly; and the same
   * made large. Of these, measured: none of 600 with EfficientNet-Lite0 gets another label, one
   * with VGG16, between whose two best labels there is next to nothing.
   */
  @ParameterizedTest
  @ValueSource(strings = {"efficientnet-lite0", "vgg16"})
  @Tag("soak")
  void areTheSameForFlowersAndForPhotosOfPhones(String backbone) throws Exception {
    Path flowers = Project.shared("data/flowers");
    Path phones = Project.shared("data/phone-photos");
    LabeledFolderOptions whole = LabeledFolderOptions.defaults().withValidationSplit(0);
    Path model = trained(LabeledFolder.open(flowers.resolve("train"), whole), backbone);
    List<Path> photos = photos(flowers);
    assertEquals(600, photos.size());
    for (List<Path> all : List.of(photos(phones), photos)) {
      Comparison comparison = Comparison.of(model, all);
      System.out.println(backbone + ": " + comparison);
      comparison.check();
    }
    Comparison large = Comparison.of(model, enlarged(photos));
    System.out.println(backbone + ", enlarged: " + large);
    assertEquals(600, large.scaled, "decoded small");
    large.checkButForTies();
  }

  private Path trained(LabeledFolder photos, String backbone) throws IOException {
    Path model = temp.resolve(backbone + ".onnx");
    Trainer.on(photos)
        .backbone(Backbones.named(backbone))
        .head(Head.linear())
        .validation(photos)
        .allowOverlap(true)
        .train()
        .exportOnnx(model);
    return model;
  }

  private static List<Path> photos(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".jpg")).sorted().toList();
    }
  }

  private List<Path> enlarged(List<Path> photos) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("large"));
    List<Path> large = new ArrayList<>();
    for (Path photo : photos) {
      Pixels pixels = PhotoReader.create().read(photo);
      int w = pixels.width();
      int h = pixels.height();
      BufferedImage image = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
      for (int i = 0; i < w * h; i++) {
        byte[] rgb = pixels.rgb();
        image.setRGB(
            i % w,
            i / w,
            ((rgb[3 * i] & 255) << 16) | ((rgb[3 * i + 1] & 255) << 8) | (rgb[3 * i + 2] & 255));
      }
      double scale = (double) LARGE / Math.min(w, h);
      int largeWidth = (int) Math.ceil(w * scale);
      int largeHeight = (int) Math.ceil(h * scale);
      BufferedImage target = new BufferedImage(largeWidth, largeHeight, BufferedImage.TYPE_INT_RGB);
      Graphics2D g = target.createGraphics();
      g.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
      g.drawImage(image, 0, 0, largeWidth, largeHeight, null);
      g.dispose();
      Path file = folder.resolve(large.size() + ".jpg");
      ImageIO.write(target, "jpeg", file.toFile());
      large.add(file);
    }
    return large;
  }

  /**
   * @param scaled photos whose pixels show that they were decoded small
   * @param otherLabels photos whose best label is another
   * @param lead the largest lead of the best label over the second, decoded exactly, of those
   *     photos
   * @param levels the largest mean difference of a photo's pixels
   * @param probability the largest difference of a best label's probability
   */
  private record Comparison(
      int photos, int scaled, int otherLabels, double lead, double levels, double probability) {

    static Comparison of(Path model, List<Path> photos) throws IOException {
      int scaled = 0;
      int otherLabels = 0;
      double lead = 0;
      double levels = 0;
      double probability = 0;
      ClassifierOptions options = ClassifierOptions.defaults();
      try (Classifier usual = Classifier.open(model, options);
          Classifier exact = Classifier.open(model, options.withExactDecoding(true))) {
        for (Path photo : photos) {
          Pixels small = usual.read(photo);
          Pixels truth = exact.read(photo);
          long sum = 0;
          for (int i = 0; i < truth.rgb().length; i++) {
            sum += Math.abs((truth.rgb()[i] & 255) - (small.rgb()[i] & 255));
          }
          scaled += sum > 0 ? 1 : 0;
          levels = Math.max(levels, (double) sum / truth.rgb().length);
          LabelProbability one = usual.classify(small).best();
          LabelProbability other = exact.classify(truth).best();
          if (!one.label().equals(other.label())) {
            otherLabels++;
            double second = exact.classify(truth).top(2).get(1).probability();
            lead = Math.max(lead, other.probability() - second);
          }
          probability = Math.max(probability, Math.abs(one.probability() - other.probability()));
        }
      }
      return new Comparison(photos.size(), scaled, otherLabels, lead, levels, probability);
    }

    void check() {
      assertEquals(0, otherLabels, this::toString);
      checkButForTies();
    }

    /** Where two labels are as good as equally likely, a fraction of a grey level decides. */
    void checkButForTies() {
      assertTrue(otherLabels <= photos / 200 && lead < 0.04, this::toString);
      assertTrue(levels < 1, this::toString);
      assertTrue(probability < 0.1, this::toString);
    }
  }
}

package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.augment.Augmentation;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code augment} on a photo of test-images. */
class AugmentTest {

  private static final Path PHOTOS = Cli.ROOT.resolve("test-images/photos");
  private static final Path DAFFODIL = PHOTOS.resolve("flowers/daffodil.jpg");

  @TempDir private Path temp;

  @Test
  void showsThePhotoAndWhatTrainingWouldDraw() throws Exception {
    Path sheet = temp.resolve("sheet \u00fc.png");
    Augmentation augmentation = Augmentation.parse("standard,rotation=20");
    Cli.run(
            "augment",
            DAFFODIL,
            "-o",
            sheet,
            "--augment",
            "standard,rotation=20",
            "--variants",
            4,
            "--seed",
            7,
            "--size",
            50)
        .is(0, "sheet        %s\naugmentation %s\n".formatted(sheet, augmentation), "");

    BufferedImage image = ImageIO.read(sheet.toFile());
    assertEquals(3 * 50 + 4 * 4, image.getWidth());
    assertEquals(2 * 50 + 3 * 4, image.getHeight());
    Pixels photo = PhotoReader.create().read(DAFFODIL, PhotoPreprocessing.stretch(50, 50));
    String sha256 =
        LabeledFolder.open(PHOTOS).photos().stream()
            .filter(labeled -> labeled.path().endsWith("flowers/daffodil.jpg"))
            .map(LabeledPhoto::sha256)
            .findFirst()
            .orElseThrow();
    assertArrayEquals(photo.rgb(), cell(image, 0));
    for (int draw = 1; draw <= 4; draw++) {
      Pixels drawn = augmentation.apply(photo, Augmentation.seed(7, sha256, draw));
      assertArrayEquals(drawn.rgb(), cell(image, draw));
    }
    for (byte sample : cell(image, 5)) {
      assertEquals(-1, sample, "the rest is white");
    }
    assertEquals(List.of("sheet \u00fc.png"), Cli.files(temp));
  }

  /** The n-th photo of a sheet of 3 columns of 50 pixels and gaps of 4. */
  private static byte[] cell(BufferedImage sheet, int n) {
    byte[] rgb = new byte[3 * 50 * 50];
    for (int i = 0; i < 50 * 50; i++) {
      int colour = sheet.getRGB(4 + n % 3 * 54 + i % 50, 4 + n / 3 * 54 + i / 50);
      rgb[3 * i] = (byte) (colour >> 16);
      rgb[3 * i + 1] = (byte) (colour >> 8);
      rgb[3 * i + 2] = (byte) colour;
    }
    return rgb;
  }

  @Test
  void showsElevenVariantsOfTheStandardPresetByDefault() throws Exception {
    Path sheet = temp.resolve("sheet.png");
    Cli run = Cli.run("augment", DAFFODIL, "-o", sheet);
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().endsWith("augmentation " + Augmentation.parse("standard") + "\n"));
    BufferedImage image = ImageIO.read(sheet.toFile());
    assertEquals(4 * 224 + 5 * 4, image.getWidth());
    assertEquals(3 * 224 + 4 * 4, image.getHeight());
  }

  @Test
  void cellsOfAnotherSizeShowTheSamePhotosScaled() throws Exception {
    Path sheet = temp.resolve("sheet.png");
    Cli run =
        Cli.run("augment", DAFFODIL, "-o", sheet, "--variants", 3, "--size", 32, "--cell", 128);
    assertEquals(0, run.code(), run.err());
    BufferedImage image = ImageIO.read(sheet.toFile());
    assertEquals(2 * 128 + 3 * 4, image.getWidth());
    assertEquals(2 * 128 + 3 * 4, image.getHeight());
    Pixels photo = PhotoReader.create().read(DAFFODIL, PhotoPreprocessing.stretch(32, 32));
    double difference = 0;
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 32; x++) {
        int shown = image.getRGB(4 + 4 * x + 2, 4 + 4 * y + 2) >> 8 & 0xff;
        difference += Math.abs(shown - (photo.rgb()[3 * (y * 32 + x) + 1] & 0xff));
      }
    }
    assertTrue(difference / (32 * 32) < 10, difference + " levels of green in all");
  }

  @Test
  void theSeedDecidesWhatIsDrawn() throws Exception {
    Path sheet = temp.resolve("sheet.png");
    byte[] first = sheet(sheet, 1);
    assertArrayEquals(first, sheet(sheet, 1));
    assertNotEquals(Arrays.hashCode(first), Arrays.hashCode(sheet(sheet, 2)));
  }

  private static byte[] sheet(Path sheet, int seed) throws IOException {
    Cli run = Cli.run("augment", DAFFODIL, "-o", sheet, "--force", "--seed", seed, "--size", 32);
    assertEquals(0, run.code(), run.err());
    return Files.readAllBytes(sheet);
  }

  @Test
  void overwritesOnlyWhenForced() throws Exception {
    Path sheet = Files.writeString(temp.resolve("sheet.png"), "precious");
    Cli.run("augment", DAFFODIL, "-o", sheet)
        .is(1, "", "graft: " + sheet + " exists; pass --force to overwrite it\n");
    assertEquals("precious", Files.readString(sheet));
    assertEquals(0, Cli.run("augment", DAFFODIL, "-o", sheet, "--force").code());
    assertNotEquals(null, ImageIO.read(sheet.toFile()));
  }

  @Test
  void neverReplacesThePhoto() throws Exception {
    Path photo = Cli.photo(temp.resolve("photo.png"), 0xff0000);
    byte[] before = Files.readAllBytes(photo);
    Path again = temp.resolve(".").resolve("photo.png");
    Cli.run("augment", photo, "-o", again, "--force")
        .is(
            2,
            "",
            "graft: the output " + again + " is one of the inputs\nTry 'graft augment --help'.\n");
    assertArrayEquals(before, Files.readAllBytes(photo));
  }

  @Test
  void saysWhyAPhotoOrFolderIsNoGood() throws Exception {
    Path sheet = temp.resolve("sheet.png");
    Path text = Files.writeString(temp.resolve("text.jpg"), "no photo");
    Path none = temp.resolve("none.jpg");
    Cli.run("augment", text, "-o", sheet)
        .is(1, "", "graft: " + text + ": text, not a photo; leave it out\n");
    Cli.run("augment", none, "-o", sheet)
        .is(1, "", "graft: " + none + ": no such file; check the path\n");
    Path lost = temp.resolve("lost/sheet.png");
    Cli.run("augment", DAFFODIL, "-o", lost)
        .is(
            1,
            "",
            "graft: %s: there is no folder %s; make it first\n".formatted(lost, lost.getParent()));
    assertEquals(List.of("text.jpg"), Cli.files(temp));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--augment rotation=x | expected rotation=DEGREES, got rotation=x",
        "--variants 0 | expected at least 1 variant, got 0",
        "--size 0 | expected a size from 1 to 2048 pixels, got 0",
        "--size 2049 | expected a size from 1 to 2048 pixels, got 2049",
        "--cell 0 | expected a cell from 1 to 2048 pixels, got 0",
        "--cell 1000 --variants 30 | a sheet of 31 photos of 1000x1000 pixels is too large; take a"
            + " smaller --cell or fewer --variants",
        "--variants 2147483647 | a sheet of 2147483648 photos of 224x224 pixels is too large; take"
            + " a smaller --size or fewer --variants",
      })
  void refuses(String options, String message) {
    String command = "augment no-such-photo.jpg -o " + temp.resolve("sheet.png") + " " + options;
    Cli.run((Object[]) command.split(" "))
        .is(2, "", "graft: " + message + "\nTry 'graft augment --help'.\n");
  }

  @Test
  void helpNamesEveryPresetAndStep() {
    String help = Cli.run("augment", "--help").out().replaceAll("\\s+", " ");
    String known =
        assertThrows(IllegalArgumentException.class, () -> Augmentation.parse("?")).getMessage();
    known = known.substring(known.indexOf("presets ") + 8).replace(" and the steps ", ", ");
    for (String name : known.split(", ", -1)) {
      assertTrue(help.matches(".*[ (]" + name + "[ ,=)].*"), name + " is missing in " + help);
    }
  }
}

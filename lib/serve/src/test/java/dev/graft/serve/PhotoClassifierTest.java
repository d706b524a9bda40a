package dev.graft.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;
import dev.graft.model.ModelException;
import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What an application has in its hands gives the answers that a file would give. */
class PhotoClassifierTest {

  @TempDir Path folder;

  private static BufferedImage noise(BufferedImage image) {
    Random random = new Random(1);
    WritableRaster raster = image.getRaster();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        for (int b = 0; b < raster.getNumBands(); b++) {
          int levels =
              image.getColorModel() instanceof IndexColorModel palette
                  ? palette.getMapSize()
                  : 1 << raster.getSampleModel().getSampleSize(b);
          raster.setSample(x, y, b, random.nextInt(levels));
        }
      }
    }
    return image;
  }

  private static BufferedImage components(ColorSpace space, boolean alpha, int depth) {
    ComponentColorModel colors =
        new ComponentColorModel(
            space, alpha, false, alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE, depth);
    return new BufferedImage(colors, colors.createCompatibleWritableRaster(37, 23), false, null);
  }

  private static BufferedImage indexed() {
    byte[] ramp = {0, 50, 100, (byte) 200};
    byte[] alpha = {(byte) 255, 0, 90, (byte) 255};
    return new BufferedImage(
        37,
        23,
        BufferedImage.TYPE_BYTE_INDEXED,
        new IndexColorModel(2, 4, ramp, new byte[] {9, 8, 7, 6}, ramp, alpha));
  }

  /** The kinds that ImageIO reads from files, and those that programs draw on. */
  static Stream<BufferedImage> images() {
    ColorSpace gray = ColorSpace.getInstance(ColorSpace.CS_GRAY);
    ColorSpace rgb = ColorSpace.getInstance(ColorSpace.CS_sRGB);
    return Stream.concat(
        Stream.of(
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_4BYTE_ABGR,
                BufferedImage.TYPE_BYTE_GRAY,
                BufferedImage.TYPE_USHORT_GRAY,
                BufferedImage.TYPE_BYTE_BINARY)
            .map(type -> new BufferedImage(37, 23, type)),
        Stream.of(
            indexed(),
            components(gray, true, DataBuffer.TYPE_BYTE),
            components(gray, true, DataBuffer.TYPE_USHORT),
            components(rgb, false, DataBuffer.TYPE_USHORT),
            components(rgb, true, DataBuffer.TYPE_USHORT)));
  }

  @ParameterizedTest
  @MethodSource("images")
  void anImageInMemoryHasThePixelsOfItsFile(BufferedImage empty) throws Exception {
    BufferedImage image = noise(empty);
    Path file = folder.resolve("image.png");
    ImageIO.write(image, "png", file.toFile());
    assertSame(PhotoReader.create().read(file), Pixels.of(image));
    assertSame(PhotoReader.create().read(file), Pixels.of(ImageIO.read(file.toFile())));
    BufferedImage part = image.getSubimage(5, 3, 20, 11);
    ImageIO.write(part, "png", file.toFile());
    assertSame(PhotoReader.create().read(file), Pixels.of(part));
  }

  private static void assertSame(Pixels expected, Pixels found) {
    assertEquals(expected.width(), found.width());
    assertEquals(expected.height(), found.height());
    assertEquals(-1, Arrays.mismatch(expected.rgb(), found.rgb()));
  }

  @Test
  void coloursThatAreMultipliedByTheirAlphaAreOverWhiteToo() {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_4BYTE_ABGR_PRE);
    image.getRaster().setPixel(0, 0, new int[] {60, 30, 0, 100});
    byte[] rgb = Pixels.of(image).rgb();
    assertEquals(List.of(215, 185, 155), List.of(rgb[0] & 0xff, rgb[1] & 0xff, rgb[2] & 0xff));
  }

  @ParameterizedTest
  @EnumSource(Resize.Fit.class)
  void pixelsOfAnySizeAreBroughtToThatOfTheModelAsFilesAre(Resize.Fit fit) throws Exception {
    Path file = folder.resolve("image.png");
    ImageIO.write(noise(new BufferedImage(61, 47, 1)), "png", file.toFile());
    PhotoReader reader = PhotoReader.create();
    Pixels whole = reader.read(file);
    byte[] before = whole.rgb().clone();
    for (ColorMode colors : ColorMode.values()) {
      for (int size : new int[] {16, 47, 61, 90}) {
        PhotoPreprocessing preprocessing =
            new PhotoPreprocessing(new Resize(size, 47, fit, Resize.Filter.BICUBIC), colors);
        Pixels expected = reader.read(file, preprocessing);
        assertSame(expected, preprocessing.apply(whole));
        assertSame(expected, preprocessing.apply(expected)); // what is prepared stays so
      }
    }
    assertEquals(-1, Arrays.mismatch(before, whole.rgb()), "the caller's pixels are not changed");
  }

  @Test
  void allWaysToHandOverAPhotoGiveOneAnswer() throws Exception {
    Path photo = folder.resolve("photo");
    BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(new Color(250, 10, 20));
    graphics.fillRect(3, 5, 20, 20);
    graphics.dispose();
    ImageIO.write(image, "png", photo.toFile());
    byte[] bytes = Files.readAllBytes(photo);
    byte[] model = Files.readAllBytes(TestPhotos.model(folder));
    try (Classifier ofFile = Classifier.open(folder.resolve("model-v1.onnx"));
        Classifier ofBytes = Classifier.open(model);
        Classifier ofStream = Classifier.open(new ByteArrayInputStream(model))) {
      Prediction expected = ofFile.classify(photo);
      for (PhotoClassifier classifier : List.of(ofFile, ofBytes, ofStream)) {
        assertEquals(expected, classifier.classify(photo));
        assertEquals(expected, classifier.classify(bytes, "photo"));
        assertEquals(expected, classifier.classify(new ByteArrayInputStream(bytes), "photo"));
        assertEquals(expected, classifier.classify(image));
        assertEquals(expected, classifier.classify(PhotoReader.create().read(photo)));
      }
    }
  }

  @Test
  void aModelInMemoryRunsSideBySideToo() throws Exception {
    byte[] model = Files.readAllBytes(TestPhotos.model(folder));
    Path photo = TestPhotos.write(folder.resolve("photo"), 40, 30, 250, 10, 20);
    Files.delete(folder.resolve("model-v1.onnx"));
    ClassifierOptions options = ClassifierOptions.defaults().withThreads(2);
    try (Classifier classifier = Classifier.open(model, options)) {
      List<Pixels> photos = List.of(classifier.read(photo));
      assertEquals(
          classifier.predict(photos, 2).get(0).best().label(),
          classifier.predict(photos, 1).get(0).best().label());
    }
  }

  @Test
  void whatIsInMemoryHasANameInMessages() throws Exception {
    ModelException e =
        assertThrows(ModelException.class, () -> Classifier.open(new byte[] {1, 2, 3}));
    assertEquals(ErrorCode.NOT_A_MODEL, e.code());
    assertEquals(
        "model in memory: not an ONNX file; expected a model file, as graft train writes it"
            + " (.onnx)",
        e.getMessage());
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("connection reset");
          }

          @Override
          public int read(byte[] target, int from, int length) throws IOException {
            throw new IOException("connection reset");
          }
        };
    try (Classifier classifier = Classifier.open(TestPhotos.model(folder))) {
      PhotoException unreadable =
          assertThrows(PhotoException.class, () -> classifier.classify(broken, "upload 17"));
      assertEquals("upload 17: cannot be read (connection reset)", unreadable.getMessage());
      assertEquals(ErrorCode.FILE_UNREADABLE, unreadable.code());
    }
  }

  private static void assertNamed(String name, Executable call) {
    assertEquals(name, assertThrows(NullPointerException.class, call).getMessage());
  }

  @Test
  void nullIsAnsweredAtTheDoor() throws Exception {
    assertNamed("file", () -> Classifier.open((Path) null));
    assertNamed("model", () -> Classifier.open((byte[]) null));
    assertNamed("model", () -> Classifier.open((InputStream) null));
    assertNamed("options", () -> Classifier.open(folder, null));
    assertNamed("device", () -> ClassifierOptions.defaults().withDevice(null));
    assertNamed("classifier", () -> BatchClassifier.of(null));
    assertNamed("image", () -> Pixels.of(null));
    assertNamed("rgb", () -> new Pixels(1, 1, null));
    try (Classifier classifier = Classifier.open(TestPhotos.model(folder))) {
      assertNamed("photo", () -> classifier.classify((Path) null));
      assertNamed("photo", () -> classifier.classify((BufferedImage) null));
      assertNamed("photo", () -> classifier.classify((Pixels) null));
      assertNamed("encoded", () -> classifier.classify((byte[]) null, "name"));
      assertNamed("encoded", () -> classifier.classify((InputStream) null, "name"));
      assertNamed("name", () -> classifier.classify(new byte[1], null));
      assertNamed("photos", () -> classifier.classifyAll(null));
      assertNamed("photos", () -> BatchClassifier.of(classifier).classify(null, result -> {}));
      assertNamed("results", () -> BatchClassifier.of(classifier).classify(List.of(), null));
    }
  }

  /** An album that is tagged, as an application may have it. */
  private static String caption(PhotoClassifier classifier, Path photo) {
    try {
      return classifier.classify(photo).best().label();
    } catch (GraftException e) {
      return e.code() == ErrorCode.UNREADABLE_PHOTO ? "broken" : "?";
    }
  }

  @Test
  void anApplicationIsTestedWithoutAModel() {
    Prediction rose = new Prediction(List.of(new LabelProbability("rose", 0, 1, 9)));
    assertEquals("rose", caption(new Answering(rose), Path.of("any.jpg")));
    assertEquals("broken", caption(new Answering(null), Path.of("any.jpg")));
    BatchClassifier batch =
        (photos, results) ->
            photos.forEach(photo -> results.accept(new PhotoResult.Classified(photo, rose)));
    assertEquals("rose", labelOfLast(batch, List.of(Path.of("any.jpg"))));
  }

  private static String labelOfLast(BatchClassifier batch, List<Path> photos) {
    String[] label = {null};
    try {
      batch.classify(
          photos,
          result -> label[0] = ((PhotoResult.Classified) result).prediction().best().label());
    } catch (GraftException e) {
      return e.code().toString();
    }
    return label[0];
  }

  /** Gives one answer to all, or none. */
  private record Answering(Prediction answer) implements PhotoClassifier {

    private Prediction answer(String name) throws PhotoException {
      if (answer == null) {
        throw new PhotoException(ErrorCode.UNREADABLE_PHOTO, name, "truncated");
      }
      return answer;
    }

    @Override
    public List<String> classes() {
      return List.of("rose");
    }

    @Override
    public Prediction classify(Path photo) throws GraftException {
      return answer(photo.toString());
    }

    @Override
    public Prediction classify(byte[] encoded, String name) throws GraftException {
      return answer(name);
    }

    @Override
    public Prediction classify(InputStream encoded, String name) throws GraftException {
      return answer(name);
    }

    @Override
    public Prediction classify(BufferedImage photo) throws GraftException {
      return answer("image");
    }

    @Override
    public Prediction classify(Pixels photo) throws GraftException {
      return answer("pixels");
    }
  }
}

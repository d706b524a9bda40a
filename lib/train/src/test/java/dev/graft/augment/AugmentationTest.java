package dev.graft.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.photo.Pixels;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AugmentationTest {

  private static final String SHA256 = "0123456789abcdef".repeat(4);

  /** Everything that is not symmetric, in a photo that is not square. */
  private static Pixels photo(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % width;
      int y = i / 3 / width;
      rgb[i] = (byte) (255 * x / width * (i % 3) / 2 + 90 * y / height + 7 * (x * y % 5));
    }
    return new Pixels(width, height, rgb);
  }

  private static final Pixels PHOTO = photo(31, 20);

  /** One of each kind, and combinations. */
  private static final List<String> SPECS =
      List.of(
          "rotation=30",
          "width-shift=0.2",
          "height-shift=7.5",
          "shear=20",
          "zoom=0.5..1.5",
          "rotation=180,fill=constant/128",
          "width-shift=80,fill=wrap",
          "zoom=4..5,fill=reflect",
          "channel-shift=60",
          "horizontal-flip",
          "vertical-flip=0.9",
          "brightness=0.5",
          "random-resized-crop",
          "random-resized-crop=0.1..0.2/0.2..5",
          "color-jitter=0.5/0.5/0.5/0.5",
          "light",
          "standard",
          "strong",
          "strong,rotation=20,vertical-flip,channel-shift=5,brightness=0.1");

  @Test
  void equalSeedsGiveEqualBytesOnAnyThread() {
    for (String spec : SPECS) {
      List<byte[]> alone =
          LongStream.range(0, 16)
              .mapToObj(seed -> Augmentation.parse(spec).apply(PHOTO, seed).rgb())
              .toList();
      Augmentation shared = Augmentation.parse(spec);
      List<byte[]> together =
          LongStream.range(0, 16)
              .parallel()
              .mapToObj(seed -> shared.apply(PHOTO, seed).rgb())
              .toList();
      for (int i = 0; i < alone.size(); i++) {
        assertArrayEquals(alone.get(i), together.get(i), spec);
      }
      long different = alone.stream().map(Arrays::hashCode).distinct().count();
      assertTrue(different >= 2, spec + " always gives the same");
    }
  }

  /**
   * Bytes and draws are as they were on the machine that this was written on: a hash of what every
   * spec above makes for some seeds. Whoever changes it changes what seeds stand for, and features
   * that are kept under an augmentation's name.
   */
  @Test
  void givesTheSameBytesAsEver() throws NoSuchAlgorithmException {
    MessageDigest all = MessageDigest.getInstance("SHA-256");
    for (String spec : SPECS) {
      for (long seed = 0; seed < 8; seed++) {
        all.update(Augmentation.parse(spec).apply(PHOTO, seed).rgb());
      }
    }
    assertEquals(
        "34277cfe0f29940144a123cd61cc3552b055c41203f2e72f4afd2f6f13473e72",
        HexFormat.of().formatHex(all.digest()));
  }

  @Test
  void keepsTheSizeAndTheGivenPhoto() {
    for (Pixels photo : List.of(PHOTO, photo(1, 1), photo(1, 9), photo(9, 1), photo(2, 2))) {
      byte[] before = photo.rgb().clone();
      for (String spec : SPECS) {
        for (long seed = 0; seed < 20; seed++) {
          Pixels result = Augmentation.parse(spec).apply(photo, seed);
          assertEquals(photo.width(), result.width());
          assertEquals(photo.height(), result.height());
          assertArrayEquals(before, photo.rgb(), spec);
        }
      }
    }
  }

  @Test
  void leavesThePhotoWhereNothingIsToBeDone() {
    assertSame(PHOTO, Augmentation.none().apply(PHOTO, 1));
    assertTrue(Augmentation.parse("none").isNone());
    assertTrue(
        Augmentation.parse(
                "rotation=0,width-shift=0,height-shift=0,shear=0,zoom=0,channel-shift=0,"
                    + "horizontal-flip=0,vertical-flip=0,brightness=0,color-jitter=0/0/0/0")
            .isNone());
    assertFalse(Augmentation.parse("flips").isNone());
  }

  @Test
  void identityParametersGiveIdenticalPixels() {
    byte[] same = PHOTO.rgb();
    for (Fill fill : List.of(Fill.nearest(), Fill.constant(9), Fill.reflect(), Fill.wrap())) {
      AffineMatrix identity = AffineMatrix.about(0, 0, 0, 0, 1, 1, 31, 20);
      assertArrayEquals(same, identity.sample(PHOTO, fill).rgb());
    }
    assertArrayEquals(same, ColorAdjustment.brightness(PHOTO, 1).rgb());
    assertArrayEquals(same, ColorAdjustment.contrast(PHOTO, 1).rgb());
    assertArrayEquals(same, ColorAdjustment.saturation(PHOTO, 1).rgb());
    assertArrayEquals(same, ColorAdjustment.hue(PHOTO, 0).rgb());
    assertArrayEquals(same, ColorAdjustment.hue(PHOTO, 1).rgb());
    assertArrayEquals(same, ColorAdjustment.channelShift(PHOTO, 0).rgb());
    assertArrayEquals(same, new Crop(0, 0, 31, 20).of(PHOTO).rgb());
  }

  @Test
  void flipsTwiceAreNone() {
    Pixels left = Augmentation.parse("horizontal-flip=1").apply(PHOTO, 1);
    Pixels down = Augmentation.parse("vertical-flip=1").apply(PHOTO, 1);
    for (int c = 0; c < 3; c++) {
      assertEquals(PHOTO.rgb()[3 * 30 + c], left.rgb()[c]);
      assertEquals(PHOTO.rgb()[3 * 19 * 31 + c], down.rgb()[c]);
    }
    assertArrayEquals(PHOTO.rgb(), Step.HorizontalFlip.flip(left).rgb());
    assertArrayEquals(PHOTO.rgb(), Step.VerticalFlip.flip(down).rgb());
    Pixels both = Step.HorizontalFlip.flip(down);
    assertArrayEquals(
        both.rgb(), Augmentation.parse("horizontal-flip=1,vertical-flip=1").apply(PHOTO, 9).rgb());
  }

  @Test
  void shiftsByWholePixelsMovePixels() {
    Pixels moved = AffineMatrix.about(0, 2, -3, 0, 1, 1, 31, 20).sample(PHOTO, Fill.constant(0));
    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 31; x++) {
        boolean inside = x + 2 < 31 && y >= 3;
        int expected = inside ? PHOTO.rgb()[3 * ((y - 3) * 31 + x + 2)] : 0;
        assertEquals(expected, moved.rgb()[3 * (y * 31 + x)], x + ", " + y);
      }
    }
  }

  @Test
  void flipsHalfOfThePhotos() {
    for (String spec : List.of("horizontal-flip", "vertical-flip")) {
      Augmentation half = Augmentation.parse(spec);
      long flipped =
          LongStream.range(0, 2000).filter(seed -> half.apply(PHOTO, seed) != PHOTO).count();
      // 1000, give or take four standard deviations of 22.
      assertTrue(Math.abs(flipped - 1000) < 90, spec + " flips " + flipped);
    }
  }

  /** Each number of an affine step alone, read from the matrix that is drawn. */
  @Test
  void drawsAffineNumbersOverTheirWholeRange() {
    Step.Affine none = Step.Affine.none();
    covers(-30, 30, m -> Math.toDegrees(Math.atan2(m.yx(), m.xx())), none.withRotation(30));
    covers(-10, 10, AffineMatrix::x0, none.withWidthShift(0.1));
    covers(-10, 10, AffineMatrix::y0, none.withHeightShift(0.2));
    covers(-7.5, 7.5, AffineMatrix::x0, none.withWidthShift(7.5));
    covers(-20, 20, m -> -Math.toDegrees(Math.asin(m.xy())), none.withShear(20));
    covers(0.5, 1.2, AffineMatrix::xx, none.withZoom(new Range(0.5, 1.2)));
    covers(0.5, 1.2, AffineMatrix::yy, none.withZoom(new Range(0.5, 1.2)));
  }

  /** Evenly: each tenth of the range has its tenth of 4000 draws. */
  private static void covers(
      double min, double max, ToDoubleFunction<AffineMatrix> number, Step.Affine step) {
    Random random = new Random(1);
    int[] tenths = new int[10];
    for (int i = 0; i < 4000; i++) {
      double value = number.applyAsDouble(step.draw(100, 50, random));
      assertTrue(value > min - 1e-9 && value < max + 1e-9, step + " draws " + value);
      tenths[(int) Math.max(0, Math.min(9, (value - min) / (max - min) * 10))]++;
    }
    for (int count : tenths) {
      // A standard deviation is 19.
      assertTrue(Math.abs(count - 400) < 100, step + " draws " + Arrays.toString(tenths));
    }
  }

  @Test
  void zoomsWidthAndHeightApart() {
    Step.Affine zoom = Step.Affine.none().withZoom(new Range(0.5, 1.5));
    AffineMatrix drawn = zoom.draw(10, 10, new Random(1));
    assertNotEquals(drawn.xx(), drawn.yy());
  }

  @Test
  void cropsPartsOfTheAreaAndShapeThatWereAskedFor() {
    Step.RandomResizedCrop crop =
        new Step.RandomResizedCrop(new Range(0.2, 0.8), new Range(0.5, 2));
    Random random = new Random(1);
    Set<Integer> lefts = new HashSet<>();
    List<Double> areas = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      Crop drawn = crop.draw(200, 300, random);
      assertTrue(drawn.left() >= 0 && drawn.left() + drawn.width() <= 200, drawn::toString);
      assertTrue(drawn.top() >= 0 && drawn.top() + drawn.height() <= 300, drawn::toString);
      lefts.add(drawn.left());
      areas.add(drawn.width() * drawn.height() / 60000.0);
      ratios.add((double) drawn.width() / drawn.height());
    }
    // Whole pixels: 1 % of the smallest side.
    assertSpans(0.2, 0.8, areas);
    assertSpans(0.5, 2, ratios);
    assertTrue(lefts.size() > 80, lefts::toString);
    long wide = ratios.stream().filter(ratio -> ratio > 1).count();
    assertTrue(wide > 500 && wide < 1100, "an upright photo has " + wide + " wide parts of 2000");
  }

  private static void assertSpans(double min, double max, List<Double> values) {
    double least = values.stream().mapToDouble(v -> v).min().orElseThrow();
    double most = values.stream().mapToDouble(v -> v).max().orElseThrow();
    assertEquals(min, least, 0.02 * max);
    assertEquals(max, most, 0.04 * max);
  }

  @Test
  void cropsTheMiddleWhereNoPartFits() {
    Step.RandomResizedCrop whole = Step.RandomResizedCrop.ofArea(new Range(1, 1));
    assertEquals(new Crop(0, 33, 100, 133), whole.draw(100, 200, new Random(1)));
    assertEquals(new Crop(33, 0, 133, 100), whole.draw(200, 100, new Random(1)));
    assertEquals(new Crop(0, 0, 1, 1), whole.draw(1, 1, new Random(1)));
  }

  @Test
  void jittersColoursInRandomOrder() {
    Step.ColorJitter two =
        new Step.ColorJitter(
            new Range(3, 3), new Range(0.5, 0.5), new Range(1, 1), new Range(0, 0));
    Set<List<Integer>> results = new HashSet<>();
    for (int seed = 0; seed < 40; seed++) {
      byte[] rgb = two.apply(PHOTO, new Random(seed * 1_000_003L)).rgb();
      results.add(IntStream.range(0, rgb.length).mapToObj(i -> (int) rgb[i]).toList());
    }
    assertEquals(2, results.size());
  }

  @Test
  void oneMoreStepLeavesTheDrawsOfTheOthers() {
    Pixels flipped = Augmentation.parse("rotation=20,horizontal-flip=1").apply(PHOTO, 7);
    Pixels turned = Augmentation.parse("rotation=20").apply(PHOTO, 7);
    assertArrayEquals(turned.rgb(), Step.HorizontalFlip.flip(flipped).rgb());
  }

  @Test
  void eachPhotoTrainingAndDrawHasASeedOfItsOwn() {
    Set<Long> seeds = new HashSet<>();
    for (int seed = 0; seed < 20; seed++) {
      for (int photo = 0; photo < 20; photo++) {
        String sha256 = SHA256.substring(photo) + SHA256.substring(0, photo);
        for (int draw = 0; draw < 20; draw++) {
          seeds.add(Augmentation.seed(seed, sha256, draw));
        }
      }
    }
    // SHA256 repeats itself after 16 characters.
    assertEquals(20 * 16 * 20, seeds.size());
    assertEquals(6719578201372811523L, Augmentation.seed(42, SHA256, 3));
    for (String wrong : List.of("", "abc", SHA256 + "0", SHA256.toUpperCase(Locale.ROOT))) {
      assertThrows(IllegalArgumentException.class, () -> Augmentation.seed(1, wrong, 1));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none | none",
        "none,rotation=5 | rotation=5,fill=nearest",
        "flips | horizontal-flip=0.5",
        "horizontal-flip=0.25 | horizontal-flip=0.25",
        "rotation=15.0 | rotation=15,fill=nearest",
        "zoom=0.1 | zoom=0.9..1.1,fill=nearest",
        "zoom=0.7..1 | zoom=0.7..1,fill=nearest",
        "zoom=0.2,fill=constant | zoom=0.8..1.2,fill=constant/0",
        "width-shift=100,fill=constant/255 | width-shift=100,fill=constant/255",
        "brightness=1.5 | brightness=0..2.5",
        " shear=5 , vertical-flip | shear=5,fill=nearest,vertical-flip=0.5",
        "channel-shift=0.5 | channel-shift=0.5",
        "random-resized-crop" + " | random-resized-crop=0.08..1/0.75..1.3333333333333333",
        "random-resized-crop=0.5..1/1..1 | random-resized-crop=0.5..1/1..1",
        "color-jitter=0.2/0/0.4..2/0.05" + " | color-jitter=0.8..1.2/1..1/0.4..2/-0.05..0.05",
        "color-jitter=0/0/0/-0.1..0.3 | color-jitter=1..1/1..1/1..1/-0.1..0.3",
        "brightness=0.2,color-jitter=0/0/0/0.1,vertical-flip,horizontal-flip,channel-shift=1,"
            + "rotation=1,random-resized-crop=1..1/1..1"
            + " | random-resized-crop=1..1/1..1,rotation=1,fill=nearest,channel-shift=1,"
            + "horizontal-flip=0.5,vertical-flip=0.5,brightness=0.8..1.2,"
            + "color-jitter=1..1/1..1/1..1/-0.1..0.1",
        "light,rotation=20,fill=nearest"
            + " | rotation=20,width-shift=0.05,height-shift=0.05,zoom=0.95..1.05,fill=nearest,"
            + "horizontal-flip=0.5",
        "rotation=20,light"
            + " | rotation=20,width-shift=0.05,height-shift=0.05,zoom=0.95..1.05,fill=reflect,"
            + "horizontal-flip=0.5",
        "light,horizontal-flip=0,rotation=0,zoom=0,width-shift=0,height-shift=0 | none",
      })
  void readsSpecsAndWritesThemInFull(String text, String canonical) {
    assertEquals(canonical, Augmentation.parse(text).toString());
  }

  @Test
  void readsWhatItWrites() {
    List<String> all = new ArrayList<>(SPECS);
    all.addAll(Augmentation.presets().keySet());
    for (String spec : all) {
      Augmentation augmentation = Augmentation.parse(spec);
      Augmentation again = Augmentation.parse(augmentation.toString());
      assertEquals(augmentation, again);
      assertEquals(augmentation.toString(), again.toString());
    }
  }

  @Test
  void readsAndWritesTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      for (String tag : List.of("de-DE", "tr-TR", "ar-EG-u-nu-arab", "th-TH-u-nu-thai")) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        assertEquals(
            "zoom=0.75..1.25,fill=constant/12,horizontal-flip=0.5",
            Augmentation.parse("horizontal-flip,fill=constant/12,zoom=0.25").toString());
        String message =
            assertThrows(IllegalArgumentException.class, () -> Augmentation.parse("rotation=180.5"))
                .getMessage();
        assertEquals("expected a rotation from 0 to 180 degrees, got 180.5", message);
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  private static final String KNOWN =
      "the known ones are the presets none, flips, light, standard, strong and the steps rotation,"
          + " width-shift, height-shift, shear, zoom, fill, channel-shift, horizontal-flip,"
          + " vertical-flip, brightness, random-resized-crop, color-jitter";

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "rotate=5", "Rotation=5", "rotation=5,", "light,x", "=5", "0.5"})
  void listsWhatIsKnownForNamesThatAreNot(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Augmentation.parse(text)).getMessage();
    assertTrue(message.matches("no augmentation is called \"[^\"]*\"; " + KNOWN), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rotation | expected rotation=DEGREES, got rotation",
        "rotation= | expected rotation=DEGREES, got rotation=",
        "rotation=x | expected rotation=DEGREES, got rotation=x",
        "rotation=1e1 | expected rotation=DEGREES, got rotation=1e1",
        "rotation=NaN | expected rotation=DEGREES, got rotation=NaN",
        "rotation=5..9 | expected rotation=DEGREES, got rotation=5..9",
        "rotation=-5 | expected a rotation from 0 to 180 degrees, got -5",
        "width-shift=-1 | expected a width shift from 0 to 10000, got -1",
        "height-shift=10001 | expected a height shift from 0 to 10000, got 10001",
        "shear=90 | expected a shear from 0 to below 90 degrees, got 90",
        "zoom | expected zoom=D or =MIN..MAX, got zoom",
        "zoom=1 | expected zooms above 0, up to 10, got 0..2",
        "zoom=2..1 | expected a range from a number to one that is not smaller, got 2..1",
        "zoom=1..2..3 | expected zoom=D or =MIN..MAX, got zoom=1..2..3",
        "zoom=-0.1 | expected zoom=D or =MIN..MAX, got zoom=-0.1",
        "zoom=0.2,fill=mirror | expected fill=nearest, =reflect, =wrap or =constant/LEVEL, got"
            + " fill=mirror",
        "zoom=0.2,fill=constant/1.5 | expected fill=nearest, =reflect, =wrap or =constant/LEVEL,"
            + " got fill=constant/1.5",
        "zoom=0.2,fill=constant/256 | expected a fill level from 0 to 255, got 256",
        "flips,fill=wrap | fill needs a rotation, width-shift, height-shift, shear or zoom",
        "channel-shift=300 | expected a channel shift from 0 to 255, got 300",
        "horizontal-flip=2 | expected a probability from 0 to 1, got 2",
        "vertical-flip=yes | expected vertical-flip or =PROBABILITY, got vertical-flip=yes",
        "brightness=-1..2 | expected factors of brightness from 0 to 10, got -1..2",
        "random-resized-crop=0.5 | expected random-resized-crop, =MIN..MAX or"
            + " =MIN..MAX/MIN..MAX, got random-resized-crop=0.5",
        "random-resized-crop=0..1 | expected crop areas above 0, up to 1, got 0..1",
        "random-resized-crop=0.1..1/0..1 | expected crop ratios from 0.1 to 10, got 0..1",
        "color-jitter=0.2 | expected color-jitter=BRIGHTNESS/CONTRAST/SATURATION/HUE, got"
            + " color-jitter=0.2",
        "color-jitter=0/0/x/0 | expected color-jitter=BRIGHTNESS/CONTRAST/SATURATION/HUE, got"
            + " color-jitter=0/0/x/0",
        "color-jitter=0/0/0/0.6 | expected hues from -0.5 to 0.5, got -0.6..0.6",
        "shear=1,shear=1 | shear is there twice in \"shear=1,shear=1\"",
        "light,strong | expected one preset at most, got light and strong",
        "light,light | expected one preset at most, got light and light",
      })
  void refusesInOneSentence(String text, String message) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> Augmentation.parse(text)).getMessage());
  }

  @Test
  void takesStepsInAnyOrderButOneOfAKind() {
    Step flip = new Step.HorizontalFlip(0.5);
    Step bright = new Step.Brightness(Range.around(1, 0.2));
    Augmentation one = Augmentation.of(List.of(flip, bright));
    assertEquals(one, Augmentation.of(List.of(bright, flip)));
    assertEquals(one.hashCode(), Augmentation.of(List.of(bright, flip)).hashCode());
    assertEquals(List.of(flip, bright), one.steps());
    assertEquals(one, Augmentation.parse("brightness=0.8..1.2,flips"));
    List<Step> two = List.of(flip, new Step.HorizontalFlip(1));
    assertEquals(
        "expected one horizontal-flip step, got horizontal-flip=0.5 and horizontal-flip=1",
        assertThrows(IllegalArgumentException.class, () -> Augmentation.of(two)).getMessage());
  }

  @Test
  void refusesNumbersThatAreNone() {
    assertThrows(IllegalArgumentException.class, () -> new Range(Double.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> new Range(1, Double.POSITIVE_INFINITY));
    Step.Affine none = Step.Affine.none();
    assertThrows(IllegalArgumentException.class, () -> none.withRotation(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> none.withShear(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> none.withWidthShift(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new Step.ChannelShift(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new Step.VerticalFlip(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new Fill(Fill.Mode.WRAP, 1));
  }
}

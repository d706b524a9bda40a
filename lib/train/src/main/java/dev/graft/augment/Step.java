package dev.graft.augment;

import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * One random change of photos: what its numbers are drawn from. Names and meanings are those of
 * Keras' {@code ImageDataGenerator}, and of torchvision where Keras has no such step.
 *
 * <p>{@code toString} is what {@link Augmentation#parse} reads, and names all that decides what
 * becomes of a photo. Immutable and thread-safe.
 */
public sealed interface Step {

  /** What this kind of step is called; with the seed it decides what is drawn. */
  String name();

  /** Whether no photo is changed, whatever is drawn. */
  boolean isNone();

  /**
   * Draws the numbers and changes a photo.
   *
   * @param photo RGB of any size; it is not changed
   * @param random where the numbers come from; how many are taken does not depend on the photo's
   *     colours
   * @return a photo of the same size; {@code photo} itself where nothing changes
   */
  Pixels apply(Pixels photo, Random random);

  /**
   * A part of the photo of random size, shape and place, resized to the whole: torchvision's {@code
   * RandomResizedCrop}, known from Inception (Szegedy et al., "Going Deeper with Convolutions",
   * 2015). Resized with the antialiased bilinear filter. What is drawn: up to ten times an area and
   * a shape, until the part fits into the photo, then its place; the largest middle part of a legal
   * shape if none fits.
   *
   * @param area share of the photo's area, above 0 and at most 1; drawn evenly
   * @param ratio the part's width over its height, above 0; its logarithm is drawn evenly
   */
  record RandomResizedCrop(Range area, Range ratio) implements Step {

    private static final int ATTEMPTS = 10;

    public RandomResizedCrop {
      if (!(area.min() > 0) || area.max() > 1) {
        throw new IllegalArgumentException("expected crop areas above 0, up to 1, got " + area);
      }
      if (!ratio.isWithin(0.1, 10)) {
        throw new IllegalArgumentException("expected crop ratios from 0.1 to 10, got " + ratio);
      }
    }

    /** torchvision's: areas 0.08..1, ratios 3/4..4/3. */
    public static RandomResizedCrop defaults() {
      return ofArea(new Range(0.08, 1));
    }

    /** Ratios 3/4..4/3, as torchvision's. */
    public static RandomResizedCrop ofArea(Range area) {
      return new RandomResizedCrop(area, new Range(3.0 / 4, 4.0 / 3));
    }

    @Override
    public String name() {
      return "random-resized-crop";
    }

    @Override
    public boolean isNone() {
      return false;
    }

    @Override
    public Pixels apply(Pixels photo, Random random) {
      Crop part = draw(photo.width(), photo.height(), random);
      return Resize.stretch(photo.width(), photo.height()).apply(part.of(photo));
    }

    Crop draw(int width, int height, Random random) {
      Range logRatio = new Range(StrictMath.log(ratio.min()), StrictMath.log(ratio.max()));
      for (int i = 0; i < ATTEMPTS; i++) {
        double pixels = area.draw(random) * width * height;
        double shape = StrictMath.exp(logRatio.draw(random));
        int w = (int) Math.rint(Math.sqrt(pixels * shape)); // rint: as Python rounds
        int h = (int) Math.rint(Math.sqrt(pixels / shape));
        if (0 < w && w <= width && 0 < h && h <= height) {
          int top = random.nextInt(height - h + 1);
          return new Crop(random.nextInt(width - w + 1), top, w, h);
        }
      }
      double shape = (double) width / height;
      int w = width;
      int h = height;
      if (shape < ratio.min()) {
        h = (int) Math.rint(width / ratio.min());
      } else if (shape > ratio.max()) {
        w = (int) Math.rint(height * ratio.max());
      }
      w = Math.max(1, w);
      h = Math.max(1, h);
      return new Crop((width - w) / 2, (height - h) / 2, w, h);
    }

    @Override
    public String toString() {
      return name() + "=" + area + "/" + ratio;
    }
  }

  /**
   * Rotation, shifts, shear and zoom. They become one matrix, and the photo is sampled once,
   * bilinearly: as Keras' {@code apply_affine_transform} with its order of the factors.
   *
   * @param rotation degrees, 0 to 180: turned by up to as much to either side
   * @param widthShift sideways by up to as much to either side: a share of the width below 1,
   *     pixels from 1 on
   * @param heightShift the same up and down
   * @param shear degrees, 0 up to but not including 90, to either side
   * @param zoom the factors for width and height, drawn apart; 1 is the photo's size, below 1
   *     magnifies; above 0, at most 10
   * @param fill what is seen beyond the photo's edges
   */
  record Affine(
      double rotation, double widthShift, double heightShift, double shear, Range zoom, Fill fill)
      implements Step {

    public Affine {
      if (!(rotation >= 0 && rotation <= 180)) {
        throw new IllegalArgumentException(
            "expected a rotation from 0 to 180 degrees, got " + Range.text(rotation));
      }
      checkShift("width", widthShift);
      checkShift("height", heightShift);
      if (!(shear >= 0 && shear < 90)) {
        throw new IllegalArgumentException(
            "expected a shear from 0 to below 90 degrees, got " + Range.text(shear));
      }
      if (!(zoom.min() > 0) || zoom.max() > 10) {
        throw new IllegalArgumentException("expected zooms above 0, up to 10, got " + zoom);
      }
      Objects.requireNonNull(fill, "fill");
    }

    private static void checkShift(String side, double shift) {
      if (!(shift >= 0 && shift <= 10_000)) {
        throw new IllegalArgumentException(
            "expected a %s shift from 0 to 10000, got %s".formatted(side, Range.text(shift)));
      }
    }

    /** No change; the edges, should there be any, filled with {@link Fill#nearest}. */
    public static Affine none() {
      return new Affine(0, 0, 0, 0, new Range(1, 1), Fill.nearest());
    }

    public Affine withRotation(double degrees) {
      return new Affine(degrees, widthShift, heightShift, shear, zoom, fill);
    }

    public Affine withWidthShift(double shareOrPixels) {
      return new Affine(rotation, shareOrPixels, heightShift, shear, zoom, fill);
    }

    public Affine withHeightShift(double shareOrPixels) {
      return new Affine(rotation, widthShift, shareOrPixels, shear, zoom, fill);
    }

    public Affine withShear(double degrees) {
      return new Affine(rotation, widthShift, heightShift, degrees, zoom, fill);
    }

    public Affine withZoom(Range factors) {
      return new Affine(rotation, widthShift, heightShift, shear, factors, fill);
    }

    public Affine withFill(Fill beyondTheEdges) {
      return new Affine(rotation, widthShift, heightShift, shear, zoom, beyondTheEdges);
    }

    @Override
    public String name() {
      return "affine";
    }

    @Override
    public boolean isNone() {
      return rotation == 0 && widthShift == 0 && heightShift == 0 && shear == 0 && zoom.isOnly(1);
    }

    @Override
    public Pixels apply(Pixels photo, Random random) {
      return draw(photo.width(), photo.height(), random).sample(photo, fill);
    }

    /** Always takes six numbers, so that one more option leaves what the others draw. */
    AffineMatrix draw(int width, int height, Random random) {
      double turn = new Range(-rotation, rotation).draw(random);
      double x = new Range(-widthShift, widthShift).draw(random);
      double y = new Range(-heightShift, heightShift).draw(random);
      double slant = new Range(-shear, shear).draw(random);
      double zoomX = zoom.draw(random);
      double zoomY = zoom.draw(random);
      return AffineMatrix.about(
          turn,
          widthShift < 1 ? x * width : x,
          heightShift < 1 ? y * height : y,
          slant,
          zoomX,
          zoomY,
          width,
          height);
    }

    @Override
    public String toString() {
      List<String> items = new ArrayList<>();
      addUnlessZero(items, "rotation=", rotation);
      addUnlessZero(items, "width-shift=", widthShift);
      addUnlessZero(items, "height-shift=", heightShift);
      addUnlessZero(items, "shear=", shear);
      if (!zoom.isOnly(1)) {
        items.add("zoom=" + zoom);
      }
      items.add("fill=" + fill);
      return String.join(",", items);
    }

    private static void addUnlessZero(List<String> items, String key, double value) {
      if (value != 0) {
        items.add(key + Range.text(value));
      }
    }
  }

  /**
   * Lighter or darker by a number that is added to all channels.
   *
   * @param levels 0 to 255: by up to as many to either side. The result stays between the photo's
   *     own smallest and largest value, as with Keras
   */
  record ChannelShift(double levels) implements Step {

    public ChannelShift {
      if (!(levels >= 0 && levels <= 255)) {
        throw new IllegalArgumentException(
            "expected a channel shift from 0 to 255, got " + Range.text(levels));
      }
    }

    @Override
    public String name() {
      return "channel-shift";
    }

    @Override
    public boolean isNone() {
      return levels == 0;
    }

    @Override
    public Pixels apply(Pixels photo, Random random) {
      return ColorAdjustment.channelShift(photo, new Range(-levels, levels).draw(random));
    }

    @Override
    public String toString() {
      return name() + "=" + Range.text(levels);
    }
  }

  /**
   * Left becomes right.
   *
   * @param probability 0 to 1; Keras' is 0.5
   */
  record HorizontalFlip(double probability) implements Step {

    public HorizontalFlip {
      checkProbability(probability);
    }

    @Override
    public String name() {
      return "horizontal-flip";
    }

    @Override
    public boolean isNone() {
      return probability == 0;
    }

    @Override
    public Pixels apply(Pixels photo, Random random) {
      return random.nextDouble() < probability ? flip(photo) : photo;
    }

    static Pixels flip(Pixels photo) {
      int width = photo.width();
      byte[] rgb = photo.rgb();
      byte[] result = new byte[rgb.length];
      for (int row = 0; row < rgb.length; row += 3 * width) {
        for (int from = row, to = row + 3 * (width - 1); to >= row; from += 3, to -= 3) {
          result[to] = rgb[from];
          result[to + 1] = rgb[from + 1];
          result[to + 2] = rgb[from + 2];
        }
      }
      return new Pixels(width, photo.height(), result);
    }

    @Override
    public String toString() {
      return name() + "=" + Range.text(probability);
    }
  }

  /**
   * Upside down.
   *
   * @param probability 0 to 1; Keras' is 0.5
   */
  record VerticalFlip(double probability) implements Step {

    public VerticalFlip {
      checkProbability(probability);
    }

    @Override
    public String name() {
      return "vertical-flip";
    }

    @Override
    public boolean isNone() {
      return probability == 0;
    }

    @Override
    public Pixels apply(Pixels photo, Random random) {
      return random.nextDouble() < probability ? flip(photo) : photo;
    }

    static Pixels flip(Pixels photo) {
      int length = 3 * photo.width();
      byte[] rgb = photo.rgb();
      byte[] result = new byte[rgb.length];
      for (int from = 0; from < rgb.length; from += length) {
        System.arraycopy(rgb, from, result, rgb.length - length - from, length);
      }
      return new Pixels(photo.width(), photo.height(), result);
    }

    @Override
    public String toString() {
      return name() + "=" + Range.text(probability);
    }
  }

  /**
   * Every channel times one factor.
   *
   * @param factors 0 (black) to 10; 1 changes nothing
   */
  record Brightness(Range factors) implements Step {

    public Brightness {
      checkFactors("brightness", factors);
    }

    @Override
    public String name() {
      return "brightness";
    }

    @Override
    public boolean isNone() {
      return factors.isOnly(1);
    }

    @Override
    public Pixels apply(Pixels photo, Random random) {
      return ColorAdjustment.brightness(photo, factors.draw(random));
    }

    @Override
    public String toString() {
      return name() + "=" + factors;
    }
  }

  /**
   * Brightness, contrast, saturation and hue, one after the other in random order: torchvision's
   * {@code ColorJitter}.
   *
   * @param brightness factors 0 (black) to 10; 1 changes nothing
   * @param contrast factors 0 (the photo's mean grey) to 10; 1 changes nothing
   * @param saturation factors 0 (grey) to 10; 1 changes nothing
   * @param hue share of the circle of hues, -0.5 to 0.5; 0 changes nothing
   */
  record ColorJitter(Range brightness, Range contrast, Range saturation, Range hue)
      implements Step {

    public ColorJitter {
      checkFactors("jitter brightness", brightness);
      checkFactors("jitter contrast", contrast);
      checkFactors("jitter saturation", saturation);
      if (!hue.isWithin(-0.5, 0.5)) {
        throw new IllegalArgumentException("expected hues from -0.5 to 0.5, got " + hue);
      }
    }

    @Override
    public String name() {
      return "color-jitter";
    }

    @Override
    public boolean isNone() {
      return brightness.isOnly(1) && contrast.isOnly(1) && saturation.isOnly(1) && hue.isOnly(0);
    }

    @Override
    public Pixels apply(Pixels photo, Random random) {
      double byBrightness = brightness.draw(random);
      double byContrast = contrast.draw(random);
      double bySaturation = saturation.draw(random);
      double byHue = hue.draw(random);
      List<UnaryOperator<Pixels>> all = new ArrayList<>();
      all.add(p -> brightness.isOnly(1) ? p : ColorAdjustment.brightness(p, byBrightness));
      all.add(p -> contrast.isOnly(1) ? p : ColorAdjustment.contrast(p, byContrast));
      all.add(p -> saturation.isOnly(1) ? p : ColorAdjustment.saturation(p, bySaturation));
      all.add(p -> hue.isOnly(0) ? p : ColorAdjustment.hue(p, byHue));
      Pixels result = photo;
      while (!all.isEmpty()) {
        result = all.remove(random.nextInt(all.size())).apply(result);
      }
      return result;
    }

    @Override
    public String toString() {
      return List.of(brightness, contrast, saturation, hue).stream()
          .map(Range::toString)
          .collect(Collectors.joining("/", name() + "=", ""));
    }
  }

  private static void checkProbability(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "expected a probability from 0 to 1, got " + Range.text(probability));
    }
  }

  private static void checkFactors(String what, Range factors) {
    if (!factors.isWithin(0, 10)) {
      throw new IllegalArgumentException(
          "expected factors of %s from 0 to 10, got %s".formatted(what, factors));
    }
  }
}

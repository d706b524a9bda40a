package dev.graft.augment;

import dev.graft.file.Sha256;
import dev.graft.photo.Pixels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Which random changes are made to training photos. As with Keras' {@code ImageDataGenerator},
 * there is at most one step of a kind and the order in which they are named does not matter: a
 * photo goes through random resized crop, affine step, channel shift, horizontal flip, vertical
 * flip, brightness and colour jitter, so far as they are there.
 *
 * <pre>{@code
 * Augmentation augmentation = Augmentation.parse("standard,rotation=20");
 * long seed = Augmentation.seed(42, photo.sha256(), epoch);
 * Pixels changed = augmentation.apply(pixels, seed);
 * }</pre>
 *
 * <p>Immutable and thread-safe. Two are equal if they have equal steps.
 *
 * @param steps those that change something, in the order in which they are applied
 */
public record Augmentation(List<Step> steps) {

  private static final List<Class<? extends Step>> ORDER =
      List.of(
          Step.RandomResizedCrop.class,
          Step.Affine.class,
          Step.ChannelShift.class,
          Step.HorizontalFlip.class,
          Step.VerticalFlip.class,
          Step.Brightness.class,
          Step.ColorJitter.class);

  /**
   * Puts the steps into order and leaves out those that change nothing.
   *
   * @throws IllegalArgumentException if there are two of a kind
   */
  public Augmentation {
    List<Step> all = new ArrayList<>(steps);
    all.sort(Comparator.comparing(step -> ORDER.indexOf(step.getClass())));
    for (int i = 1; i < all.size(); i++) {
      if (all.get(i).getClass() == all.get(i - 1).getClass()) {
        throw new IllegalArgumentException(
            "expected one %s step, got %s and %s"
                .formatted(all.get(i).name(), all.get(i - 1), all.get(i)));
      }
    }
    all.removeIf(Step::isNone);
    steps = List.copyOf(all);
  }

  /** Leaves photos as they are. */
  public static Augmentation none() {
    return new Augmentation(List.of());
  }

  /**
   * These steps, named in any order.
   *
   * @throws IllegalArgumentException if there are two of a kind
   */
  public static Augmentation of(List<Step> steps) {
    return new Augmentation(steps);
  }

  /**
   * Reads what the command line calls an augmentation: a preset ({@link #presets}), or steps with
   * their values, or both, separated by commas. A step replaces the preset's of that name; a value
   * that changes nothing, such as {@code rotation=0}, takes it away.
   *
   * <p>{@code rotation=DEGREES}, {@code width-shift=N} and {@code height-shift=N} (a share below 1,
   * else pixels), {@code shear=DEGREES}, {@code zoom=RANGE}, {@code fill=nearest}, {@code reflect},
   * {@code wrap} or {@code constant/LEVEL}, {@code channel-shift=LEVELS}, {@code
   * horizontal-flip[=PROBABILITY]}, {@code vertical-flip[=PROBABILITY]}, {@code brightness=RANGE},
   * {@code random-resized-crop[=MIN..MAX[/MIN..MAX]]} (area, ratio), {@code
   * color-jitter=BRIGHTNESS/CONTRAST/SATURATION/HUE}. A range is {@code MIN..MAX}, or one number D
   * for 1 - D to 1 + D (a hue: -D to D).
   *
   * @throws IllegalArgumentException with a sentence that says what was expected, or lists what is
   *     known
   */
  public static Augmentation parse(String text) {
    return new AugmentationParser().parse(text);
  }

  /** What the names of presets stand for, in the form that {@link #parse} reads. */
  public static Map<String, String> presets() {
    return AugmentationParser.PRESETS;
  }

  /** Whether photos stay as they are. */
  public boolean isNone() {
    return steps.isEmpty();
  }

  /**
   * Changes a photo. The same photo, augmentation and seed give the same bytes on every machine.
   *
   * @param photo RGB of any size, as {@link dev.graft.photo.PhotoReader} gives it; it is not
   *     changed
   * @param seed see {@link #seed}. What a step draws depends on the seed and its kind alone, so one
   *     more step leaves the others' draws as they were
   * @return RGB of the same size; {@code photo} itself where nothing changes
   */
  public Pixels apply(Pixels photo, long seed) {
    Pixels result = photo;
    for (Step step : steps) {
      // Random: its Javadoc lays the algorithm down, so every Java draws the same.
      result = step.apply(result, new Random(mix(mix(seed) + step.name().hashCode())));
    }
    return result;
  }

  /**
   * A seed of its own for each photo and draw.
   *
   * @param trainingSeed the seed of the whole training
   * @param photoSha256 {@link dev.graft.data.LabeledPhoto#sha256}: 64 lower-case hexadecimal digits
   * @param draw the number of the variant or epoch
   */
  public static long seed(long trainingSeed, String photoSha256, int draw) {
    if (!Sha256.isHex(photoSha256)) {
      throw new IllegalArgumentException(
          "expected a SHA-256 of 64 hexadecimal digits, got " + photoSha256);
    }
    long photo = Long.parseUnsignedLong(photoSha256, 0, 16, 16);
    return mix(mix(mix(trainingSeed) + photo) + draw);
  }

  /** The canonical form: equal augmentations have equal texts, and {@link #parse} reads them. */
  @Override
  public String toString() {
    return isNone() ? "none" : steps.stream().map(Step::toString).collect(Collectors.joining(","));
  }

  /**
   * Spreads each bit over all: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
   * number generators", 2014; constants of Stafford's variant 13).
   */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}

package dev.graft.augment;

import java.util.Locale;
import java.util.Objects;

/**
 * What is seen beyond a photo's edges when it is turned, shifted or shrunk. Keras' {@code
 * fill_mode} and {@code cval}, which are {@code scipy.ndimage}'s.
 *
 * @param mode where the pixels come from
 * @param level the grey of {@code CONSTANT}, 0 (black) to 255; 0 for the other modes
 */
public record Fill(Mode mode, int level) {

  /** Where the pixels beyond the edges come from; the letters are a row of pixels. */
  public enum Mode {
    /** {@code aaa|abcd|ddd}: the pixel at the edge. */
    NEAREST,
    /** {@code kkk|abcd|kkk}: one grey. */
    CONSTANT,
    /** {@code cba|abcd|dcb}: the photo in a mirror. */
    REFLECT,
    /**
     * {@code bcd|abcd|abc}: the photo again. It begins again where its last pixel lies, not one
     * further, as in SciPy's {@code wrap} (which has {@code grid-wrap} for the other).
     */
    WRAP
  }

  public Fill {
    Objects.requireNonNull(mode, "mode");
    if (level < 0 || level > 255) {
      throw new IllegalArgumentException("expected a fill level from 0 to 255, got " + level);
    }
    if (level != 0 && mode != Mode.CONSTANT) {
      throw new IllegalArgumentException(
          "a fill level needs the mode constant, got " + level + " with " + mode);
    }
  }

  /** The pixel at the edge: Keras' default. */
  public static Fill nearest() {
    return new Fill(Mode.NEAREST, 0);
  }

  /** One grey, 0 (black) to 255. */
  public static Fill constant(int level) {
    return new Fill(Mode.CONSTANT, level);
  }

  /** The photo in a mirror. */
  public static Fill reflect() {
    return new Fill(Mode.REFLECT, 0);
  }

  /** The photo again. */
  public static Fill wrap() {
    return new Fill(Mode.WRAP, 0);
  }

  /** As {@link Augmentation#parse} reads it: {@code nearest} or {@code constant/128}. */
  @Override
  public String toString() {
    String name = mode.name().toLowerCase(Locale.ROOT);
    return mode == Mode.CONSTANT ? name + "/" + level : name;
  }
}

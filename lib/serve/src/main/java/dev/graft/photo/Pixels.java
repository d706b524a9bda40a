package dev.graft.photo;

import java.awt.image.BufferedImage;
import java.util.Objects;

/**
 * The pixels of an upright photo: unsigned bytes, rows from the top, each pixel red, green, blue
 * ({@code [height, width, 3]}).
 *
 * <p>The array is not copied: who makes or receives pixels must not change it.
 */
public final class Pixels {

  private final int width;
  private final int height;
  private final byte[] rgb;

  /**
   * @throws IllegalArgumentException if {@code rgb} does not hold {@code width * height * 3} bytes
   */
  public Pixels(int width, int height, byte[] rgb) {
    Objects.requireNonNull(rgb, "rgb");
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "expected %d x %d x 3 bytes of pixels, got %d".formatted(height, width, rgb.length));
    }
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /**
   * The pixels of an image that is in memory already, at its own size: equal to those that {@link
   * PhotoReader#read(java.nio.file.Path)} gives of the file, where the image was read from one that
   * has neither an orientation nor a colour profile that was applied. Transparent parts are over
   * white; of 16 bits the high 8 count.
   */
  public static Pixels of(BufferedImage image) {
    return ImagePixels.of(Objects.requireNonNull(image, "image"));
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  /** The bytes themselves, {@code [height, width, 3]}, RGB, 0..255 unsigned; not a copy. */
  public byte[] rgb() {
    return rgb;
  }
}

package dev.graft.photo;

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
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "expected %d x %d x 3 bytes of pixels, got %d".formatted(height, width, rgb.length));
    }
    this.width = width;
    this.height = height;
    this.rgb = rgb;
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

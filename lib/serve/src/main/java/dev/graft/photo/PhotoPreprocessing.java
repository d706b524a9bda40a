package dev.graft.photo;

import java.util.Objects;

/**
 * What happens to a photo between decoding and a model's {@code image} input. A model file stores
 * it; whoever serves the file repeats it.
 *
 * @param resize the target size and how it is reached
 * @param colorMode which colours are kept
 */
public record PhotoPreprocessing(Resize resize, ColorMode colorMode) {

  public PhotoPreprocessing {
    Objects.requireNonNull(resize, "resize");
    Objects.requireNonNull(colorMode, "colorMode");
  }

  /** Stretched to {@code width} x {@code height}, antialiased bilinear, RGB. */
  public static PhotoPreprocessing stretch(int width, int height) {
    return new PhotoPreprocessing(Resize.stretch(width, height), ColorMode.RGB);
  }

  /**
   * What a model sees of an upright photo in memory, equal to what it sees of a file with these
   * pixels; the same object where there is nothing to do.
   */
  public Pixels apply(Pixels photo) {
    Objects.requireNonNull(photo, "photo");
    return resize.apply(colorMode == ColorMode.GRAYSCALE ? gray(photo) : photo);
  }

  private static Pixels gray(Pixels photo) {
    byte[] rgb = photo.rgb();
    byte[] gray = new byte[rgb.length];
    for (int p = 0; p < rgb.length; p += 3) {
      byte luma = (byte) ColorMode.luma(rgb[p] & 0xff, rgb[p + 1] & 0xff, rgb[p + 2] & 0xff);
      gray[p] = luma;
      gray[p + 1] = luma;
      gray[p + 2] = luma;
    }
    return new Pixels(photo.width(), photo.height(), gray);
  }
}

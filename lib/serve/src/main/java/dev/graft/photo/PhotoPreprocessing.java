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
}

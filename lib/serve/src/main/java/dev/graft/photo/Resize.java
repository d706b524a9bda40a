package dev.graft.photo;

import dev.graft.photo.decode.DecodedPhoto;
import java.util.Objects;

/**
 * How a photo of any size becomes {@code width} x {@code height} pixels. The results equal those of
 * Pillow's {@code Image.resize}, {@code ImageOps.fit} and {@code ImageOps.pad}.
 *
 * @param width target width in pixels, at least 1
 * @param height target height in pixels, at least 1
 * @param fit what happens where the photo's aspect ratio is not the target's
 * @param filter the resampling filter, as Pillow defines it
 */
public record Resize(int width, int height, Fit fit, Filter filter) {

  /** A target larger than this is a mistake, and would overflow the arrays. */
  private static final int MAX_PIXELS = 1 << 29;

  /** Chosen by measurement: see "Large JPEGs" in docs/photos.md. */
  static final double REDUCED_MARGIN = 2.5;

  /** What happens where the photo's aspect ratio is not the target's. */
  public enum Fit {
    /** Both sides are scaled on their own: the whole photo is seen, its shape changes. */
    STRETCH,
    /**
     * The largest middle part of the target's aspect ratio is scaled: the shape is kept. Pillow's
     * {@code ImageOps.fit}; Keras' {@code keep_aspect_ratio} and {@code crop_to_aspect_ratio}, but
     * not rounded to whole pixels.
     */
    CROP,
    /**
     * The whole photo is scaled to fit inside and black fills the rest: the shape is kept. Pillow's
     * {@code ImageOps.pad}.
     */
    PAD
  }

  /**
   * The resampling filters of Pillow. All but {@code NEAREST} are antialiased: when shrinking, a
   * target pixel sees every source pixel below it.
   */
  public enum Filter {
    /** The source pixel at the target pixel's middle. */
    NEAREST,
    /** Triangle, 1 target pixel to each side. */
    BILINEAR,
    /** Keys' cubic convolution with a = -0.5, 2 target pixels to each side. */
    BICUBIC,
    /** Windowed sinc, 3 target pixels to each side. */
    LANCZOS
  }

  public Resize {
    if (width < 1 || height < 1 || (long) width * height > MAX_PIXELS) {
      throw new IllegalArgumentException(
          "expected a target size of 1x1 to %d pixels, got %dx%d"
              .formatted(MAX_PIXELS, width, height));
    }
    Objects.requireNonNull(fit, "fit");
    Objects.requireNonNull(filter, "filter");
  }

  /** Stretches to {@code width} x {@code height} with the antialiased bilinear filter. */
  public static Resize stretch(int width, int height) {
    return new Resize(width, height, Fit.STRETCH, Filter.BILINEAR);
  }

  /** Resizes an upright photo; the same object where there is nothing to do. */
  public Pixels apply(Pixels photo) {
    byte[] rgb = samples(new DecodedPhoto(photo.width(), photo.height(), 3, photo.rgb()));
    return rgb == photo.rgb() ? photo : new Pixels(width, height, rgb);
  }

  /**
   * How much smaller a photo may be decoded when this comes after it: what is left must still be
   * {@link #REDUCED_MARGIN} times the target, so that the filter, and not the decoder, decides what
   * the target's pixels see.
   *
   * @param w the upright photo's width in pixels
   * @param h the upright photo's height in pixels
   * @return 1, 2, 4 or 8
   */
  int reduction(int w, int h) {
    if (filter == Filter.NEAREST) {
      return 1; // its pixels are the photo's own
    }
    Placement placement = placement(w, h);
    Resampler.Box part = placement.part;
    double across = (double) (part.right() - part.left()) / placement.width;
    double down = (double) (part.bottom() - part.top()) / placement.height;
    int reduction = 8;
    while (reduction > 1 && Math.min(across, down) < REDUCED_MARGIN * reduction) {
      reduction /= 2;
    }
    return reduction;
  }

  /** The upright, resized samples {@code [height, width, bands]}. */
  byte[] samples(DecodedPhoto photo) {
    Placement placement = placement(photo.fullUprightWidth(), photo.fullUprightHeight());
    byte[] inner =
        Resampler.resample(
            photo, placement.part.inSamplesOf(photo), placement.width, placement.height, filter);
    return placement.width == width && placement.height == height
        ? inner
        : padded(inner, placement, photo.bands());
  }

  /** A part of the photo, and the size in the target that it is brought to. */
  private record Placement(Resampler.Box part, int width, int height) {}

  private Placement placement(int w, int h) {
    return switch (fit) {
      case STRETCH -> new Placement(new Resampler.Box(0, 0, w, h), width, height);
      case CROP -> new Placement(largestMiddle(w, h), width, height);
      case PAD -> {
        double ratio = (double) w / h;
        double target = (double) width / height;
        // rint: Python rounds halves to the even neighbour.
        int innerWidth =
            ratio < target ? Math.max(1, (int) Math.rint((double) w / h * height)) : width;
        int innerHeight =
            ratio > target ? Math.max(1, (int) Math.rint((double) h / w * width)) : height;
        yield new Placement(new Resampler.Box(0, 0, w, h), innerWidth, innerHeight);
      }
    };
  }

  private Resampler.Box largestMiddle(int w, int h) {
    double ratio = (double) w / h;
    double target = (double) width / height;
    double cropWidth = ratio > target ? target * h : w;
    double cropHeight = ratio < target ? w / target : h;
    double left = (w - cropWidth) * 0.5;
    double top = (h - cropHeight) * 0.5;
    return new Resampler.Box(
        (float) left,
        (float) top,
        Math.min(w, (float) (left + cropWidth)),
        Math.min(h, (float) (top + cropHeight)));
  }

  private byte[] padded(byte[] inner, Placement placement, int bands) {
    int left = (int) Math.rint((width - placement.width) * 0.5);
    int top = (int) Math.rint((height - placement.height) * 0.5);
    byte[] result = new byte[width * height * bands];
    for (int y = 0; y < placement.height; y++) {
      System.arraycopy(
          inner,
          y * placement.width * bands,
          result,
          ((top + y) * width + left) * bands,
          placement.width * bands);
    }
    return result;
  }
}

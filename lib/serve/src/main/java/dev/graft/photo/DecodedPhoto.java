package dev.graft.photo;

/**
 * A photo as it is stored, in 8 bits a sample, before it is turned upright; perhaps decoded at a
 * fraction of its size.
 */
final class DecodedPhoto {

  private final int fullWidth;
  private final int fullHeight;
  private final int reduction;
  private final int width;
  private final int height;
  private final int bands;
  private final byte[] samples;
  private final int orientation;

  /**
   * Takes over the samples.
   *
   * @param bands 1 (grey) or 3 (red, green, blue)
   * @param samples rows from the top, {@code [height, width, bands]}; may be longer than that
   * @param orientation the EXIF orientation, 1 to 8
   */
  DecodedPhoto(int width, int height, int bands, byte[] samples, int orientation) {
    this(width, height, 1, bands, samples, orientation);
  }

  private DecodedPhoto(
      int fullWidth, int fullHeight, int reduction, int bands, byte[] samples, int orientation) {
    this.fullWidth = fullWidth;
    this.fullHeight = fullHeight;
    this.reduction = reduction;
    this.width = ceilDiv(fullWidth, reduction);
    this.height = ceilDiv(fullHeight, reduction);
    this.bands = bands;
    this.samples = samples;
    this.orientation = orientation;
  }

  DecodedPhoto(int width, int height, int bands, byte[] samples) {
    this(width, height, bands, samples, Exif.UPRIGHT);
  }

  /**
   * Takes over the samples of a photo that was decoded at a fraction of its size: each sample
   * stands for {@code reduction} x {@code reduction} of the photo, and the last of a row or column
   * for what is left of it.
   *
   * @param samples {@code [ceil(fullHeight / reduction), ceil(fullWidth / reduction), bands]}
   */
  static DecodedPhoto reduced(
      int fullWidth, int fullHeight, int reduction, int bands, byte[] samples, int orientation) {
    return new DecodedPhoto(fullWidth, fullHeight, reduction, bands, samples, orientation);
  }

  /** The pixels a photo of this size has across, or down, at a fraction of its size. */
  static int ceilDiv(int size, int reduction) {
    return (size + reduction - 1) / reduction;
  }

  /** The photo's own width, upright, however small it was decoded. */
  int fullUprightWidth() {
    return orientation < 5 ? fullWidth : fullHeight;
  }

  /** The photo's own height, upright, however small it was decoded. */
  int fullUprightHeight() {
    return orientation < 5 ? fullHeight : fullWidth;
  }

  /** Where a part of the photo's own upright pixels lies in the upright samples. */
  Resampler.Box inSamples(Resampler.Box box) {
    if (reduction == 1) {
      return box;
    }
    // Where the photo is turned round, the last sample, which it fills in part only, comes first.
    boolean fromRight = Exif.mirrorsColumns(orientation);
    boolean fromBottom = Exif.mirrorsRows(orientation);
    float scale = 1f / reduction; // exact, it is a power of two
    float left = fromRight ? uprightWidth() - fullUprightWidth() * scale : 0;
    float top = fromBottom ? uprightHeight() - fullUprightHeight() * scale : 0;
    return new Resampler.Box(
        left + box.left() * scale,
        top + box.top() * scale,
        left + box.right() * scale,
        top + box.bottom() * scale);
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  int bands() {
    return bands;
  }

  byte[] samples() {
    return samples;
  }

  int orientation() {
    return orientation;
  }

  DecodedPhoto withOrientation(int exif) {
    return new DecodedPhoto(fullWidth, fullHeight, reduction, bands, samples, exif);
  }

  int uprightWidth() {
    return orientation < 5 ? width : height;
  }

  int uprightHeight() {
    return orientation < 5 ? height : width;
  }

  /** Changes the samples in place to {@link ColorMode#luma}. */
  DecodedPhoto toGray() {
    if (bands == 1) {
      return this;
    }
    for (int i = 0, p = 0, n = width * height; i < n; i++, p += 3) {
      samples[i] =
          (byte) ColorMode.luma(samples[p] & 0xff, samples[p + 1] & 0xff, samples[p + 2] & 0xff);
    }
    return new DecodedPhoto(fullWidth, fullHeight, reduction, 1, samples, orientation);
  }

  /** All upright samples; the samples themselves where nothing has to move. */
  byte[] upright() {
    int length = width * height * bands;
    if (orientation == 1 && samples.length == length) {
      return samples;
    }
    byte[] target = new byte[length];
    int block = 16;
    for (int y = 0; y < uprightHeight(); y += block) {
      uprightRows(y, Math.min(block, uprightHeight() - y), target, y * uprightWidth() * bands);
    }
    return target;
  }

  /**
   * Copies {@code count} upright rows from {@code y} on. Where rows are stored as columns, asking
   * for several at once keeps the walk through memory short.
   */
  void uprightRows(int y, int count, byte[] target, int offset) {
    if (orientation < 5) {
      boolean mirrored = orientation == 2 || orientation == 3;
      for (int k = 0; k < count; k++) {
        int row = orientation < 3 ? y + k : height - 1 - y - k;
        int from = row * width * bands;
        int to = offset + k * width * bands;
        if (!mirrored) {
          System.arraycopy(samples, from, target, to, width * bands);
          continue;
        }
        for (int x = width - 1; x >= 0; x--) {
          for (int b = 0; b < bands; b++) {
            target[to++] = samples[from + x * bands + b];
          }
        }
      }
      return;
    }
    boolean fromRight = Exif.mirrorsRows(orientation);
    boolean fromBottom = Exif.mirrorsColumns(orientation);
    int step = fromRight ? -bands : bands;
    for (int x = 0; x < height; x++) {
      int row = fromBottom ? height - 1 - x : x;
      int from = (row * width + (fromRight ? width - 1 - y : y)) * bands;
      int to = offset + x * bands;
      for (int k = 0; k < count; k++, from += step, to += height * bands) {
        for (int b = 0; b < bands; b++) {
          target[to + b] = samples[from + b];
        }
      }
    }
  }
}

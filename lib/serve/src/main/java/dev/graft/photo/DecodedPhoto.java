package dev.graft.photo;

/** A photo as it is stored, in 8 bits a sample, before it is turned upright. */
final class DecodedPhoto {

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
    this.width = width;
    this.height = height;
    this.bands = bands;
    this.samples = samples;
    this.orientation = orientation;
  }

  DecodedPhoto(int width, int height, int bands, byte[] samples) {
    this(width, height, bands, samples, Exif.UPRIGHT);
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
    return new DecodedPhoto(width, height, bands, samples, exif);
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
    return new DecodedPhoto(width, height, 1, samples, orientation);
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
    boolean fromRight = orientation == 7 || orientation == 8;
    boolean fromBottom = orientation == 6 || orientation == 7;
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

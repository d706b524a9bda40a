package dev.graft.photo.decode;

/**
 * A photo as it is stored, in 8 bits a sample, before it is turned upright; perhaps decoded at a
 * fraction of its size.
 */
public final class DecodedPhoto {

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
  public DecodedPhoto(int width, int height, int bands, byte[] samples, int orientation) {
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

  public DecodedPhoto(int width, int height, int bands, byte[] samples) {
    this(width, height, bands, samples, Exif.UPRIGHT);
  }

  /**
   * Takes over the samples of a photo that was decoded at a fraction of its size: each sample
   * stands for {@code reduction} x {@code reduction} of the photo, and the last of a row or column
   * for what is left of it.
   *
   * @param samples {@code [ceil(fullHeight / reduction), ceil(fullWidth / reduction), bands]}
   */
  public static DecodedPhoto reduced(
      int fullWidth, int fullHeight, int reduction, int bands, byte[] samples, int orientation) {
    return new DecodedPhoto(fullWidth, fullHeight, reduction, bands, samples, orientation);
  }

  /** The pixels a photo of this size has across, or down, at a fraction of its size. */
  static int ceilDiv(int size, int reduction) {
    return (size + reduction - 1) / reduction;
  }

  /** The photo's own width, upright, however small it was decoded. */
  public int fullUprightWidth() {
    return orientation < 5 ? fullWidth : fullHeight;
  }

  /** The photo's own height, upright, however small it was decoded. */
  public int fullUprightHeight() {
    return orientation < 5 ? fullHeight : fullWidth;
  }

  /** Each sample stands for so many pixels of the photo, across and down. */
  public int reduction() {
    return reduction;
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  public int bands() {
    return bands;
  }

  public byte[] samples() {
    return samples;
  }

  public int orientation() {
    return orientation;
  }

  public DecodedPhoto withOrientation(int exif) {
    return new DecodedPhoto(fullWidth, fullHeight, reduction, bands, samples, exif);
  }

  public int uprightWidth() {
    return orientation < 5 ? width : height;
  }

  public int uprightHeight() {
    return orientation < 5 ? height : width;
  }

  /** The same photo after its samples were made grey in place. */
  public DecodedPhoto madeGray() {
    return new DecodedPhoto(fullWidth, fullHeight, reduction, 1, samples, orientation);
  }

  /** All upright samples; the samples themselves where nothing has to move. */
  public byte[] upright() {
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
  public void uprightRows(int y, int count, byte[] target, int offset) {
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

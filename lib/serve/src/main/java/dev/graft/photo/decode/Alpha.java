package dev.graft.photo.decode;

/** What lies behind a transparent photo: white. */
public final class Alpha {

  private Alpha() {}

  /**
   * A sample over white, rounded to the nearest.
   *
   * @param sample 0..255
   * @param alpha 0 (nothing but white) to 255 (opaque)
   */
  public static byte onWhite(int sample, int alpha) {
    return (byte) ((sample * alpha + 255 * (255 - alpha) + 127) / 255);
  }
}

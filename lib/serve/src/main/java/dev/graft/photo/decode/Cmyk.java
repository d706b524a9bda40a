package dev.graft.photo.decode;

/** Pillow's plain conversion (cmyk2rgb in Convert.c): no profile is applied. */
public final class Cmyk {

  private Cmyk() {}

  /**
   * Converts in place: {@code [pixels, 4]} becomes {@code [pixels, 3]} at the array's beginning.
   *
   * @param inverted 255 is no ink, as Adobe writes JPEG
   */
  public static void toRgb(byte[] samples, int pixels, boolean inverted) {
    int flip = inverted ? 0xff : 0;
    for (int i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
      int light = 255 - ((samples[from + 3] & 0xff) ^ flip);
      byte red = mix(light, (samples[from] & 0xff) ^ flip);
      byte green = mix(light, (samples[from + 1] & 0xff) ^ flip);
      byte blue = mix(light, (samples[from + 2] & 0xff) ^ flip);
      samples[to] = red;
      samples[to + 1] = green;
      samples[to + 2] = blue;
    }
  }

  private static byte mix(int light, int ink) {
    int product = ink * light + 128;
    return (byte) Math.max(0, light - (((product >> 8) + product) >> 8));
  }
}

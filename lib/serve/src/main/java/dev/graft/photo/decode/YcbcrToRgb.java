package dev.graft.photo.decode;

/** The integer conversion of libjpeg (jdcolor.c), bit by bit. */
public final class YcbcrToRgb {

  private static final int[] CR_TO_RED = new int[256];
  private static final int[] CB_TO_BLUE = new int[256];
  private static final int[] CR_TO_GREEN = new int[256];
  private static final int[] CB_TO_GREEN = new int[256];

  static {
    int half = 1 << 15;
    for (int i = 0; i < 256; i++) {
      int x = i - 128;
      CR_TO_RED[i] = (fixed(1.40200) * x + half) >> 16;
      CB_TO_BLUE[i] = (fixed(1.77200) * x + half) >> 16;
      CR_TO_GREEN[i] = -fixed(0.71414) * x;
      CB_TO_GREEN[i] = -fixed(0.34414) * x + half;
    }
  }

  private YcbcrToRgb() {}

  private static int fixed(double x) {
    return (int) (x * (1 << 16) + 0.5);
  }

  /** Converts {@code pixels} pixels in place; a fourth component stays as it is. */
  public static void convert(byte[] samples, int components, int pixels) {
    for (int p = 0, end = pixels * components; p < end; p += components) {
      int y = samples[p] & 0xff;
      int cb = samples[p + 1] & 0xff;
      int cr = samples[p + 2] & 0xff;
      samples[p] = clip(y + CR_TO_RED[cr]);
      samples[p + 1] = clip(y + ((CB_TO_GREEN[cb] + CR_TO_GREEN[cr]) >> 16));
      samples[p + 2] = clip(y + CB_TO_BLUE[cb]);
    }
  }

  private static byte clip(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }
}

package dev.graft.photo;

/** Which colours of a photo a model sees. Pixels always have three channels. */
public enum ColorMode {
  /** Red, green and blue as they are. */
  RGB,
  /** The ITU-R 601-2 luma (Pillow's mode {@code L}) in all three channels. */
  GRAYSCALE;

  /**
   * How bright a colour is, as Pillow's mode {@code L} has it: ITU-R 601-2 luma in 16-bit fixed
   * point.
   *
   * @return 0..255, as the arguments are
   */
  public static int luma(int red, int green, int blue) {
    return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
  }
}

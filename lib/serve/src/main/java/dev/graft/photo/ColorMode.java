package dev.graft.photo;

/** Which colours of a photo a model sees. Pixels always have three channels. */
public enum ColorMode {
  /** Red, green and blue as they are. */
  RGB,
  /** The ITU-R 601-2 luma (Pillow's mode {@code L}) in all three channels. */
  GRAYSCALE
}

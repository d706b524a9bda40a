package dev.graft.data;

/** Which photos stay on one side of every split and in one fold. */
public enum Grouping {
  /** Equal files alone. */
  NONE,
  /**
   * The photos of a burst too: JPEGs of one camera, each taken at most 10 seconds after the one
   * before, by their EXIF data. Nearly the same picture on both sides makes a figure too good.
   */
  CAPTURE
}

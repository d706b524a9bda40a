package dev.graft.augment;

import dev.graft.photo.Pixels;

/** A rectangle of a photo, in pixels. */
record Crop(int left, int top, int width, int height) {

  Pixels of(Pixels photo) {
    if (width == photo.width() && height == photo.height()) {
      return photo;
    }
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      int from = 3 * ((top + y) * photo.width() + left);
      System.arraycopy(photo.rgb(), from, rgb, 3 * y * width, 3 * width);
    }
    return new Pixels(width, height, rgb);
  }
}

package dev.graft.augment;

import dev.graft.photo.Pixels;

/**
 * Where each pixel of a result lies in its source: pixel (x, y) at ({@code xx * x + xy * y + x0},
 * {@code yx * x + yy * y + y0}). Pixels lie at whole numbers.
 */
record AffineMatrix(double xx, double xy, double x0, double yx, double yy, double y0) {

  /**
   * Rotation, shift, shear and zoom about the photo's middle in one matrix. The factors and their
   * order are those of Keras 2's {@code apply_affine_transform} ({@code
   * keras/src/preprocessing/image.py}, version 2.15), where the first shift is the one sideways,
   * though its generator hands over the height's. Keras swaps height and width when it computes the
   * middle, which makes no difference for square photos; here the middle is the middle of all.
   *
   * @param rotation degrees
   * @param shiftX pixels
   * @param shiftY pixels
   * @param shear degrees
   * @param zoomX below 1 to magnify
   * @param zoomY below 1 to magnify
   * @param width of the photo
   * @param height of the photo
   */
  static AffineMatrix about(
      double rotation,
      double shiftX,
      double shiftY,
      double shear,
      double zoomX,
      double zoomY,
      int width,
      int height) {
    // StrictMath: the same bits on every processor.
    double cos = StrictMath.cos(StrictMath.toRadians(rotation));
    double sin = StrictMath.sin(StrictMath.toRadians(rotation));
    double shearCos = StrictMath.cos(StrictMath.toRadians(shear));
    double shearSin = StrictMath.sin(StrictMath.toRadians(shear));
    double xx = cos * zoomX;
    double xy = -(cos * shearSin + sin * shearCos) * zoomY;
    double yx = sin * zoomX;
    double yy = (cos * shearCos - sin * shearSin) * zoomY;
    double middleX = width / 2.0 - 0.5;
    double middleY = height / 2.0 - 0.5;
    return new AffineMatrix(
        xx,
        xy,
        middleX + (cos * shiftX - sin * shiftY) - (xx * middleX + xy * middleY),
        yx,
        yy,
        middleY + (sin * shiftX + cos * shiftY) - (yx * middleX + yy * middleY));
  }

  /**
   * Samples a photo bilinearly, as {@code scipy.ndimage.affine_transform(order=1)} does, and rounds
   * to the nearest level.
   */
  Pixels sample(Pixels photo, Fill fill) {
    int width = photo.width();
    int height = photo.height();
    byte[] source = photo.rgb();
    byte[] result = new byte[source.length];
    boolean constant = fill.mode() == Fill.Mode.CONSTANT;
    int at = 0;
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++, at += 3) {
        double x = xx * column + xy * row + x0;
        double y = yx * column + yy * row + y0;
        if (!(x >= 0 && x <= width - 1 && y >= 0 && y <= height - 1)) {
          if (constant) {
            byte level = (byte) fill.level();
            result[at] = level;
            result[at + 1] = level;
            result[at + 2] = level;
            continue;
          }
          x = inside(x, width, fill.mode());
          y = inside(y, height, fill.mode());
        }
        int left = (int) x;
        int top = (int) y;
        float right = (float) (x - left);
        float bottom = (float) (y - top);
        int a = 3 * (width * top + left);
        int b = left + 1 < width ? a + 3 : a;
        int down = top + 1 < height ? 3 * width : 0;
        for (int c = 0; c < 3; c++) {
          float above = between(source[a + c], source[b + c], right);
          float below = between(source[a + down + c], source[b + down + c], right);
          result[at + c] = (byte) (above + (below - above) * bottom + 0.5f);
        }
      }
    }
    return new Pixels(width, height, result);
  }

  private static float between(byte from, byte to, float share) {
    int start = from & 0xff;
    return start + ((to & 0xff) - start) * share;
  }

  /**
   * The place in the photo that stands for one beyond its edges, as {@code map_coordinate} in
   * SciPy's {@code ni_interpolation.c} has it. Between a pixel at the edge and its mirror image
   * there is nothing but that pixel, so the result never lies outside.
   */
  private static double inside(double at, int size, Fill.Mode mode) {
    int last = size - 1;
    if (at >= 0 && at <= last) {
      return at;
    }
    return switch (mode) {
      case NEAREST -> at < 0 ? 0 : last;
      case REFLECT -> {
        double period = 2.0 * size;
        double ahead = at - period * Math.floor(at / period);
        double mirrored = ahead < size ? ahead : period - 1 - ahead;
        yield Math.max(0, Math.min(last, mirrored));
      }
      case WRAP -> last == 0 ? 0 : Math.min(last, at - last * Math.floor(at / last));
      case CONSTANT -> throw new IllegalStateException("a constant has no place in the photo");
    };
  }
}

package dev.graft.photo;

import dev.graft.photo.decode.Alpha;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;

/** The pixels of one of Java's images, equal to those of the file that it was read from. */
final class ImagePixels {

  private ImagePixels() {}

  static Pixels of(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
    if (hasPlainSamples(image.getColorModel())) {
      copySamples(image, rgb);
    } else {
      copyColors(image, rgb);
    }
    return new Pixels(width, height, rgb);
  }

  /**
   * Whether samples are grey or red, green and blue of 8 or 16 bits. These are taken as they are:
   * Java would brighten grey, which it takes to be linear, apply colour profiles, and round 16
   * bits.
   */
  private static boolean hasPlainSamples(ColorModel colors) {
    int space = colors.getColorSpace().getType();
    int bits = colors.getComponentSize(0);
    return colors instanceof ComponentColorModel
        && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB)
        && ((colors.getTransferType() == DataBuffer.TYPE_BYTE && bits == 8)
            || (colors.getTransferType() == DataBuffer.TYPE_USHORT && bits == 16));
  }

  private static void copySamples(BufferedImage image, byte[] rgb) {
    ColorModel colors = image.getColorModel();
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    int shift = colors.getComponentSize(0) - 8;
    boolean gray = colors.getNumColorComponents() == 1;
    int[] row = new int[bands * image.getWidth()];
    for (int y = 0, to = 0; y < image.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, image.getWidth(), 1, row);
      for (int from = 0; from < row.length; from += bands) {
        int alpha = colors.hasAlpha() ? row[from + bands - 1] >> shift : 255;
        for (int c = 0; c < 3; c++) {
          int sample = row[gray ? from : from + c] >> shift;
          rgb[to++] =
              colors.isAlphaPremultiplied()
                  ? (byte) (Math.min(sample, alpha) + 255 - alpha)
                  : Alpha.onWhite(sample, alpha);
        }
      }
    }
  }

  private static void copyColors(BufferedImage image, byte[] rgb) {
    int[] row = new int[image.getWidth()];
    for (int y = 0, to = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, row.length, 1, row, 0, row.length);
      for (int argb : row) {
        int alpha = argb >>> 24;
        rgb[to++] = Alpha.onWhite((argb >> 16) & 0xff, alpha);
        rgb[to++] = Alpha.onWhite((argb >> 8) & 0xff, alpha);
        rgb[to++] = Alpha.onWhite(argb & 0xff, alpha);
      }
    }
  }
}

package dev.graft.photo.tiff;

import dev.graft.photo.decode.Alpha;
import dev.graft.photo.decode.BadPhotoException;
import dev.graft.photo.decode.Cmyk;
import dev.graft.photo.decode.DecodedPhoto;
import dev.graft.photo.decode.PhotoFormat;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.util.stream.IntStream;

/** From an ImageIO plug-in's image to samples, past Java's colour management. */
final class Rasters {

  private Rasters() {}

  /** What a band beyond grey or red, green and blue means. */
  enum Extra {
    NOTHING,
    ALPHA,
    /** The colours are multiplied by it already. */
    PREMULTIPLIED_ALPHA,
    /** The black of CMYK. */
    BLACK_INK
  }

  /** A raster on samples {@code [height, width, bands]}; not a copy. */
  static Raster interleaved(byte[] samples, int width, int height, int bands) {
    return Raster.createInterleavedRaster(
        new DataBufferByte(samples, samples.length),
        width,
        height,
        width * bands,
        bands,
        IntStream.range(0, bands).toArray(),
        null);
  }

  /** The stored samples as grey or RGB over white; 16-bit samples give their high byte. */
  static DecodedPhoto decoded(BufferedImage image, Extra extra, PhotoFormat format)
      throws BadPhotoException {
    return image.getColorModel() instanceof IndexColorModel palette
        ? indexed(image.getRaster(), palette)
        : decoded(image.getRaster(), extra, format);
  }

  /** The same for samples without a palette. */
  static DecodedPhoto decoded(Raster raster, Extra extra, PhotoFormat format)
      throws BadPhotoException {
    int w = raster.getWidth();
    int h = raster.getHeight();
    boolean cmyk = extra == Extra.BLACK_INK;
    int stored = raster.getNumBands();
    int depth = raster.getTransferType();
    if (stored > 4
        || (cmyk && stored != 4)
        || (depth != DataBuffer.TYPE_BYTE && depth != DataBuffer.TYPE_USHORT)) {
      throw BadPhotoException.unsupported(
          "%s of %d bands of %d bits"
              .formatted(format, stored, raster.getSampleModel().getSampleSize(0)));
    }
    if (stored == 3 && swappedInPlace(raster)) {
      return new DecodedPhoto(w, h, 3, ((DataBufferByte) raster.getDataBuffer()).getData());
    }
    int bands = stored < 3 ? 1 : 3;
    boolean premultiplied = extra == Extra.PREMULTIPLIED_ALPHA;
    boolean alpha = (premultiplied || extra == Extra.ALPHA) && stored % 2 == 0;
    byte[] samples = new byte[w * h * bands];
    byte[] row = new byte[w * stored];
    int[] wide = depth == DataBuffer.TYPE_USHORT ? new int[w * stored] : null;
    for (int y = 0, to = 0; y < h; y++) {
      if (wide == null) {
        raster.getDataElements(0, y, w, 1, row);
      } else {
        raster.getPixels(0, y, w, 1, wide);
        for (int i = 0; i < row.length; i++) {
          row[i] = (byte) (wide[i] >> 8);
        }
      }
      if (cmyk) {
        Cmyk.toRgb(row, w, false);
        System.arraycopy(row, 0, samples, to, w * 3);
        to += w * 3;
        continue;
      }
      for (int from = 0; from < row.length; from += stored) {
        int a = alpha ? row[from + stored - 1] & 0xff : 255;
        for (int b = 0; b < bands; b++) {
          int value = row[from + b] & 0xff;
          samples[to++] =
              premultiplied ? (byte) (Math.min(value, a) + 255 - a) : Alpha.onWhite(value, a);
        }
      }
    }
    return new DecodedPhoto(w, h, bands, samples);
  }

  private static DecodedPhoto indexed(Raster raster, IndexColorModel palette) {
    int w = raster.getWidth();
    int h = raster.getHeight();
    byte[] samples = new byte[w * h * 3];
    int[] row = new int[w];
    for (int y = 0, to = 0; y < h; y++) {
      raster.getSamples(0, y, w, 1, 0, row);
      for (int index : row) {
        int argb = index < palette.getMapSize() ? palette.getRGB(index) : 0xff000000;
        int alpha = argb >>> 24;
        samples[to++] = Alpha.onWhite((argb >> 16) & 0xff, alpha);
        samples[to++] = Alpha.onWhite((argb >> 8) & 0xff, alpha);
        samples[to++] = Alpha.onWhite(argb & 0xff, alpha);
      }
    }
    return new DecodedPhoto(w, h, 3, samples);
  }

  /** Makes RGB of RGB or BGR bytes without a second copy of the photo, where they lie that way. */
  private static boolean swappedInPlace(Raster raster) {
    if (!(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)
        || model.getPixelStride() != 3
        || model.getScanlineStride() != 3 * raster.getWidth()
        || buffer.getOffset() != 0) {
      return false;
    }
    int[] offsets = model.getBandOffsets();
    if (offsets[0] == 2 && offsets[1] == 1 && offsets[2] == 0) {
      byte[] data = buffer.getData();
      for (int i = 0; i + 2 < data.length; i += 3) {
        byte blue = data[i];
        data[i] = data[i + 2];
        data[i + 2] = blue;
      }
      return true;
    }
    return offsets[0] == 0 && offsets[1] == 1 && offsets[2] == 2;
  }
}

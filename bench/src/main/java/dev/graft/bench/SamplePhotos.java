package dev.graft.bench;

import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Pictures to measure with, always the same ones, as hard to decode as a camera's photos. */
final class SamplePhotos {

  /** Quality of the JPEG files, 0 to 1. */
  private static final float QUALITY = 0.9f;

  /** Sums of random colours on ever finer grids, as many as this, each half as strong. */
  private static final int GRIDS = 7;

  /** Standard deviation of the grain, in grey levels. */
  private static final double GRAIN = 4;

  private SamplePhotos() {}

  /**
   * A picture with the spectrum of a photo, roughly: detail of each size, the weaker the finer, and
   * grain.
   */
  static Pixels pixels(int width, int height) {
    Random random = new Random(1);
    float[] sum = new float[3 * width * height];
    for (int k = 0; k < GRIDS; k++) {
      int columns = 4 << k;
      int rows = 3 << k;
      byte[] colours = new byte[3 * columns * rows];
      random.nextBytes(colours);
      byte[] smooth =
          new Resize(width, height, Resize.Fit.STRETCH, Resize.Filter.BICUBIC)
              .apply(new Pixels(columns, rows, colours))
              .rgb();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += ((smooth[i] & 255) - 128) / (float) (1 << k);
      }
    }
    byte[] rgb = new byte[sum.length];
    for (int i = 0; i < sum.length; i += 3) {
      double grain = 128 + GRAIN * random.nextGaussian();
      for (int band = 0; band < 3; band++) {
        rgb[i + band] = (byte) Math.max(0, Math.min(255, Math.round(sum[i + band] + grain)));
      }
    }
    return new Pixels(width, height, rgb);
  }

  /** A baseline JPEG file, 4:2:0. */
  static byte[] jpeg(int width, int height) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream output = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(QUALITY);
      writer.setOutput(output);
      writer.write(null, new IIOImage(image(width, height), null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** A PNG file, 8-bit RGB. */
  static byte[] png(int width, int height) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image(width, height), "png", bytes);
    return bytes.toByteArray();
  }

  /** A lossy WebP file of 1024 x 768. Java writes none: make_webp.py made it. */
  static byte[] webp() throws IOException {
    try (InputStream photo = SamplePhotos.class.getResourceAsStream("photo.webp")) {
      if (photo == null) {
        throw new IOException("dev/graft/bench/photo.webp is missing on the class path");
      }
      return photo.readAllBytes();
    }
  }

  private static BufferedImage image(int width, int height) {
    byte[] rgb = pixels(width, height).rgb();
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = 3 * (y * width + x);
        row[x] = (rgb[at] & 255) << 16 | (rgb[at + 1] & 255) << 8 | (rgb[at + 2] & 255);
      }
      image.setRGB(0, y, width, 1, row, 0, width);
    }
    return image;
  }
}

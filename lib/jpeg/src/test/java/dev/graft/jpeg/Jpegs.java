package dev.graft.jpeg;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** JPEGs that are made as the tests need them. */
final class Jpegs {

  private Jpegs() {}

  /** Something between a photo and a drawing: surfaces, edges, some noise. */
  static BufferedImage picture(int width, int height, int type) {
    BufferedImage image = new BufferedImage(width, height, type);
    Graphics2D g = image.createGraphics();
    g.setPaint(new GradientPaint(0, 0, new Color(20, 60, 120), width, height, Color.YELLOW));
    g.fillRect(0, 0, width, height);
    SplittableRandom random = new SplittableRandom(width);
    for (int i = 0; i < 40; i++) {
      g.setColor(new Color(random.nextInt(1 << 24)));
      int size = width / 30 + random.nextInt(width / 5);
      g.fillOval(random.nextInt(width), random.nextInt(height), size, size);
    }
    g.dispose();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int rgb = image.getRGB(x, y);
        int noise = random.nextInt(-6, 7);
        int red = Math.max(0, Math.min(255, (rgb >> 16 & 255) + noise));
        int green = Math.max(0, Math.min(255, (rgb >> 8 & 255) + noise));
        int blue = Math.max(0, Math.min(255, (rgb & 255) + noise));
        image.setRGB(x, y, red << 16 | green << 8 | blue);
      }
    }
    return image;
  }

  /** As the JDK writes it: grey, or YCbCr with the colours at half the resolution. */
  static byte[] encode(BufferedImage image, boolean progressive) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(0.9f);
      if (progressive) {
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), param);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  static byte[] colours(int width, int height) throws IOException {
    return encode(picture(width, height, BufferedImage.TYPE_INT_RGB), false);
  }

  /** The JPEG with an EXIF block behind its start: one directory with the one tag. */
  static byte[] withOrientation(byte[] jpeg, int orientation) {
    byte[] exif = {
      (byte) 0xff,
      (byte) 0xe1,
      0,
      34,
      'E',
      'x',
      'i',
      'f',
      0,
      0,
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8, //
      0,
      1,
      1,
      18,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      (byte) orientation,
      0,
      0,
      0,
      0,
      0,
      0
    };
    byte[] tagged = Arrays.copyOf(jpeg, jpeg.length + exif.length);
    System.arraycopy(exif, 0, tagged, 2, exif.length);
    System.arraycopy(jpeg, 2, tagged, 2 + exif.length, jpeg.length - 2);
    return tagged;
  }

  /** Some of its bits flipped, mostly in the picture's data, and perhaps its end cut off. */
  static byte[] damaged(byte[] jpeg, SplittableRandom random) {
    byte[] bytes = jpeg.clone();
    int data = Math.min(640, bytes.length / 2);
    int from = random.nextInt(4) == 0 ? 2 : data; // tables and headers, or what comes behind them
    int flips = 1 << random.nextInt(5);
    for (int f = 0; f < flips; f++) {
      bytes[from + random.nextInt(bytes.length - from)] ^= (byte) (1 << random.nextInt(8));
    }
    if (random.nextInt(8) == 0) {
      int length = 4 + random.nextInt(bytes.length - 4);
      bytes = Arrays.copyOf(bytes, length);
      bytes[length - 2] = (byte) 0xff; // a proper end, so that our own walk lets it pass
      bytes[length - 1] = (byte) 0xd9;
    }
    return bytes;
  }
}

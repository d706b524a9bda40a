package dev.graft.jpeg;

import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Times how photos become 224x224 pixels: exactly, decoded small, and by ImageIO's subsampling
 * (each fourth pixel of each fourth row) for comparison; in turn, medians of five, on one thread.
 * Run by the command in docs/photos.md; the arguments are JPEGs.
 */
final class DecodingBenchmark {

  private static final int ROUNDS = 5;

  private DecodingBenchmark() {}

  private interface Way {
    Pixels read(byte[] jpeg) throws IOException;
  }

  public static void main(String[] args) throws IOException {
    PhotoPreprocessing target = PhotoPreprocessing.stretch(224, 224);
    PhotoReader scaled = PhotoReader.create();
    PhotoReader exact = scaled.withExactDecoding();
    System.out.println(scaled.decoding());
    Way[] ways = {
      jpeg -> exact.read(jpeg, "exact", target),
      jpeg -> scaled.read(jpeg, "scaled", target),
      jpeg -> target.resize().apply(subsampled(jpeg))
    };
    double[] sums = new double[ways.length];
    for (String name : args) {
      byte[] jpeg = Files.readAllBytes(Path.of(name));
      double[][] ms = new double[ways.length][ROUNDS];
      Pixels[] pixels = new Pixels[ways.length];
      for (int round = -1; round < ROUNDS; round++) { // the first to warm up
        for (int w = 0; w < ways.length; w++) {
          long start = System.nanoTime();
          pixels[w] = ways[w].read(jpeg);
          ms[w][Math.max(0, round)] = (System.nanoTime() - start) / 1e6;
        }
      }
      for (int w = 0; w < ways.length; w++) {
        Arrays.sort(ms[w]);
        sums[w] += ms[w][ROUNDS / 2];
      }
      System.out.printf(
          Locale.ROOT,
          "%s: exact %.0f ms, scaled %.0f ms (%.1f times as fast, differs by %.2f levels),"
              + " ImageIO subsampled %.0f ms%n",
          Path.of(name).getFileName(),
          ms[0][ROUNDS / 2],
          ms[1][ROUNDS / 2],
          ms[0][ROUNDS / 2] / ms[1][ROUNDS / 2],
          difference(pixels[0], pixels[1]),
          ms[2][ROUNDS / 2]);
    }
    System.out.printf(
        Locale.ROOT,
        "all: scaled %.1f, ImageIO subsampled %.1f times as fast as exact%n",
        sums[0] / sums[1],
        sums[0] / sums[2]);
  }

  private static double difference(Pixels a, Pixels b) {
    long sum = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      sum += Math.abs((a.rgb()[i] & 255) - (b.rgb()[i] & 255));
    }
    return (double) sum / a.rgb().length;
  }

  private static Pixels subsampled(byte[] jpeg) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
    BufferedImage image;
    try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(jpeg))) {
      reader.setInput(in, true, true);
      ImageReadParam param = reader.getDefaultReadParam();
      param.setSourceSubsampling(4, 4, 2, 2);
      image = reader.read(0, param);
    } finally {
      reader.dispose();
    }
    int w = image.getWidth();
    int h = image.getHeight();
    int[] row = new int[w];
    byte[] rgb = new byte[3 * w * h];
    for (int y = 0, to = 0; y < h; y++) {
      for (int pixel : image.getRGB(0, y, w, 1, row, 0, w)) {
        rgb[to++] = (byte) (pixel >> 16);
        rgb[to++] = (byte) (pixel >> 8);
        rgb[to++] = (byte) pixel;
      }
    }
    return new Pixels(w, h, rgb);
  }
}

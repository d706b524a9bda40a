package dev.graft.backbone;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.onnxruntime.OrtException;
import dev.graft.onnx.OrtRun;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NormalizationTest {

  private static final int HEIGHT = 5;
  private static final int WIDTH = 7;

  /** What a network's channel c gets from the bytes (0..255) r, g, b of a pixel. */
  private interface Formula {
    double apply(int c, double[] rgb);
  }

  /** Runs two photos and compares each number with a formula in float64. */
  private static void matches(Normalization normalization, Formula formula) throws OrtException {
    byte[] photos = new byte[2 * HEIGHT * WIDTH * 3];
    new Random(1).nextBytes(photos);
    photos[0] = 0;
    photos[1] = (byte) 255;
    float[] expected = new float[photos.length];
    for (int n = 0; n < 2; n++) {
      for (int pixel = 0; pixel < HEIGHT * WIDTH; pixel++) {
        double[] rgb = new double[3];
        for (int c = 0; c < 3; c++) {
          rgb[c] = photos[(n * HEIGHT * WIDTH + pixel) * 3 + c] & 0xff;
        }
        for (int c = 0; c < 3; c++) {
          expected[(n * 3 + c) * HEIGHT * WIDTH + pixel] = (float) formula.apply(c, rgb);
        }
      }
    }
    float[] found =
        OrtRun.bytes(normalization.toGraph(HEIGHT, WIDTH), photos, 2, HEIGHT, WIDTH, 3)
            .get("input");
    // Rounding of float32: grey levels up to 255 less a mean, 8 bits before the point leave 2^-16.
    assertArrayEquals(expected, found, 2e-5f);
  }

  @Test
  void caffeIsBgrMinusTheMeanOfKeras() throws OrtException {
    double[] mean = {103.939, 116.779, 123.68};
    matches(Normalization.kerasCaffe(), (c, rgb) -> rgb[2 - c] - mean[c]);
  }

  @Test
  void tfIsBetweenMinusOneAndOne() throws OrtException {
    matches(Normalization.kerasTf(), (c, rgb) -> rgb[c] / 127.5 - 1);
  }

  @Test
  void torchScalesThenStandardises() throws OrtException {
    double[] mean = {0.485, 0.456, 0.406};
    double[] std = {0.229, 0.224, 0.225};
    matches(Normalization.torchvision(), (c, rgb) -> (rgb[c] / 255 - mean[c]) / std[c]);
  }

  @Test
  void rescaleDividesBy255() throws OrtException {
    matches(Normalization.rescale(), (c, rgb) -> rgb[c] * (1 / 255.0));
  }

  @Test
  void efficientNetLiteIsCentredAt127() throws OrtException {
    matches(Normalization.efficientNetLite(), (c, rgb) -> (rgb[c] - 127) / 128);
  }

  @Test
  void isFoundByName() {
    for (String name :
        List.of("keras-caffe", "keras-tf", "torchvision", "rescale", "efficientnet-lite")) {
      assertEquals(name, Normalization.named(name).name());
    }
    assertEquals(
        "no preprocessing is called \"cafe\"; the known ones are keras-caffe, keras-tf,"
            + " torchvision, rescale, efficientnet-lite",
        assertThrows(IllegalArgumentException.class, () -> Normalization.named("cafe"))
            .getMessage());
  }

  @Test
  void refusesWhatCannotBeDividedBy() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Normalization(
                "mine", Normalization.ChannelOrder.RGB, List.of(0f, 0f, 0f), List.of(1f, 0f, 1f)));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Normalization(
                "mine", Normalization.ChannelOrder.RGB, List.of(0f), List.of(1f, 1f, 1f)));
  }
}

package dev.graft.backbone;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OrtRun;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    // Rounding of float32: gray levels up to 255 less a mean, 8 bits before the point leave 2^-16.
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
  void torchScalesThenStandardizes() throws OrtException {
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
        List.of("keras-caffe", "keras-tf", "torchvision", "rescale", "efficientnet-lite", "none")) {
      assertEquals(name, Normalization.named(name).name());
    }
    assertEquals(
        "no preprocessing is called \"cafe\"; the known ones are keras-caffe, keras-tf,"
            + " torchvision, efficientnet-lite, rescale, none, mean=R/G/B,std=R/G/B,order=rgb",
        assertThrows(IllegalArgumentException.class, () -> Normalization.named("cafe"))
            .getMessage());
  }

  @Test
  void noneLeavesTheGrayLevels() throws OrtException {
    matches(Normalization.none(), (c, rgb) -> rgb[c]);
  }

  @Test
  void numbersOfOnesOwnAreANameToo() throws OrtException {
    Normalization mine = Normalization.named("order=bgr, std=58.395/57.12/57.375,mean=100/110.5/7");
    assertEquals("mean=100/110.5/7,std=58.395/57.12/57.375,order=bgr", mine.name());
    assertEquals(mine, Normalization.named(mine.name()));
    double[] mean = {100, 110.5, 7};
    double[] std = {58.395, 57.12, 57.375};
    matches(mine, (c, rgb) -> (rgb[2 - c] - mean[c]) / std[c]);
    matches(Normalization.named("mean=127.5,std=127.5"), (c, rgb) -> rgb[c] / 127.5 - 1);
    assertEquals("mean=0/0/0,std=255/255/255,order=rgb", Normalization.named("std=255").name());
  }

  @Test
  void numbersThatAreNotGrayLevelsAreRefused() {
    Map<String, String> complaints = new LinkedHashMap<>();
    complaints.put("mean=0.485/0.456/0.406,std=0.229/0.224/0.225", "multiply means and stds");
    complaints.put("std=0", "at least 1");
    complaints.put("std=NaN", "expected one number or three");
    complaints.put("mean=1/2", "expected one number or three, as in 127.5");
    complaints.put("mean=1/2/x", "expected one number or three");
    complaints.put("order=gbr", "the order is rgb or bgr, found gbr");
    complaints.put("means=1", "expected mean=, std= and order=");
    complaints.put("mean=1,mean=2", "each at most once");
    complaints.put("mean=1,", "each at most once");
    complaints.forEach(
        (text, complaint) -> {
          String message =
              assertThrows(IllegalArgumentException.class, () -> Normalization.named(text))
                  .getMessage();
          assertTrue(message.startsWith("preprocessing \"" + text + "\": "), message);
          assertTrue(message.contains(complaint), message);
        });
  }

  @Test
  void feedsNetworksOfEitherLayoutAndAnyOpset() throws OrtException {
    byte[] photo = new byte[HEIGHT * WIDTH * 3];
    new Random(3).nextBytes(photo);
    Normalization caffe = Normalization.kerasCaffe();
    float[] first =
        OrtRun.bytes(caffe.toGraph(HEIGHT, WIDTH), photo, 1, HEIGHT, WIDTH, 3).get("input");
    for (int opset : new int[] {7, 11, 13, 18, 21, 23}) {
      OnnxGraph graph = caffe.toGraph(HEIGHT, WIDTH, ImageLayout.CHANNELS_LAST, opset);
      assertEquals("[input FLOAT [N, 5, 7, 3]]", graph.outputs().toString());
      float[] last = OrtRun.bytes(graph, photo, 1, HEIGHT, WIDTH, 3).get("input");
      for (int pixel = 0; pixel < HEIGHT * WIDTH; pixel++) {
        for (int c = 0; c < 3; c++) {
          assertEquals(first[c * HEIGHT * WIDTH + pixel], last[pixel * 3 + c]);
        }
      }
    }
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

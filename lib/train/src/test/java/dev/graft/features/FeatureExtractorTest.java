package dev.graft.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.backbone.Backbone;
import dev.graft.backbone.Backbones;
import dev.graft.engine.RunShape;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class FeatureExtractorTest {

  private static List<Pixels> noise(int n) {
    Random random = new Random(3);
    List<Pixels> photos = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      byte[] rgb = new byte[3 * 224 * 224];
      random.nextBytes(rgb);
      photos.add(new Pixels(224, 224, rgb));
    }
    return photos;
  }

  private static FeatureExtractor extractor(int threads) throws IOException {
    Backbone backbone = Backbones.efficientNetLite0();
    OnnxGraph graph = OnnxGraph.parse(backbone.toOnnx(224, 224), backbone.card().name());
    return FeatureExtractor.onCpu(graph, backbone.card().featuresTensor(), threads);
  }

  @Test
  void givesTheSameBitsOnAnyNumberOfThreadsBeforeAndAfterItHasMeasured() throws Exception {
    List<Pixels> photos = noise(9);
    List<float[]> alone = new ArrayList<>();
    try (FeatureExtractor one = extractor(1)) {
      assertEquals(new RunShape(1, 1, 1), one.shape());
      for (Pixels photo : photos) {
        alone.add(one.run(List.of(photo)).get(0));
      }
    }
    for (int threads : new int[] {2, 4}) {
      try (FeatureExtractor extractor = extractor(threads)) {
        assertEquals(threads, extractor.shape().runs());
        assertSameBits(alone, extractor.rows(photos));
        extractor.findShape(Resize.stretch(224, 224), Duration.ofSeconds(60));
        assertTrue(extractor.isShapeFixed());
        assertSameBits(alone, extractor.rows(photos));
      }
    }
  }

  private static void assertSameBits(List<float[]> expected, List<float[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i)); // without a tolerance
    }
  }
}

package dev.graft.qdq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.backbone.Backbones;
import dev.graft.backbone.Graphs;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxRun;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {

  /** What numpy.float16 makes of these, as numbers of 32 bits. */
  @Test
  void numbersAreRoundedToTheNearestAndTiesToEven() {
    float[] exact = {1, 0.1f, 0x1.002p0f, 0x1.006p0f, 65504, 6.1e-5f, 5.97e-8f, -3.14159f};
    float[] half = {1, 0x1.998p-4f, 1, 0x1.008p0f, 65504, 0x1.ff8p-15f, 0x1p-24f, -0x1.92p1f};
    assertArrayEquals(half, HalfPrecision.rounded(exact));
  }

  @Test
  void theFileHasHalfTheSizeAndComputesWithTheRoundedWeights() throws IOException {
    OnnxGraph graph = Graphs.of(Backbones.efficientNetLite0());
    OnnxGraph half = HalfPrecision.of(graph);
    double share = (double) half.toBytes().length / graph.toBytes().length;
    assertTrue(share < 0.51, "share " + share);
    OnnxGraph rounded = graph;
    for (Initializer weight : graph.initializers().values()) {
      if (weight.type() == ElementType.FLOAT && weight.size() >= 256) {
        rounded =
            rounded.withInitializers(Map.of(weight.name(), HalfPrecision.rounded(weight.floats())));
      }
    }
    float[] gray = new float[3 * 224 * 224];
    Arrays.fill(gray, 0.1f);
    Initializer example = Initializer.of("input", new long[] {1, 3, 224, 224}, gray);
    String output = graph.outputs().get(0).name();
    assertArrayEquals(run(rounded, output, example), run(half, output, example));
  }

  @Test
  void weightsBeyondItsRangeAndSmallOnesStayAsTheyAre() {
    float[] large = new float[300];
    large[7] = 1e6f;
    OnnxGraph graph =
        OnnxGraph.builder("g")
            .input("x", ElementType.FLOAT, 300)
            .initializer("large", new long[] {300}, large)
            .initializer("small", new long[] {1}, 0.1f)
            .node("Add", List.of("x", "large"), "y")
            .node("Mul", List.of("y", "small"), "z")
            .output("z", ElementType.FLOAT, 300)
            .build();
    assertEquals(graph, HalfPrecision.of(graph));
  }

  @Test
  void namesThatAreTakenStayThoseOfTheGraph() {
    float[] weights = new float[300];
    Arrays.fill(weights, 0.5f);
    OnnxGraph graph =
        OnnxGraph.builder("g")
            .input("x", ElementType.FLOAT, 300)
            .initializer("w", new long[] {300}, weights)
            .node("Add", List.of("x", "w"), "w_fp32")
            .node("Mul", List.of("w_fp32", "w"), "w_fp16")
            .output("w_fp16", ElementType.FLOAT, 300)
            .build();
    float[] found =
        run(
            HalfPrecision.of(graph),
            "w_fp16",
            Initializer.of("x", new long[] {300}, new float[300]));
    assertEquals(0.25f, found[299]);
  }

  private static float[] run(OnnxGraph graph, String output, Initializer example) {
    try (OnnxRun run = new OnnxRun(graph, List.of(output))) {
      return run.floats(example).get(output);
    }
  }
}

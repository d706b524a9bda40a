package dev.graft.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class OnnxShapesTest {

  private static OnnxGraphBuilder graph() {
    return OnnxGraph.builder("g")
        .input("x", ElementType.FLOAT, "N", 2)
        .initializer("two", new long[0], 2f)
        .node("Mul", List.of("x", "two"), "twice")
        .node("Shape", List.of("twice"), "twice/shape")
        .node("Greater", List.of("x", "two"), "above")
        .node("SequenceConstruct", List.of("x", "twice"), "sequence")
        .output("above", ElementType.BOOL, "N", 2);
  }

  @Test
  void findsTypesAndShapesThatTheFileDoesNotDeclare() {
    List<String> names = List.of("above", "twice/shape", "sequence", "twice", "x");
    try (OnnxShapes shapes = new OnnxShapes(graph().build(), names)) {
      Initializer two = Initializer.of("x", new long[] {2, 2}, new float[4]);
      assertEquals(
          "[above BOOL [2, 2], twice/shape INT64 [2], twice FLOAT [2, 2], x FLOAT [2, 2]]",
          shapes.of(two).values().toString());
      Initializer one = Initializer.of("x", new long[] {1, 2}, new float[2]);
      assertEquals("[1, 2]", shapes.of(one).get("twice").shape().toString());
    }
  }

  @Test
  void aGraphThatCannotRunIsRefusedWithTheReason() {
    OnnxGraph broken = graph().node("NoSuchOperator", List.of("x"), "broken").build();
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> new OnnxShapes(broken, List.of("broken")))
            .getMessage();
    assertTrue(message.startsWith("ONNX Runtime cannot run g: "), message);
    assertTrue(message.contains("NoSuchOperator"), message);
  }
}

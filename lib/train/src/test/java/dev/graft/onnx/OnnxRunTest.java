package dev.graft.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OnnxRunTest {

  private static OnnxGraph graph() {
    return OnnxGraph.builder("g")
        .input("x", ElementType.FLOAT, "N", 2)
        .initializer("two", new long[0], 2f)
        .initializer("three", new long[] {1}, 3)
        .node("Mul", List.of("x", "two"), "twice")
        .node("Shape", List.of("twice"), "shape")
        .node("Greater", List.of("x", "two"), "above")
        .node("Cast", List.of("x"), "bytes", Attribute.of("to", ElementType.UINT8.code()))
        .node("Cast", List.of("x"), "exact", Attribute.of("to", ElementType.DOUBLE.code()))
        .node("Cast", List.of("x"), "ints", Attribute.of("to", ElementType.INT32.code()))
        .node("Expand", List.of("two", "three"), "constant")
        .node("Unsqueeze", List.of("twice", "three"), "broken")
        .output("broken", ElementType.FLOAT, "N", 2)
        .build();
  }

  private static final Initializer INPUT =
      Initializer.of("x", new long[] {2, 2}, new float[] {1, 2, 3, 200});

  private static Map<String, Initializer> values(List<String> names, Initializer input) {
    try (OnnxRun run = new OnnxRun(graph(), names)) {
      return run.values(input);
    }
  }

  @Test
  void findsTypesAndShapesThatTheFileDoesNotDeclare() {
    List<String> names = List.of("above", "shape", "twice", "x");
    try (OnnxRun run = new OnnxRun(graph(), names)) {
      assertEquals(
          "[above BOOL [2, 2], shape INT64 [2], twice FLOAT [2, 2], x FLOAT [2, 2]]",
          run.shapes(INPUT).values().toString());
      Initializer one = Initializer.of("x", new long[] {1, 2}, new float[2]);
      assertEquals("[1, 2]", run.shapes(one).get("twice").shape().toString());
    }
  }

  @Test
  void findsValuesOfEveryKindOfNumber() {
    List<String> names = List.of("twice", "shape", "above", "bytes", "exact", "ints");
    Map<String, Initializer> found = values(names, INPUT);
    assertArrayEquals(new float[] {2, 4, 6, 400}, found.get("twice").floats());
    assertArrayEquals(new long[] {2, 2}, found.get("shape").longs());
    assertArrayEquals(new long[] {0, 0, 1, 1}, found.get("above").longs());
    assertArrayEquals(new long[] {1, 2, 3, 200}, found.get("bytes").longs());
    assertArrayEquals(new float[] {1, 2, 3, 200}, found.get("exact").floats());
    assertArrayEquals(new long[] {1, 2, 3, 200}, found.get("ints").longs());
  }

  @Test
  void whatNeedsNoInputIsComputedWithoutOne() {
    Initializer constant = values(List.of("constant"), null).get("constant");
    assertArrayEquals(new float[] {2, 2, 2}, constant.floats());
    assertArrayEquals(new long[] {3}, constant.shape());
  }

  @Test
  void aGraphThatCannotRunIsRefusedWithTheReason() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> values(List.of("broken"), INPUT))
            .getMessage();
    assertTrue(message.startsWith("ONNX Runtime cannot run g: "), message);
    assertTrue(message.contains("broken"), message);
    assertThrows(IllegalArgumentException.class, () -> values(List.of("twice"), null));
  }
}

package dev.graft.protobuf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.testing.Project;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On graphs put together from bytes, for graft-serve has no ONNX classes. */
class GraphGuardTest {

  /** One field of a protobuf message. */
  private static byte[] field(int number, byte[]... content) {
    byte[] all = join(content);
    return join(varint(number << 3 | 2), varint(all.length), all);
  }

  private static byte[] field(int number, String text) {
    return field(number, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] field(int number, long value) {
    return join(varint(number << 3), varint(value));
  }

  private static byte[] varint(long value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] node(String operator, String input, String output, byte[]... attributes) {
    return field(1, bareNode(operator, input, output, attributes));
  }

  private static byte[] bareNode(
      String operator, String input, String output, byte[]... attributes) {
    return join(field(1, input), field(2, output), field(4, operator), join(attributes));
  }

  /** An attribute of whole numbers, packed or not. */
  private static byte[] ints(boolean packed, String name, long... values) {
    byte[][] parts = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      parts[i] = packed ? varint(values[i]) : field(8, values[i]);
    }
    return field(5, field(1, name), packed ? field(8, parts) : join(parts), field(20, 7));
  }

  private static byte[] input(String name, int rank) {
    byte[] dims = new byte[0];
    for (int i = 0; i < rank; i++) {
      dims = join(dims, field(1, field(1, 8)));
    }
    return field(11, field(1, name), field(2, field(1, field(1, 1), field(2, dims))));
  }

  private static byte[] longConstant(String name, long value) {
    byte[] raw = new byte[Long.BYTES];
    ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
    return field(5, field(2, 7), field(8, name), field(9, raw));
  }

  private static byte[] model(byte[]... graph) {
    return join(field(1, 8), field(7, graph));
  }

  private static String complaint(byte[] model) {
    return GraphGuard.complaint(ByteBuffer.wrap(model)).orElse("none");
  }

  @Test
  void aUsualModelPasses() throws Exception {
    for (String name : new String[] {"model-v1.onnx", "model-v2.onnx"}) {
      byte[] model = GraphGuardTest.class.getResourceAsStream("/dev/graft/" + name).readAllBytes();
      assertEquals(Optional.empty(), GraphGuard.complaint(ByteBuffer.wrap(model)));
    }
  }

  @Test
  void axesAreSwappedOnceEach() {
    for (boolean packed : new boolean[] {true, false}) {
      byte[] same = node("Identity", "x", "y");
      byte[] x = input("x", 4);
      assertEquals(
          "none",
          complaint(model(x, same, node("Transpose", "y", "z", ints(packed, "perm", 0, 3, 1, 2)))));
      assertEquals(
          "it has a Transpose with perm [0, 1, 2] of a tensor of 4 axes; expected each of its axes"
              + " once",
          complaint(model(same, node("Transpose", "y", "z", ints(packed, "perm", 0, 1, 2)), x)));
      for (long wrong : new long[] {4, -1, 0, 1L << 40}) {
        byte[] perm = ints(packed, "perm", 0, wrong, 1, 2);
        assertEquals(
            "it has a Transpose with perm [0, %d, 1, 2]; expected each of its axes once"
                .formatted(wrong),
            complaint(model(node("Transpose", "unknown", "z", perm))));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Conv, strides, 0, 1",
    "Conv, dilations, 1, 0",
    "ConvTranspose, strides, -2, 1",
    "QLinearConv, kernel_shape, 3, 0",
    "MaxPool, strides, 0, 0",
    "AveragePool, kernel_shape, 9223372036854775807, 1",
  })
  void windowsMove(String operator, String attribute, long first, long second) {
    assertEquals(
        "it has a %s with %s [%d, %d]; expected numbers from 1 to 1048576"
            .formatted(operator, attribute, first, second),
        complaint(model(node(operator, "x", "y", ints(true, attribute, first, second)))));
    assertEquals("none", complaint(model(node(operator, "x", "y", ints(true, attribute, 3, 1)))));
  }

  @Test
  void groupsAreCounted() {
    byte[] none = field(5, field(1, "group"), field(3, 0), field(20, 2));
    assertEquals(
        "it has a Conv with group [0]; expected numbers from 1 to 1048576",
        complaint(model(node("Conv", "x", "y", none))));
  }

  @Test
  void loopsEnd() {
    byte[] body = field(5, field(1, "body"), field(6, node("Identity", "a", "b")));
    byte[] loop = node("Loop", "rounds", "y", body);
    assertEquals("none", complaint(model(loop, longConstant("rounds", 1000))));
    assertEquals(
        "it has a Loop of 1000001 rounds; expected a constant number of at most 1000000",
        complaint(model(loop, longConstant("rounds", 1_000_001))));
    assertEquals(
        "it has a Loop of any number of rounds; expected a constant number of at most 1000000",
        complaint(model(loop)));
  }

  @Test
  void nodesInsideNodesAreLookedAtToo() {
    byte[] wrong = node("Conv", "x", "y", ints(true, "strides", 0));
    byte[] branch = field(5, field(1, "then_branch"), field(6, wrong));
    assertEquals(
        "it has a Conv with strides [0]; expected numbers from 1 to 1048576",
        complaint(model(node("If", "x", "y", branch))));
    byte[] deep = node("Identity", "x", "y");
    for (int i = 0; i < 100; i++) {
      deep = node("If", "x", "y", field(5, field(1, "then_branch"), field(6, deep)));
    }
    assertEquals("it has graphs nested too deep", complaint(model(deep)));
  }

  private static byte[] function(String name, String... calls) {
    byte[] nodes = new byte[0];
    for (String call : calls) {
      nodes = join(nodes, field(7, bareNode(call, "x", "y")));
    }
    return field(25, field(1, name), nodes);
  }

  @Test
  void functionsEnd() {
    byte[] main = model(node("f", "x", "y"));
    assertEquals("none", complaint(join(main, function("f", "g", "g"), function("g", "Relu"))));
    assertEquals(
        "it has a function that calls itself, or functions nested too deep",
        complaint(join(main, function("f", "g"), function("g", "f"))));
    // Each calls the next twice: ONNX Runtime would put 2 to the 30 nodes in their place.
    byte[] doubling = main;
    doubling = join(doubling, function("f", "f0", "f0"));
    for (int i = 0; i < 30; i++) {
      doubling = join(doubling, function("f" + i, "f" + (i + 1), "f" + (i + 1)));
    }
    assertEquals(
        "it has more than 1000000 nodes", complaint(join(doubling, function("f30", "Relu"))));
  }

  @Test
  void weightsAreInTheFile() {
    byte[] elsewhere = field(5, field(8, "w"), field(13, field(1, "location"), field(2, "/etc/x")));
    assertEquals(
        "it has weights in other files; expected them inside", complaint(model(elsewhere)));
  }

  @Test
  void whatCannotBeReadIsNotPassedOn() {
    byte[] model = model(node("Relu", "x", "y"));
    assertEquals(
        "it is no ONNX file, or a damaged one (field 5000)",
        complaint(join(model, field(5000, 1))));
    assertEquals(
        "it is no ONNX file, or a damaged one (it ends early)",
        complaint(Arrays.copyOf(model, model.length - 1)));
  }

  /** Reported files; each ended the process, or never ended. */
  @ParameterizedTest
  @ValueSource(strings = {"conv_stride0.onnx", "recfunction.onnx", "loop_dep.onnx"})
  void complainsOfFilesThatOnnxRuntimeDoesNotSurvive(String name) throws Exception {
    byte[] model =
        GraphGuardTest.class.getResourceAsStream("/dev/graft/hostile/" + name).readAllBytes();
    assertEquals(true, GraphGuard.complaint(ByteBuffer.wrap(model)).isPresent());
  }

  @Test
  void complainsOfOneWrongByteInATransposition() throws Exception {
    Path file = Project.ROOT.resolve("../shared/data/reported/damage/crash-13136.bin");
    Assumptions.assumeTrue(Files.exists(file), "needs " + file);
    assertEquals(
        "it has a Transpose with perm [0, 1, 2] of a tensor of 4 axes; expected each of its axes"
            + " once",
        complaint(Files.readAllBytes(file)));
  }
}

package dev.graft.qdq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.graft.engine.Int8Arithmetic;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class Int8ProbeTest {

  private static final int SIZE = 64;
  private static final int COLUMNS = 16;

  private static OnnxGraph probe() {
    byte[] weights = new byte[SIZE * COLUMNS];
    Arrays.fill(weights, (byte) 127);
    return OnnxGraph.builder("int8-probe")
        .input("image", ElementType.UINT8, 1, SIZE)
        .initializer(Initializer.ofInt8("weights", new long[] {SIZE, COLUMNS}, weights))
        .node("MatMulInteger", List.of("image", "weights"), "products")
        .output("products", ElementType.INT32, 1, COLUMNS)
        .build();
  }

  /** Writes it anew with -Dgraft.write=the folder of the resource. */
  @Test
  void theProbeOfTheProcessorIsTheGraphBuiltHere() throws IOException {
    String folder = System.getProperty("graft.write");
    if (folder != null) {
      Files.write(Path.of(folder, "int8-probe.onnx"), probe().toBytes());
    }
    try (InputStream in = Int8Arithmetic.class.getResourceAsStream("int8-probe.onnx")) {
      assertArrayEquals(probe().toBytes(), in.readAllBytes());
    }
  }
}

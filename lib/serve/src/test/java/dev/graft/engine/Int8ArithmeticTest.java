package dev.graft.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.model.QuantizationInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class Int8ArithmeticTest {

  /** Linux tells what the processor has; x86 multiplies exactly with VNNI or AMX alone. */
  @Test
  void findsOutWhatTheProcessorCanDo() throws IOException {
    Path processor = Path.of("/proc/cpuinfo");
    assumeTrue(
        Files.exists(processor) && System.getProperty("os.arch").equals("amd64"),
        "not Linux on x86");
    List<String> flags =
        Files.readAllLines(processor).stream()
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .map(line -> List.of(line.split(" ")))
            .orElseThrow();
    boolean exact =
        flags.contains("avx512_vnni") || flags.contains("avx_vnni") || flags.contains("amx_int8");
    assertEquals(exact, Int8Arithmetic.isExact());
  }

  @Test
  void onlyInt8WeightsOfAllBitsNeedExactSums() {
    assertFalse(Int8Arithmetic.isNeededBy(null));
    assertFalse(Int8Arithmetic.isNeededBy(QuantizationInfo.fp16()));
    assertFalse(Int8Arithmetic.isNeededBy(int8(true)));
    assertTrue(Int8Arithmetic.isNeededBy(int8(false)));
  }

  private static QuantizationInfo int8(boolean reduceRange) {
    return new QuantizationInfo("int8", "min-max", reduceRange, List.of(), 24, 20.0);
  }

  @Test
  void aModelThatMayBeWrongHereSaysWhatToDo() {
    Path file = Path.of("flowers.onnx");
    assertEquals(Optional.empty(), Int8Arithmetic.warning(file, true));
    String warning = Int8Arithmetic.warning(file, false).orElseThrow();
    assertTrue(warning.startsWith("flowers.onnx: "), warning);
    assertTrue(warning.endsWith("--range reduced"), warning);
  }
}

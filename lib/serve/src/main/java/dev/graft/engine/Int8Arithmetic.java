package dev.graft.engine;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.graft.model.QuantizationInfo;
import dev.graft.shutdown.Shutdown;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Whether this machine multiplies integers of 8 bits exactly. x86 processors without VNNI add two
 * products in 16 bits and cut off what does not fit ({@code vpmaddubsw}): for them weights must
 * have 7 bits ({@code reduce_range}). Found out by a multiplication in ONNX Runtime, not from the
 * processor's name.
 */
public final class Int8Arithmetic {

  /** {@code image}, uint8 [1, 64], times int8 [64, 16], all 127; made by Int8ProbeTest. */
  private static final String PROBE = "int8-probe.onnx";

  private static final int SIZE = 64;

  private Int8Arithmetic() {}

  private static final class Found {
    private static final boolean EXACT = multiply();

    private Found() {}
  }

  /** Whether weights may use all 8 bits here; found out once. */
  public static boolean isExact() {
    return Found.EXACT;
  }

  /** Whether a model gives other answers where it is not {@link #isExact}. */
  public static boolean isNeededBy(QuantizationInfo stored) {
    return stored != null
        && stored.precision().equals(QuantizationInfo.INT8)
        && !stored.reduceRange();
  }

  public static Optional<String> warning(Path file, boolean exact) {
    return exact
        ? Optional.empty()
        : Optional.of(
            ("%s: its weights have 8 bits, and this processor adds their products in 16 bits and cuts"
                    + " off what does not fit: its answers may be wrong here; quantise it anew with"
                    + " --range reduced")
                .formatted(file));
  }

  private static boolean multiply() {
    ByteBuffer ones = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder());
    while (ones.hasRemaining()) {
      ones.put((byte) 255);
    }
    Shutdown.Work running = Shutdown.begin(() -> {}); // over in no time
    try (InputStream in = Int8Arithmetic.class.getResourceAsStream(PROBE)) {
      return multiply(in.readAllBytes(), ones.flip());
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot multiply integers", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      running.close();
    }
  }

  private static boolean multiply(byte[] graph, ByteBuffer ones) throws OrtException {
    OnnxRuntimeEnvironment.keep();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        OrtSession session = environment.createSession(graph, options);
        OnnxTensor image =
            OnnxTensor.createTensor(environment, ones, new long[] {1, SIZE}, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.<String, OnnxTensorLike>of("image", image))) {
      IntBuffer products = ((OnnxTensor) result.get(0)).getIntBuffer();
      int[] values = new int[products.remaining()];
      products.get(values);
      return Arrays.stream(values).allMatch(value -> value == SIZE * 255 * 127);
    }
  }
}

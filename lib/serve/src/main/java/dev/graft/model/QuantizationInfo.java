package dev.graft.model;

import java.util.List;
import java.util.Objects;

/**
 * How the numbers of a model are stored, where they are not all 32-bit floats.
 *
 * @param precision {@code int8} or {@code fp16}
 * @param rangeMethod how the ranges of activations were found; null for fp16, and so are the others
 *     that say nothing of it
 * @param reduceRange whether int8 weights have 7 bits, for processors that add products of 8 bits
 *     in 16 bits (x86 without VNNI); if not, such processors compute something else
 * @param floatLayers the layers that stayed in 32-bit floats because of their error
 * @param calibrationPhotos how many photos the ranges were found on
 * @param signalToNoise of the output on photos held out, in decibels: its mean square over that of
 *     its error
 */
public record QuantizationInfo(
    String precision,
    String rangeMethod,
    boolean reduceRange,
    List<String> floatLayers,
    int calibrationPhotos,
    Double signalToNoise) {

  public static final String INT8 = "int8";
  public static final String FP16 = "fp16";

  public QuantizationInfo {
    Objects.requireNonNull(precision, "precision");
    floatLayers = List.copyOf(floatLayers);
  }

  /** Weights stored in half precision, computed with in single precision. */
  public static QuantizationInfo fp16() {
    return new QuantizationInfo(FP16, null, false, List.of(), 0, null);
  }
}

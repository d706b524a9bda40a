package dev.graft.train;

/**
 * How far the exported file, run by ONNX Runtime, is from the network that was trained, run by DJL
 * on the same photos.
 *
 * @param maxDifference largest absolute difference of a probability
 * @param n photos compared
 * @param headOnly why the backbone was left out of it, and both heads were given ONNX Runtime's
 *     features: an operator that DJL has not here; null if the whole network was compared
 */
public record Parity(double maxDifference, int n, String headOnly) {

  /** The largest difference with which a file is written: float rounding stays far below. */
  public static final double LIMIT = 1e-4;
}

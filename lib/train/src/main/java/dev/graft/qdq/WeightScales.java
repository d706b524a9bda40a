package dev.graft.qdq;

/**
 * Weights as int8, per output channel and symmetric: {@code scales[channel] * quantized[i]}.
 *
 * @param quantized in the order of the weights
 * @param scales one a channel
 */
@SuppressWarnings("ArrayRecordComponent") // large; owned by the package, never compared
record WeightScales(byte[] quantized, float[] scales) {

  /**
   * The largest magnitude of a weight: 7 bits where the processor adds two products of 8 bits in 16
   * bits and cuts off what does not fit (x86 without VNNI).
   */
  static int largest(boolean reduceRange) {
    return reduceRange ? 63 : 127;
  }

  /**
   * Quantizes.
   *
   * @param channels how many output channels
   * @param stride from one number of a channel to the next: 1 where a channel's numbers lie
   *     together, {@code channels} where the channels are the last dimension
   * @param roundings one a group of channels; or null to round to the nearest
   */
  static WeightScales of(
      float[] weights, int channels, int stride, boolean reduceRange, Rounding[] roundings) {
    int each = weights.length / channels;
    int top = largest(reduceRange);
    byte[] quantized = new byte[weights.length];
    float[] scales = new float[channels];
    for (int channel = 0; channel < channels; channel++) {
      int start = stride == 1 ? channel * each : channel;
      float peak = 0;
      for (int i = 0; i < each; i++) {
        peak = Math.max(peak, Math.abs(weights[start + i * stride]));
      }
      float scale = peak < Float.MIN_NORMAL * top ? 1f / top : peak / top;
      scales[channel] = scale;
      if (roundings != null) {
        double[] exact = new double[each];
        for (int i = 0; i < each; i++) {
          exact[i] = weights[start + i * stride];
        }
        roundings[channel / (channels / roundings.length)].round(
            exact, scale, top, quantized, start, stride);
        continue;
      }
      for (int i = 0; i < each; i++) {
        int at = start + i * stride;
        quantized[at] = (byte) Math.max(-top, Math.min(top, Math.round(weights[at] / scale)));
      }
    }
    return new WeightScales(quantized, scales);
  }

  /**
   * With scales that are large enough for the bias, an int32 of the scale of the products, where
   * weights are next to nothing and the bias is not: of channels that a network has given up.
   */
  WeightScales withRoomFor(float[] bias, float inputScale, int stride) {
    byte[] coarser = null;
    float[] larger = scales.clone();
    for (int channel = 0; channel < larger.length; channel++) {
      float least = Math.abs(bias[channel]) / inputScale / (1 << 30);
      if (scales[channel] < least) {
        coarser = coarser == null ? quantized.clone() : coarser;
        larger[channel] = least;
        int each = quantized.length / scales.length;
        int start = stride == 1 ? channel * each : channel;
        for (int i = 0; i < each; i++) {
          int at = start + i * stride;
          coarser[at] = (byte) Math.round(quantized[at] * (scales[channel] / least));
        }
      }
    }
    return coarser == null ? this : new WeightScales(coarser, larger);
  }

  /** What the int8 values stand for. */
  float[] floats(int stride) {
    int channels = scales.length;
    int each = quantized.length / channels;
    float[] floats = new float[quantized.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = quantized[i] * scales[stride == 1 ? i / each : i % channels];
    }
    return floats;
  }
}

package dev.graft.qdq;

/**
 * A layer with int8 weights.
 *
 * @param bias in float, with what rounding the weights changes of the layer's mean results taken
 *     back; null if it has none
 */
@SuppressWarnings("ArrayRecordComponent") // of the package, never compared
record QuantizedLayer(Layer layer, WeightScales weights, float[] bias) {

  /**
   * Quantizes.
   *
   * @param moments of what it reads, or null: then its bias stays. With covariances its weights are
   *     rounded by {@link Rounding}, with means alone to the nearest
   */
  static QuantizedLayer of(Layer layer, boolean reduceRange, Moments moments) {
    Rounding[] roundings = null;
    if (moments != null && moments.hasCovariance()) {
      roundings = new Rounding[layer.groups()];
      for (int group = 0; group < roundings.length; group++) {
        roundings[group] = new Rounding(moments.covariance(group));
      }
    }
    float[] exact = layer.weight().floats();
    WeightScales weights =
        WeightScales.of(exact, layer.channels(), layer.stride(), reduceRange, roundings);
    float[] bias = layer.bias() == null ? null : layer.bias().floats();
    if (moments != null && bias != null) {
      correct(bias, layer, exact, weights.floats(layer.stride()), moments);
    }
    return new QuantizedLayer(layer, weights, bias);
  }

  /**
   * Takes back the mean error (Nagel et al., "Data-free quantization through weight equalization
   * and bias correction", 2019), with means that were measured.
   */
  private static void correct(
      float[] bias, Layer layer, float[] exact, float[] rounded, Moments moments) {
    int channelsPerGroup = layer.channels() / layer.groups();
    double[] mean = null;
    for (int channel = 0; channel < bias.length; channel++) {
      if (channel % channelsPerGroup == 0) {
        mean = moments.mean(channel / channelsPerGroup);
      }
      double error = 0;
      for (int i = 0; i < layer.products(); i++) {
        int at = layer.at(channel, i);
        error += ((double) rounded[at] - exact[at]) * mean[i];
      }
      bias[channel] -= (float) error;
    }
  }
}

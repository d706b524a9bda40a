package dev.graft.train;

/**
 * A trained dense layer: {@code y = x W^T + b}.
 *
 * @param outputs rows of the weight
 * @param inputs columns of the weight
 * @param weight {@code [outputs, inputs]}, row by row
 * @param bias {@code [outputs]}
 */
@SuppressWarnings("ArrayRecordComponent") // owned by the package, never compared
record DenseLayer(int outputs, int inputs, float[] weight, float[] bias) {

  DenseLayer {
    if (weight.length != (long) outputs * inputs || bias.length != outputs) {
      throw new IllegalArgumentException(
          "expected weight [%d, %d] and bias [%d], got %d and %d numbers"
              .formatted(outputs, inputs, outputs, weight.length, bias.length));
    }
  }
}

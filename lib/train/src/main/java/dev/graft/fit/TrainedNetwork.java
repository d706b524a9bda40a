package dev.graft.fit;

import dev.graft.onnx.OnnxGraph;

/**
 * A network in two parts.
 *
 * @param frozen from {@code image}, uint8 {@code [N, H, W, 3]}, to what {@code trained} reads; null
 *     where that is the image itself
 * @param trained to {@code logits}, float {@code [N, classes]}; no Dropout
 */
public record TrainedNetwork(OnnxGraph frozen, OnnxGraph trained) {

  /** From {@code image} to {@code logits}. */
  public OnnxGraph joined() {
    return frozen == null ? trained : frozen.then(trained);
  }
}

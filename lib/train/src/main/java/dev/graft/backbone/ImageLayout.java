package dev.graft.backbone;

import dev.graft.onnx.Shape;

/** Where a network takes the color channels of its input, or gives those of its features. */
public enum ImageLayout {
  /** [N, C, height, width]: PyTorch's. */
  CHANNELS_FIRST,
  /** [N, height, width, C]: that of Keras and TensorFlow. */
  CHANNELS_LAST;

  /** That of the input of a network. */
  static ImageLayout of(Shape input) {
    return input.size(1) != 3 && input.size(3) == 3 ? CHANNELS_LAST : CHANNELS_FIRST;
  }
}

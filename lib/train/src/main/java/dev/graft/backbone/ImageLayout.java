package dev.graft.backbone;

/** Where a network takes the colour channels of its input, or gives those of its features. */
public enum ImageLayout {
  /** [N, C, height, width]: PyTorch's. */
  CHANNELS_FIRST,
  /** [N, height, width, C]: that of Keras and TensorFlow. */
  CHANNELS_LAST
}

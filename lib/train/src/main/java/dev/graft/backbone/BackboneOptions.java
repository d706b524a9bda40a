package dev.graft.backbone;

/**
 * What {@link Backbones#read} cannot see in a file, or should not find by itself.
 *
 * @param featuresTensor the tensor that heads stand on; null to find it: the input of the last
 *     global pooling, or of the classifier
 * @param normalization what the network was trained to see; null where the file says it itself, as
 *     those of Graft do
 * @param inputSize height and width in pixels of its photos; 0 for what the file declares, or
 *     {@value #USUAL_SIZE} if it takes any size
 */
public record BackboneOptions(String featuresTensor, Normalization normalization, int inputSize) {

  /** The size of ImageNet's photos for most networks. */
  public static final int USUAL_SIZE = 224;

  public BackboneOptions {
    if (inputSize < 0) {
      throw new IllegalArgumentException("expected a size of at least 1 pixel, got " + inputSize);
    }
  }

  /** All is left to the file. */
  public static BackboneOptions defaults() {
    return new BackboneOptions(null, null, 0);
  }

  public BackboneOptions withFeaturesTensor(String tensor) {
    return new BackboneOptions(tensor, normalization, inputSize);
  }

  public BackboneOptions withNormalization(Normalization newNormalization) {
    return new BackboneOptions(featuresTensor, newNormalization, inputSize);
  }

  public BackboneOptions withInputSize(int pixels) {
    return new BackboneOptions(featuresTensor, normalization, pixels);
  }
}

package dev.graft.backbone;

/**
 * What {@link Backbones#read} cannot see in a file, or should not find by itself. Immutable: each
 * method gives other options.
 */
public final class BackboneOptions {

  /** The size of ImageNet's photos for most networks. */
  public static final int USUAL_SIZE = 224;

  private static final BackboneOptions DEFAULTS = new BackboneOptions(null, null, 0);

  private final String featuresTensor;
  private final Normalization normalization;
  private final int inputSize;

  private BackboneOptions(String featuresTensor, Normalization normalization, int inputSize) {
    this.featuresTensor = featuresTensor;
    this.normalization = normalization;
    this.inputSize = inputSize;
  }

  /** All is left to the file. */
  public static BackboneOptions defaults() {
    return DEFAULTS;
  }

  /**
   * The tensor that heads stand on.
   *
   * @param tensor null to find it: the input of the last global pooling, or of the classifier
   */
  public BackboneOptions withFeaturesTensor(String tensor) {
    return new BackboneOptions(tensor, normalization, inputSize);
  }

  /**
   * What the network was trained to see.
   *
   * @param newNormalization null where the file says it itself, as those of Graft do
   */
  public BackboneOptions withNormalization(Normalization newNormalization) {
    return new BackboneOptions(featuresTensor, newNormalization, inputSize);
  }

  /**
   * The height and width of its photos.
   *
   * @param pixels 0 for what the file declares, or {@value #USUAL_SIZE} if it takes any size
   * @throws IllegalArgumentException if it is negative
   */
  public BackboneOptions withInputSize(int pixels) {
    if (pixels < 0) {
      throw new IllegalArgumentException("expected a size of at least 1 pixel, got " + pixels);
    }
    return new BackboneOptions(featuresTensor, normalization, pixels);
  }

  /** Null if it is to be found. */
  String featuresTensor() {
    return featuresTensor;
  }

  /** Null if the file says it. */
  Normalization normalization() {
    return normalization;
  }

  /** In pixels; 0 if the file says it. */
  int inputSize() {
    return inputSize;
  }
}

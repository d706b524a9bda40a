package dev.graft.backbone;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The backbones that artifacts on the class path bring, and those of the user's own files. An
 * artifact brings backbones by a resource {@code META-INF/graft/backbones}, which names their
 * cards.
 */
public final class Backbones {

  /** The artifact of each backbone that Graft publishes. */
  private static final Map<String, String> ARTIFACTS =
      Map.of(
          "vgg16", "dev.graft:graft-vgg16",
          "efficientnet-lite0", "dev.graft:graft-efficientnet-lite");

  private Backbones() {}

  /**
   * VGG16's 13 convolutions (Simonyan and Zisserman 2015): features [N, 512, 7, 7].
   *
   * @throws IllegalStateException if graft-vgg16 is not on the class path
   */
  public static Backbone vgg16() {
    return named("vgg16");
  }

  /**
   * EfficientNet-Lite0 (Tan and Le 2019, Google's Lite variant): features [N, 1280, 7, 7].
   *
   * @throws IllegalStateException if graft-efficientnet-lite is not on the class path
   */
  public static Backbone efficientNetLite0() {
    return named("efficientnet-lite0");
  }

  /**
   * The backbone of that name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   * @throws IllegalStateException if it is one that Graft publishes, and its artifact is not on the
   *     class path; if an artifact there is damaged, or two bring a backbone of the same name
   */
  public static Backbone named(String name) {
    return named(name, Backbones.class.getClassLoader());
  }

  static Backbone named(String name, ClassLoader loader) {
    BackboneRegistry registry = BackboneRegistry.of(loader);
    Backbone found = registry.find(name);
    if (found != null) {
      return found;
    }
    String artifact = ARTIFACTS.get(name);
    if (artifact != null) {
      throw new IllegalStateException(
          "the backbone %s is not on the class path; add the artifact %s, which holds it"
              .formatted(name, artifact));
    }
    List<String> known = registry.cards().stream().map(BackboneCard::name).toList();
    throw new IllegalArgumentException(
        "no backbone is called \"%s\"; %s"
            .formatted(
                name,
                known.isEmpty()
                    ? "none is on the class path: add an artifact that holds some, such as "
                        + ARTIFACTS.get("vgg16")
                    : "the known ones are " + String.join(", ", known)));
  }

  /** Height and width of photos, in pixels, that are usual for the {@link #untrained} backbone. */
  public static final int UNTRAINED_SIZE = 32;

  /** What the {@link #untrained} backbone is called. */
  public static final String NONE = "none";

  /**
   * No pretrained network: the convolutions of a small classic one, to be trained with the head on
   * photos that are many, small and unlike ImageNet's, such as digits. Conv 32, pool, Conv 64,
   * pool, Conv 64, each of 3 x 3 with ReLU and without padding; features [N, 64, h, w].
   *
   * @param size height and width in pixels of the photos, at least 18; 28 or 32 are usual
   * @param seed of the weights: Glorot's uniform ones, as Keras'
   */
  public static Backbone untrained(int size, long seed) {
    return SmallCnn.backbone(size, seed);
  }

  /**
   * A backbone from an ONNX file: any classifier of photos, cut off before its classifier. It must
   * have one input, floats [N, 3, h, w] or [N, h, w, 3], of any size or as high as wide, and opset
   * 7 or later. Features may be maps [N, C, h, w] or [N, h, w, C], tokens [N, tokens, C], or pooled
   * [N, C]. The file is run on test photos, and then kept in memory.
   *
   * <pre>{@code
   * Backbone resnet = Backbones.read(
   *     Path.of("resnet50.onnx"),
   *     BackboneOptions.defaults().withNormalization(Normalization.torchvision()));
   * }</pre>
   *
   * @throws IllegalArgumentException if the options lack something that the file does not say, or
   *     do not fit it; the message says what to choose from
   * @throws IOException if it cannot be read ({@link dev.graft.onnx.OnnxException}) or cannot be a
   *     backbone ({@link BackboneException}); the message says why
   */
  public static Backbone read(Path file, BackboneOptions options) throws IOException {
    return new BackboneFile(file).backbone(options);
  }

  /**
   * What an ONNX file is, and where it could be cut. It is run on a test photo.
   *
   * @param inputSize height and width in pixels at which to measure; 0 for what the file declares,
   *     or {@value BackboneOptions#USUAL_SIZE} if it takes any size
   * @throws IllegalArgumentException if it takes photos of another size alone
   * @throws IOException if it cannot be read
   */
  public static BackboneInspection inspect(Path file, int inputSize) throws IOException {
    return new BackboneFile(file).inspection(inputSize);
  }

  /**
   * The cards of all backbones on the class path, in its order; empty if there is none.
   *
   * @throws IllegalStateException if an artifact there is damaged, or two bring a backbone of the
   *     same name
   */
  public static List<BackboneCard> all() {
    return BackboneRegistry.of(Backbones.class.getClassLoader()).cards();
  }
}

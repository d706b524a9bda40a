package dev.graft.backbone;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.graft.file.Sha256;
import dev.graft.onnx.OnnxGraph;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The backbones that graft-pretrained brings, and those of the user's own files. */
public final class Backbones {

  static final String FOLDER = "dev/graft/pretrained/";

  private static final List<String> NAMES = List.of("vgg16", "efficientnet-lite0");

  private Backbones() {}

  /**
   * VGG16's 13 convolutions (Simonyan and Zisserman 2015): features [N, 512, 7, 7].
   *
   * @throws IllegalStateException if graft-pretrained is not on the class path
   */
  public static Backbone vgg16() {
    return named("vgg16");
  }

  /**
   * EfficientNet-Lite0 (Tan and Le 2019, Google's Lite variant): features [N, 1280, 7, 7].
   *
   * @throws IllegalStateException if graft-pretrained is not on the class path
   */
  public static Backbone efficientNetLite0() {
    return named("efficientnet-lite0");
  }

  /**
   * The backbone of that name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   * @throws IllegalStateException if graft-pretrained is not on the class path
   */
  public static Backbone named(String name) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "no backbone is called \"%s\"; the known ones are %s"
              .formatted(name, String.join(", ", NAMES)));
    }
    BackboneCard card = card(Backbones.class.getClassLoader(), name);
    return new Backbone(
        card,
        Normalization.named(card.normalization()),
        new Resources(Backbones.class.getClassLoader(), card));
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
   * The cards of all bundled backbones.
   *
   * @throws IllegalStateException if graft-pretrained is not on the class path
   */
  public static List<BackboneCard> all() {
    return NAMES.stream().map(name -> named(name).card()).toList();
  }

  static BackboneCard card(ClassLoader loader, String name) {
    String resource = FOLDER + name + ".json";
    try {
      return new Gson()
          .fromJson(
              new String(bytes(loader, resource), StandardCharsets.UTF_8), BackboneCard.class);
    } catch (JsonParseException e) {
      throw new IllegalStateException(resource + " is not the card of a backbone", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(ClassLoader loader, String resource) throws IOException {
    try (InputStream in = loader.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            resource
                + " is not on the class path; add the artifact dev.graft:graft-pretrained, which"
                + " holds the pretrained backbones");
      }
      return in.readAllBytes();
    }
  }

  /** The files of a backbone on the class path, checked against its card. */
  record Resources(ClassLoader loader, BackboneCard card) implements Backbone.Source {

    @Override
    public OnnxGraph features() throws IOException {
      return full().cut(card.features(), card.features());
    }

    @Override
    public OnnxGraph full() throws IOException {
      return OnnxGraph.parse(graph(), card.name());
    }

    byte[] graph() throws IOException {
      String resource = FOLDER + card.name() + ".onnx";
      byte[] graph = bytes(loader, resource);
      String found = Sha256.of(graph);
      if (!found.equals(card.sha256())) {
        throw new IOException(
            "%s is damaged: expected %d bytes of sha256 %s, found %d of %s; get graft-pretrained again"
                .formatted(resource, card.bytes(), card.sha256(), graph.length, found));
      }
      return graph;
    }

    @Override
    public List<String> classes() throws IOException {
      return new String(bytes(loader, FOLDER + card.classes()), StandardCharsets.UTF_8)
          .lines()
          .toList();
    }
  }
}

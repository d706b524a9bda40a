package dev.graft.backbone;

import dev.graft.file.Sha256;
import dev.graft.model.QuantizationInfo;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.Shape;
import dev.graft.photo.ColorMode;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.Resize;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A pretrained network without its head: a card, and a graph that is read when it is first asked
 * for. Immutable, thread-safe.
 */
public final class Backbone {

  /** Where the graphs of a backbone come from. */
  interface Source {

    /** Up to the features. */
    OnnxGraph features() throws IOException;

    /** With the network's own classifier, where it has one. */
    OnnxGraph full() throws IOException;

    List<String> classes() throws IOException;
  }

  /**
   * Reads the features once, for all backbones that are made from one another, and again only where
   * their memory was needed for something else.
   */
  private static final class ReadOnce implements Source {

    private final Source source;
    private SoftReference<OnnxGraph> features = new SoftReference<>(null);

    ReadOnce(Source source) {
      this.source = Objects.requireNonNull(source, "source");
    }

    @Override
    public synchronized OnnxGraph features() throws IOException {
      OnnxGraph graph = features.get();
      if (graph == null) {
        graph = source.features();
        features = new SoftReference<>(graph);
      }
      return graph;
    }

    @Override
    public OnnxGraph full() throws IOException {
      return source.full();
    }

    @Override
    public List<String> classes() throws IOException {
      return source.classes();
    }
  }

  /** In {@link #cutPointBelow}: all of its layers. */
  public static final String ALL_LAYERS = "all";

  private final BackboneCard card;
  private final PhotoPreprocessing preprocessing;
  private final Normalization normalization;
  private final Source source;
  private final boolean pretrained;
  private final String fingerprint;
  private final QuantizationInfo quantization; // null: as its card says

  Backbone(BackboneCard card, Normalization normalization, Source source) {
    this(card, normalization, source, true);
  }

  Backbone(BackboneCard card, Normalization normalization, Source source, boolean pretrained) {
    this(
        card,
        PhotoPreprocessing.stretch(card.inputSize(), card.inputSize()),
        normalization,
        new ReadOnce(source),
        pretrained,
        card.sha256(),
        null);
  }

  private Backbone(
      BackboneCard card,
      PhotoPreprocessing preprocessing,
      Normalization normalization,
      Source source,
      boolean pretrained,
      String fingerprint,
      QuantizationInfo quantization) {
    this.card = Objects.requireNonNull(card, "card");
    this.preprocessing = preprocessing;
    this.normalization = Objects.requireNonNull(normalization, "normalization");
    this.source = source;
    this.pretrained = pretrained;
    this.fingerprint = fingerprint;
    this.quantization = quantization;
  }

  /** Whether it has learnt anything: if not, all of its layers are trained. */
  public boolean isPretrained() {
    return pretrained;
  }

  /** What is known of it. */
  public BackboneCard card() {
    return card;
  }

  /**
   * How photos become the pixels that it is shown: of the card's size always; stretched, with the
   * bilinear filter and in colour unless something else was chosen.
   */
  public PhotoPreprocessing preprocessing() {
    return preprocessing;
  }

  /** The same network, shown photos that are stretched, cropped or padded to its size. */
  public Backbone withFit(Resize.Fit fit) {
    Resize resize = preprocessing.resize();
    return withPreprocessing(
        new Resize(resize.width(), resize.height(), fit, resize.filter()),
        preprocessing.colorMode());
  }

  /** The same network, shown photos that are resized with another filter. */
  public Backbone withInterpolation(Resize.Filter filter) {
    Resize resize = preprocessing.resize();
    return withPreprocessing(
        new Resize(resize.width(), resize.height(), resize.fit(), filter),
        preprocessing.colorMode());
  }

  /** The same network, shown photos in colour or in grey. */
  public Backbone withColorMode(ColorMode colorMode) {
    return withPreprocessing(preprocessing.resize(), colorMode);
  }

  private Backbone withPreprocessing(Resize resize, ColorMode colorMode) {
    PhotoPreprocessing other = new PhotoPreprocessing(resize, colorMode);
    return new Backbone(card, other, normalization, source, pretrained, fingerprint, quantization);
  }

  /** What turns pixels into its input: the card's, unless another was chosen. */
  public Normalization normalization() {
    return normalization;
  }

  /** The same network, fed otherwise than its card says. */
  public Backbone withNormalization(Normalization other) {
    return new Backbone(card, preprocessing, other, source, pretrained, fingerprint, quantization);
  }

  /**
   * The same network, its features computed by another graph: a quantized one.
   *
   * @param onnx an ONNX file of the same input and output as that of {@link #toOnnx()}
   * @throws IOException if it is none
   */
  public Backbone withOnnx(byte[] onnx, QuantizationInfo info) throws IOException {
    OnnxGraph graph = OnnxGraph.parse(onnx, card.name());
    Source quantized =
        new Source() {
          @Override
          public OnnxGraph features() {
            return graph;
          }

          @Override
          public OnnxGraph full() throws IOException {
            return source.full();
          }

          @Override
          public List<String> classes() throws IOException {
            return source.classes();
          }
        };
    String hash = Sha256.of(onnx);
    return new Backbone(card, preprocessing, normalization, quantized, pretrained, hash, info);
  }

  /** How its weights are stored, where they are not all 32-bit floats. */
  public Optional<QuantizationInfo> quantization() {
    return Optional.ofNullable(quantization);
  }

  /** Tells graphs apart that compute its features: a hash, in lower-case hexadecimal. */
  public String fingerprint() {
    return fingerprint;
  }

  /**
   * Its graph as an ONNX file: the only input is the photo, normalized, float [N, 3, h, w], or [N,
   * h, w, 3] where {@link #inputLayout} says so; the only output is the features, float [N, C, h,
   * w], or [N, C] and [N, C, tokens] for some of the user's own files. Where such a file has the
   * channels of {@link BackboneCard#featuresTensor} last, they are brought to the front behind it.
   *
   * @return a new array, tens of megabytes
   * @throws IOException if it cannot be read or is not the file that the card describes
   */
  public byte[] toOnnx() throws IOException {
    return graph().toBytes();
  }

  /**
   * Its graph behind its {@link #normalization} as an ONNX file: input {@code image}, uint8 [N,
   * height, width, 3], RGB; the normalized photo is the tensor {@code input}; output as that of
   * {@link #toOnnx()}. Of the opset of the backbone's file.
   *
   * @return a new array, tens of megabytes
   * @throws IllegalArgumentException if it takes photos of another size alone
   * @throws IOException if it cannot be read or is not the file that the card describes
   */
  public byte[] toOnnx(int height, int width) throws IOException {
    return graphFromImage(height, width).toBytes();
  }

  /**
   * The graph of {@link #toOnnx()}, read and checked by the first call and kept for later ones
   * while Java has memory to spare.
   */
  OnnxGraph graph() throws IOException {
    return source.features();
  }

  /**
   * Where it is cut to train its upper layers: the tensor that the part below ends with, its input
   * where nothing stays below.
   *
   * @param from the lowest layers that are trained: {@link #ALL_LAYERS}, how many layers with
   *     weights counted from its output, a block of the card such as {@code block5}, or a tensor to
   *     cut at
   * @throws IllegalArgumentException if there are no such layers; the message lists those there are
   * @throws IOException if it cannot be read or is not the file that the card describes
   */
  public String cutPointBelow(String from) throws IOException {
    return CutPoints.below(from, this, graph());
  }

  /** The graph of {@link #toOnnx(int, int)}. */
  OnnxGraph graphFromImage(int height, int width) throws IOException {
    OnnxGraph graph = graph();
    Shape input = graph.inputs().get(0).shape();
    ImageLayout layout = ImageLayout.of(input);
    int first = layout == ImageLayout.CHANNELS_FIRST ? 2 : 1;
    boolean fits =
        (input.size(first) < 0 || input.size(first) == height)
            && (input.size(first + 1) < 0 || input.size(first + 1) == width);
    if (!fits) {
      throw new IllegalArgumentException(
          "%s takes photos %s alone, expected them to be %d high and %d wide"
              .formatted(card.name(), input, height, width));
    }
    return normalization.toGraph(height, width, layout, graph.opset()).then(graph);
  }

  /**
   * Where its graph takes the color channels.
   *
   * @throws IOException if it cannot be read or is not the file that the card describes
   */
  public ImageLayout inputLayout() throws IOException {
    return ImageLayout.of(graph().inputs().get(0).shape());
  }

  /**
   * Its graph with its own classifier where it has one: outputs {@link BackboneCard#featuresTensor}
   * and {@link BackboneCard#logitsTensor}, [N, classes].
   *
   * @throws IOException if it cannot be read or is not the file that the card describes
   */
  OnnxGraph fullGraph() throws IOException {
    return source.full();
  }

  /**
   * The names of the classes of its own classifier in the order of the logits; empty if it has
   * none.
   */
  public List<String> classes() throws IOException {
    return card.classes() == null ? List.of() : source.classes();
  }

  @Override
  public String toString() {
    return card.name() + " (" + normalization.name() + ")";
  }
}

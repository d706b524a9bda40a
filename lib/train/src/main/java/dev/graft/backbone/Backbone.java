package dev.graft.backbone;

import dev.graft.onnx.OnnxGraph;
import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * A pretrained network without its head: a card, and a graph that is read when asked for.
 * Immutable, thread-safe.
 */
public final class Backbone {

  /** Where the files of a backbone are. */
  interface Files {
    byte[] graph() throws IOException;

    List<String> classes() throws IOException;
  }

  private final BackboneCard card;
  private final Normalization normalization;
  private final Files files;

  Backbone(BackboneCard card, Normalization normalization, Files files) {
    this.card = Objects.requireNonNull(card, "card");
    this.normalization = Objects.requireNonNull(normalization, "normalization");
    this.files = files;
  }

  public BackboneCard card() {
    return card;
  }

  /** What turns photos into its input: the card's, unless another was chosen. */
  public Normalization normalization() {
    return normalization;
  }

  /** The same network, fed otherwise than its card says. */
  public Backbone withNormalization(Normalization other) {
    return new Backbone(card, other, files);
  }

  /**
   * Its graph: input {@code input}, float [N, 3, h, w], normalised; only output {@link
   * BackboneCard#features}, float [N, C, h, w]. Read anew by each call: tens of megabytes.
   *
   * @throws IOException if it cannot be read or is not the file that the card describes
   */
  public OnnxGraph graph() throws IOException {
    return fullGraph().cut(card.features(), card.features());
  }

  /**
   * Its graph with its own classifier where it has one: outputs {@link BackboneCard#features} and
   * {@link BackboneCard#logits}, [N, classes].
   *
   * @throws IOException if it cannot be read or is not the file that the card describes
   */
  public OnnxGraph fullGraph() throws IOException {
    return OnnxGraph.parse(files.graph(), card.name());
  }

  /**
   * The names of the classes of its own classifier in the order of the logits; empty if it has
   * none.
   */
  public List<String> classes() throws IOException {
    return card.classes() == null ? List.of() : files.classes();
  }

  @Override
  public String toString() {
    return card.name() + " (" + normalization.name() + ")";
  }
}

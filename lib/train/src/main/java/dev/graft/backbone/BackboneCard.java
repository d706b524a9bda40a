package dev.graft.backbone;

import com.google.gson.annotations.SerializedName;
import java.util.List;
import java.util.Objects;

/**
 * What is known of a backbone: where it comes from, what it expects, what it gives. In JSON, as
 * artifacts with weights have it, the keys are the components' names, but for {@code license},
 * {@code features} and {@code logits}.
 *
 * @param name what options call it
 * @param title its name for people
 * @param paper authors, title, where it appeared; null if it is not known
 * @param license that of the weights, by SPDX identifier, or "unknown"
 * @param attribution the line to keep wherever the weights go; null if it is not known
 * @param source where the weights come from, and what was changed
 * @param sha256 of the ONNX file, lower-case hexadecimal
 * @param bytes the size of the ONNX file
 * @param inputSize height and width in pixels of the photos it was trained on
 * @param normalization by the name that {@link Normalization#named} takes
 * @param featuresTensor the tensor that is its output
 * @param featureShape [C, h, w] at the input size; of the user's own files also [C] and [C, tokens]
 * @param cutPoints the tensors to cut it at, from input to output
 * @param parameters the number of weights up to the features
 * @param figures what was measured with it
 * @param logitsTensor the tensor [N, classes] of its own classifier; null if it has none
 * @param classes the resource beside the graph that names the classes, one a line; null if it has
 *     no classifier
 */
public record BackboneCard(
    String name,
    String title,
    String paper,
    @SerializedName("licence") String license,
    String attribution,
    String source,
    String sha256,
    long bytes,
    int inputSize,
    String normalization,
    @SerializedName("features") String featuresTensor,
    List<Integer> featureShape,
    List<CutPoint> cutPoints,
    long parameters,
    List<Figure> figures,
    @SerializedName("logits") String logitsTensor,
    String classes) {

  /**
   * A measured number.
   *
   * @param measure what was measured, such as "ImageNet top-1"
   * @param value a share, 0..1
   * @param n the number of photos
   * @param source who measured it, and how
   */
  public record Figure(String measure, double value, int n, String source) {
    public Figure {
      Objects.requireNonNull(measure, "measure");
      Objects.requireNonNull(source, "source");
    }
  }

  public BackboneCard {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(license, "licence");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(sha256, "sha256");
    Objects.requireNonNull(normalization, "normalization");
    Objects.requireNonNull(featuresTensor, "features");
    featureShape = List.copyOf(Objects.requireNonNull(featureShape, "featureShape"));
    cutPoints = List.copyOf(Objects.requireNonNull(cutPoints, "cutPoints"));
    figures = List.copyOf(Objects.requireNonNull(figures, "figures"));
  }
}

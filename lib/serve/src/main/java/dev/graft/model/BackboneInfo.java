package dev.graft.model;

import dev.graft.file.Sha256;
import java.util.Objects;

/**
 * The pretrained network inside a model.
 *
 * @param name as {@code graft backbones} lists it, or the name of the user's own file
 * @param sha256 of the backbone's ONNX file, lower-case hexadecimal
 * @param licence of the weights, or null where it is not known
 * @param attribution what the licence wants to be said, or null where it is not known
 * @param source where the weights come from, or null where it is not known
 * @param features the tensor of the backbone that the head stands on
 * @param normalization in words, how the graph turns {@code image} into what the backbone expects
 */
public record BackboneInfo(
    String name,
    String sha256,
    String licence,
    String attribution,
    String source,
    String features,
    String normalization) {

  public BackboneInfo {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(features, "features");
    Objects.requireNonNull(normalization, "normalization");
    Sha256.require(sha256, "sha256");
  }
}

package dev.graft.features;

import dev.graft.augment.Augmentation;
import dev.graft.data.LabeledPhoto;
import dev.graft.photo.Pixels;

/**
 * How often, and how changed, a photo is seen.
 *
 * @param augmentation how all variants but the first differ from the photo
 * @param count at least 1; the first is the photo as it is
 * @param seed of what is drawn
 */
public record Variants(Augmentation augmentation, int count, long seed) {

  /** The photo as it is, once. */
  public static Variants one() {
    return new Variants(Augmentation.none(), 1, 0);
  }

  Pixels draw(Pixels photo, LabeledPhoto source, int variant) {
    return variant == 0
        ? photo
        : augmentation.apply(photo, Augmentation.seed(seed, source.sha256(), variant));
  }

  /** What of a variant decides its pixels, for the key of a cache. */
  String key(LabeledPhoto source, int variant) {
    return variant == 0
        ? "as it is"
        : augmentation + " " + Augmentation.seed(seed, source.sha256(), variant);
  }
}

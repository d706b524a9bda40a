package dev.graft.train;

import dev.graft.augment.Augmentation;
import dev.graft.backbone.Backbone;
import dev.graft.data.LabeledPhoto;
import dev.graft.features.FeatureCache;
import dev.graft.features.Variants;
import dev.graft.fit.ModelGraph;
import dev.graft.fit.SpanBasis;
import dev.graft.model.Task;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.quantize.Precision;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is to be trained and how: all that decides about the result but the photos.
 *
 * @param root of the photos, for messages
 * @param fineTuning null where the backbone stays as it is
 * @param precision of the frozen backbone and what reads its features; not AUTO once training
 *     begins
 * @param variants of a photo besides itself, where there is an augmentation
 */
record NetworkPlan(
    Path root,
    Task task,
    List<String> classes,
    Backbone backbone,
    Precision precision,
    Head head,
    Hyperparameters hyperparameters,
    FineTuning fineTuning,
    Augmentation augmentation,
    int variants,
    long seed) {

  /** The same with a backbone in the precision that is wanted. */
  NetworkPlan withBackbone(Backbone prepared) {
    return new NetworkPlan(
        root,
        task,
        classes,
        prepared,
        precision,
        head,
        hyperparameters,
        fineTuning,
        augmentation,
        variants,
        seed);
  }

  /** How photos become pixels. */
  PhotoPreprocessing preprocessing() {
    return backbone.preprocessing();
  }

  /** Whether layers of the backbone are trained after the head, or all of them from the start. */
  boolean trainsBackbone() {
    return fineTuning != null || !backbone.isPretrained();
  }

  /** How often, and how changed, the head sees a training photo. */
  Variants trainingVariants() {
    return augmentation.isNone() ? Variants.one() : new Variants(augmentation, 1 + variants, seed);
  }

  /** Numbers that the head reads of a photo. */
  int inputs() {
    return ModelGraph.length(backbone, head);
  }

  /** How many weights the head has where it reads so many numbers. */
  long headWeights(long read) {
    return head instanceof Head.FlattenDense dense
        ? dense.hidden() * (read + 1) + classes.size() * (dense.hidden() + 1L)
        : classes.size() * (read + 1);
  }

  /** Whether the head learns in the span of the photos rather than from all numbers. */
  boolean isInSpan(long rows, int photos, int validation) {
    return head instanceof Head.FlattenDense dense
        && SpanBasis.isWorthwhile(
            rows, photos, validation, inputs(), dense.hidden(), hyperparameters);
  }

  /** Everything by which a checkpoint knows its own training. */
  Map<String, String> settings(List<LabeledPhoto> training, List<LabeledPhoto> validation) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("seed", Long.toString(seed));
    settings.put("training photos", fingerprint(training));
    settings.put("validation photos", fingerprint(validation));
    settings.put("task", task.toString());
    settings.put("classes", classes.toString());
    settings.put("preprocessing", preprocessing().toString());
    settings.put("decoding of photos", PhotoReader.create().decoding());
    settings.put("backbone", backbone + " " + backbone.fingerprint());
    settings.put("precision", precision.toString());
    settings.put("head", head.toString());
    settings.putAll(hyperparameters.settings());
    settings.put("fine-tuning", fineTuning == null ? "none" : fineTuning.toString());
    settings.put("augmentation", augmentation.toString());
    settings.put("variants", augmentation.isNone() ? "none" : Integer.toString(variants));
    return settings;
  }

  /** Wherever the photos lie and however they are called. */
  private static String fingerprint(List<LabeledPhoto> photos) {
    String hash =
        FeatureCache.key(
            photos.stream()
                .flatMap(photo -> Stream.of(photo.sha256(), photo.labels().toString()))
                .toArray(String[]::new));
    return "%d of fingerprint %s".formatted(photos.size(), hash.substring(0, 16));
  }
}

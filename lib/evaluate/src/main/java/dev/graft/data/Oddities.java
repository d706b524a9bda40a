package dev.graft.data;

import dev.graft.model.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What of labelled photos may be a mistake but hinders nothing. */
final class Oddities {

  /** Folders that hold classes rather than being one. */
  private static final Set<String> SPLITS =
      Set.of("train", "training", "val", "valid", "validation", "test", "testing");

  private Oddities() {}

  /** Sentences for people; empty where all is well. */
  static List<String> of(FoundPhotos found, Split split, LabeledFolderOptions options) {
    List<String> warnings = new ArrayList<>();
    List<String> classes = found.classes();
    if (classes.stream().allMatch(name -> SPLITS.contains(name.toLowerCase(Locale.ROOT)))) {
      warnings.add(
          "the classes are %s; if these folders hold the class folders, pass one of them"
              .formatted(String.join(" and ", classes)));
    }
    if (!found.unknownLabels().isEmpty()) {
      warnings.add(
          "labels that are not among the classes %s do not count: %s"
              .formatted(classes, String.join(", ", found.unknownLabels())));
    }
    addOfFewPhotos(found, split, options, warnings);
    addOfEqualPhotos(found, warnings);
    return warnings;
  }

  private static void addOfFewPhotos(
      FoundPhotos found, Split split, LabeledFolderOptions options, List<String> warnings) {
    boolean multiLabel = found.task() == Task.MULTI_LABEL;
    String kind = multiLabel ? "label" : "class";
    int[] all = found.counts(found.photos());
    int[] forTraining = found.counts(split.training());
    for (int label = 0; label < all.length; label++) {
      String name = found.classes().get(label);
      boolean noneValidates = options.validationSplit() > 0 && forTraining[label] == all[label];
      if (all[label] == 0) {
        warnings.add("%s '%s' has no photo".formatted(kind, name));
      } else if (multiLabel && all[label] == 1 && options.classes().isEmpty()) {
        warnings.add(
            "label '%s' is on 1 photo only: too few to learn and to measure".formatted(name));
      } else if (noneValidates && all[label] == 1) {
        warnings.add(
            "%s '%s' has 1 photo only, which teaches and never validates; add photos"
                .formatted(kind, name));
      } else if (noneValidates) {
        warnings.add(
            "%s '%s' has none of its %d photos in validation; add photos or take another seed"
                .formatted(kind, name, all[label]));
      }
    }
  }

  private static void addOfEqualPhotos(FoundPhotos found, List<String> warnings) {
    Map<String, LabeledPhoto> first = new HashMap<>();
    for (LabeledPhoto photo : found.photos()) {
      LabeledPhoto other = first.putIfAbsent(photo.sha256(), photo);
      if (other != null && !other.labels().equals(photo.labels())) {
        warnings.add(
            found.task() == Task.MULTI_LABEL
                ? "the same photo has different labels: %s %s and %s %s"
                    .formatted(other.path(), found.names(other), photo.path(), found.names(photo))
                : "the same photo is in two classes: %s and %s"
                    .formatted(other.path(), photo.path()));
      }
    }
  }
}

package dev.graft.train;

import dev.graft.data.LabeledPhoto;
import dev.graft.model.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Deals photos into folds for cross-validation. */
final class Folds {

  private Folds() {}

  /**
   * Stratified: each class is spread evenly; photos of several labels are spread as they come.
   * Equal photos lie in one fold. The order of the photos has no say.
   *
   * @throws TrainingException if a class has fewer different photos than there are folds
   */
  static List<List<LabeledPhoto>> deal(
      Task task, List<LabeledPhoto> photos, List<String> classes, int folds, long seed) {
    Map<String, Integer> foldOf = new HashMap<>();
    if (task == Task.MULTI_LABEL) {
      deal("the data", photos.stream(), folds, seed, foldOf);
    } else {
      for (int c = 0; c < classes.size(); c++) {
        int label = c;
        deal(
            "class " + classes.get(c),
            photos.stream().filter(photo -> photo.label() == label),
            folds,
            seed,
            foldOf);
      }
    }
    List<List<LabeledPhoto>> dealt = new ArrayList<>();
    for (int fold = 0; fold < folds; fold++) {
      int number = fold;
      dealt.add(photos.stream().filter(p -> foldOf.get(p.sha256()) == number).toList());
    }
    return dealt;
  }

  private static void deal(
      String what, Stream<LabeledPhoto> photos, int folds, long seed, Map<String, Integer> foldOf) {
    List<String> different =
        photos
            .map(LabeledPhoto::sha256)
            .distinct()
            .sorted(Comparator.comparing(sha256 -> FeatureCache.key(sha256, Long.toString(seed))))
            .toList();
    if (different.size() < folds) {
      throw new TrainingException(
          "%s: %d different photos are too few for %d folds; add photos or take fewer folds"
              .formatted(what, different.size(), folds));
    }
    for (String sha256 : different) {
      // A photo that lies in two classes keeps the fold of the first.
      foldOf.putIfAbsent(sha256, foldOf.size() % folds);
    }
  }
}

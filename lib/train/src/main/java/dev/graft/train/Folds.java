package dev.graft.train;

import dev.graft.data.LabeledPhoto;
import dev.graft.file.Sha256;
import dev.graft.model.Task;
import dev.graft.recipe.TrainingException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Photos dealt out for cross-validation.
 *
 * @param judged of each fold, the photos that judge
 * @param alwaysLearnt photos that judge in no fold, for else a class would have none to learn from
 */
record Folds(List<List<LabeledPhoto>> judged, List<LabeledPhoto> alwaysLearnt) {

  /** The photos that a fold's model learns from. */
  List<LabeledPhoto> learnt(int fold) {
    List<LabeledPhoto> others = new ArrayList<>();
    for (int other = 0; other < judged.size(); other++) {
      if (other != fold) {
        others.addAll(judged.get(other));
      }
    }
    others.addAll(alwaysLearnt);
    return others;
  }

  /**
   * Deals stratified: each class is spread evenly; photos of several labels are spread as they
   * come. Equal photos lie in one fold, and so does a group of {@link LabeledPhoto#group}. Of a
   * label that has all its photos in one fold, one (group) is in none. The order of the photos has
   * no say.
   *
   * @throws TrainingException if a class has fewer different photos than there are folds, or a fold
   *     has none left
   */
  static Folds deal(
      Task task, List<LabeledPhoto> photos, List<String> classes, int folds, long seed)
      throws TrainingException {
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
    Set<String> kept = indispensable(photos, foldOf, seed);
    List<List<LabeledPhoto>> judged = new ArrayList<>();
    for (int fold = 0; fold < folds; fold++) {
      int number = fold;
      judged.add(
          photos.stream()
              .filter(p -> foldOf.get(p.group()) == number && !kept.contains(p.group()))
              .toList());
      if (judged.get(fold).isEmpty()) {
        throw new TrainingException(
            "%d different photos are too few for %d folds: %d of them are needed in each, for a label has no other; add photos or take fewer folds"
                .formatted(foldOf.size(), folds, kept.size()));
      }
    }
    return new Folds(judged, photos.stream().filter(p -> kept.contains(p.group())).toList());
  }

  private static void deal(
      String what, Stream<LabeledPhoto> photos, int folds, long seed, Map<String, Integer> foldOf)
      throws TrainingException {
    List<String> different =
        photos.map(LabeledPhoto::group).distinct().sorted(shuffled(seed)).toList();
    if (different.size() < folds) {
      throw new TrainingException(
          "%s: %d different photos are too few for %d folds; add photos or take fewer folds"
              .formatted(what, different.size(), folds));
    }
    for (String group : different) {
      // A photo that lies in two classes keeps the fold of the first.
      foldOf.putIfAbsent(group, foldOf.size() % folds);
    }
  }

  private static Comparator<String> shuffled(long seed) {
    return Comparator.comparing(group -> Sha256.ofLines(group, Long.toString(seed)));
  }

  /** One photo of each label that has all its photos in one fold. */
  private static Set<String> indispensable(
      List<LabeledPhoto> photos, Map<String, Integer> foldOf, long seed) {
    Map<Integer, Set<String>> byLabel = new TreeMap<>();
    for (LabeledPhoto photo : photos) {
      photo
          .labels()
          .forEach(l -> byLabel.computeIfAbsent(l, x -> new HashSet<>()).add(photo.group()));
    }
    Set<String> kept = new HashSet<>();
    for (Set<String> ofLabel : byLabel.values()) {
      boolean inOneFold = ofLabel.stream().map(foldOf::get).distinct().count() == 1;
      if (inOneFold && ofLabel.stream().noneMatch(kept::contains)) {
        kept.add(ofLabel.stream().min(shuffled(seed)).orElseThrow());
      }
    }
    return kept;
  }
}

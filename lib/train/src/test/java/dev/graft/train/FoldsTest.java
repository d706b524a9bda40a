package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.data.LabeledPhoto;
import dev.graft.features.FeatureCache;
import dev.graft.model.Task;
import dev.graft.recipe.TrainingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@link Folds} on photos that are nothing but names and hashes. */
class FoldsTest {

  private static final List<String> CLASSES = List.of("a", "b", "c");
  private static final int[] SIZES = {10, 4, 23};

  private static LabeledPhoto photo(int label, int number) {
    String name = CLASSES.get(label) + number;
    return new LabeledPhoto(Path.of(name), label, FeatureCache.key(name));
  }

  private static LabeledPhoto copyOf(LabeledPhoto photo) {
    return new LabeledPhoto(Path.of("copy of " + photo.path()), photo.labels(), photo.sha256());
  }

  private static List<LabeledPhoto> photos() {
    List<LabeledPhoto> photos = new ArrayList<>();
    for (int label = 0; label < SIZES.length; label++) {
      for (int i = 0; i < SIZES[label]; i++) {
        photos.add(photo(label, i));
      }
    }
    return photos;
  }

  private static List<List<LabeledPhoto>> deal(List<LabeledPhoto> photos, int folds, long seed)
      throws TrainingException {
    Folds dealt = Folds.deal(Task.SINGLE_LABEL, photos, CLASSES, folds, seed);
    assertEquals(List.of(), dealt.alwaysLearnt());
    return dealt.judged();
  }

  private static List<Set<Path>> paths(List<List<LabeledPhoto>> folds) {
    return folds.stream()
        .map(fold -> fold.stream().map(LabeledPhoto::path).collect(Collectors.toSet()))
        .toList();
  }

  @Test
  void spreadEachClassToWithinOnePhoto() throws TrainingException {
    for (int folds = 2; folds <= 4; folds++) {
      List<List<LabeledPhoto>> dealt = deal(photos(), folds, 42);
      assertEquals(folds, dealt.size());
      List<LabeledPhoto> all = new ArrayList<>();
      dealt.forEach(all::addAll);
      assertEquals(new HashSet<>(photos()), new HashSet<>(all));
      assertEquals(photos().size(), all.size());
      for (int label = 0; label < SIZES.length; label++) {
        int ours = label;
        for (List<LabeledPhoto> fold : dealt) {
          long n = fold.stream().filter(photo -> photo.label() == ours).count();
          int least = SIZES[label] / folds;
          assertTrue(n == least || n == least + 1, n + " of " + SIZES[label]);
        }
      }
      for (List<LabeledPhoto> fold : dealt) {
        int least = photos().size() / folds;
        assertTrue(fold.size() == least || fold.size() == least + 1, "whole folds too");
      }
    }
  }

  @Test
  void keepEqualPhotosTogether() throws TrainingException {
    List<LabeledPhoto> photos = photos();
    for (int i = 0; i < 10; i++) {
      photos.add(copyOf(photos.get(i)));
    }
    LabeledPhoto ofTwoClasses = new LabeledPhoto(Path.of("b too"), 1, photos.get(0).sha256());
    photos.add(ofTwoClasses);
    Set<String> seen = new HashSet<>();
    for (List<LabeledPhoto> fold : deal(photos, 3, 42)) {
      Set<String> here = fold.stream().map(LabeledPhoto::sha256).collect(Collectors.toSet());
      assertTrue(Collections.disjoint(seen, here));
      seen.addAll(here);
    }
    assertEquals(photos().size(), seen.size());
  }

  @Test
  void doNotHangOnTheOrderOfPhotosButOnTheSeed() throws TrainingException {
    List<LabeledPhoto> shuffled = photos();
    Collections.shuffle(shuffled, new Random(1));
    List<Set<Path>> folds = paths(deal(photos(), 3, 42));
    assertEquals(folds, paths(deal(shuffled, 3, 42)));
    assertNotEquals(folds, paths(deal(photos(), 3, 43)));
  }

  @Test
  void needAsManyDifferentPhotosOfEachClass() {
    List<LabeledPhoto> photos = photos();
    photos.add(copyOf(photo(1, 0)));
    TrainingException e = assertThrows(TrainingException.class, () -> deal(photos, 5, 42));
    assertEquals(
        "class b: 4 different photos are too few for 5 folds; add photos or take fewer folds",
        e.getMessage());
  }

  @Test
  void spreadPhotosOfSeveralLabelsAsTheyCome() throws TrainingException {
    List<LabeledPhoto> photos = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      photos.add(new LabeledPhoto(Path.of(i + ""), List.of(0, i % 3), FeatureCache.key(i + "")));
    }
    Folds dealt = Folds.deal(Task.MULTI_LABEL, photos, CLASSES, 3, 42);
    assertEquals(List.of(3, 2, 2), dealt.judged().stream().map(List::size).toList());
    assertEquals(4, dealt.learnt(0).size());
  }

  @Test
  void leaveEveryLabelAPhotoToLearnFrom() throws TrainingException {
    List<LabeledPhoto> photos = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      photos.add(new LabeledPhoto(Path.of(i + ""), List.of(i % 2), FeatureCache.key(i + "")));
    }
    LabeledPhoto only = new LabeledPhoto(Path.of("only"), List.of(0, 2), FeatureCache.key("only"));
    photos.add(only);
    photos.add(copyOf(only));
    for (int seed = 0; seed < 20; seed++) {
      Folds dealt = Folds.deal(Task.MULTI_LABEL, photos, CLASSES, 4, seed);
      assertEquals(List.of(only, copyOf(only)), dealt.alwaysLearnt());
      for (int fold = 0; fold < 4; fold++) {
        List<LabeledPhoto> learnt = dealt.learnt(fold);
        assertTrue(Collections.disjoint(learnt, dealt.judged().get(fold)));
        assertEquals(11, learnt.size() + dealt.judged().get(fold).size());
        for (int label = 0; label < 3; label++) {
          int ours = label;
          assertTrue(learnt.stream().anyMatch(photo -> photo.labels().contains(ours)));
        }
      }
    }
  }

  @Test
  void needPhotosThatAreNotTheOnlyOnesOfTheirLabels() {
    List<LabeledPhoto> photos = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      photos.add(new LabeledPhoto(Path.of(i + ""), List.of(i), FeatureCache.key(i + "")));
    }
    TrainingException e =
        assertThrows(
            TrainingException.class, () -> Folds.deal(Task.MULTI_LABEL, photos, CLASSES, 3, 42));
    assertEquals(
        "3 different photos are too few for 3 folds: 3 of them are needed in each, for a label has"
            + " no other; add photos or take fewer folds",
        e.getMessage());
  }

  @Test
  void keepsPhotosOfOneGroupInOneFold() throws TrainingException {
    List<LabeledPhoto> grouped =
        photos().stream()
            .map(
                photo ->
                    new LabeledPhoto(
                        photo.path(),
                        photo.labels(),
                        photo.sha256(),
                        photo.sha256().substring(0, 1)))
            .toList();
    List<List<LabeledPhoto>> folds = deal(grouped, 3, 42);
    Set<String> seen = new HashSet<>();
    for (List<LabeledPhoto> fold : folds) {
      Set<String> groups = new HashSet<>();
      fold.forEach(photo -> groups.add(photo.group()));
      groups.forEach(group -> assertTrue(seen.add(group), group + " lies in two folds"));
    }
  }
}

package dev.graft.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Photos that are equal, byte for byte, to photos of another set: a figure on photos that were
 * learnt from says nothing of others.
 *
 * @param validation the validation photos that are training photos too
 * @param test the test photos that are training or validation photos too
 */
public record Overlap(List<Pair> validation, List<Pair> test) {

  /**
   * Two files with the same bytes.
   *
   * @param other of the set that was there before
   */
  public record Pair(Path photo, Path other) {}

  public Overlap {
    validation = List.copyOf(validation);
    test = List.copyOf(test);
  }

  /** Looks at the checksums that the photos were listed with. */
  public static Overlap of(
      List<LabeledPhoto> training, List<LabeledPhoto> validation, List<LabeledPhoto> test) {
    Map<String, Path> seen = new HashMap<>();
    add(training, seen);
    List<Pair> ofValidation = pairs(validation, seen);
    add(validation, seen);
    return new Overlap(ofValidation, pairs(test, seen));
  }

  private static void add(List<LabeledPhoto> photos, Map<String, Path> seen) {
    photos.forEach(photo -> seen.putIfAbsent(photo.sha256(), photo.path()));
  }

  private static List<Pair> pairs(List<LabeledPhoto> photos, Map<String, Path> seen) {
    List<Pair> pairs = new ArrayList<>();
    for (LabeledPhoto photo : photos) {
      Path other = seen.get(photo.sha256());
      if (other != null) {
        pairs.add(new Pair(photo.path(), other));
      }
    }
    return pairs;
  }

  /** How many there are of which, for people; empty where there are none. */
  public String summary() {
    List<String> parts = new ArrayList<>();
    if (!validation.isEmpty()) {
      parts.add("%d of the validation photos are training photos too".formatted(validation.size()));
    }
    if (!test.isEmpty()) {
      parts.add(
          "%d of the test photos are training or validation photos too".formatted(test.size()));
    }
    return String.join(", ", parts);
  }

  /** Whether every photo is in one set only. */
  public boolean isEmpty() {
    return validation.isEmpty() && test.isEmpty();
  }
}

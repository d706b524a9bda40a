package dev.graft.data;

import dev.graft.model.Task;
import java.nio.file.Path;
import java.util.List;

/**
 * What looking through labelled data has found, before anything is split.
 *
 * @param skipped what was passed over
 * @param unreadable what could not be read and was left out, as the options allow
 * @param unknownLabels that are not among the classes asked for
 */
record FoundPhotos(
    Path root,
    Task task,
    List<String> classes,
    List<LabeledPhoto> photos,
    List<Skipped> skipped,
    List<Skipped> unreadable,
    List<String> unknownLabels) {

  FoundPhotos {
    classes = List.copyOf(classes);
    photos = List.copyOf(photos);
    skipped = List.copyOf(skipped);
    unreadable = List.copyOf(unreadable);
    unknownLabels = List.copyOf(unknownLabels);
  }

  /** The same, with photos that one camera has taken within seconds in one group. */
  FoundPhotos inBursts() {
    return new FoundPhotos(
        root, task, classes, Bursts.group(photos), skipped, unreadable, unknownLabels);
  }

  /** How many photos have each class, by its index. */
  int[] counts(List<LabeledPhoto> some) {
    int[] counts = new int[classes.size()];
    some.forEach(photo -> photo.labels().forEach(label -> counts[label]++));
    return counts;
  }

  /** The names of a photo's labels. */
  List<String> names(LabeledPhoto photo) {
    return photo.labels().stream().map(classes::get).toList();
  }
}

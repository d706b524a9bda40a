package dev.graft.evaluate;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.graft.data.LabeledPhoto;
import dev.graft.model.Task;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an answer reaches that looks at no photo: of single-label data the class that is most
 * frequent in training, given to every photo, by its accuracy; of multi-label data the same
 * probability for every photo, by its mean average precision. A model that is no better has learnt
 * nothing.
 *
 * @param label the most frequent class of the training photos; null of multi-label data
 * @param train 0 to 1
 * @param validation null where there are no such photos, or none has a label; so is {@code test}
 */
public record Baseline(String label, Double train, Double validation, Double test) {

  public static Baseline of(
      Task task,
      List<String> classes,
      List<LabeledPhoto> training,
      List<LabeledPhoto> validation,
      List<LabeledPhoto> test) {
    if (task == Task.MULTI_LABEL) {
      return new Baseline(null, meanShare(training), meanShare(validation), meanShare(test));
    }
    int most = Collections.max(counts(training).entrySet(), Map.Entry.comparingByValue()).getKey();
    return new Baseline(
        classes.get(most), share(training, most), share(validation, most), share(test, most));
  }

  /** How many photos have each label that some have. */
  private static Map<Integer, Long> counts(List<LabeledPhoto> photos) {
    return photos.stream()
        .flatMap(photo -> photo.labels().stream())
        .collect(groupingBy(label -> label, TreeMap::new, counting()));
  }

  private static Double share(List<LabeledPhoto> photos, int label) {
    return photos.isEmpty()
        ? null
        : (double) counts(photos).getOrDefault(label, 0L) / photos.size();
  }

  private static Double meanShare(List<LabeledPhoto> photos) {
    Map<Integer, Long> counts = counts(photos);
    return counts.isEmpty()
        ? null
        : counts.values().stream()
            .mapToDouble(n -> (double) n / photos.size())
            .average()
            .orElseThrow();
  }
}

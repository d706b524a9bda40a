package dev.graft.fit;

import ai.djl.ndarray.NDArray;
import dev.graft.data.LabeledPhoto;
import dev.graft.model.SplitMetrics;
import dev.graft.model.Task;
import java.util.Collections;
import java.util.List;

/** What examples should give, and how far logits are from it. */
public sealed interface Targets permits SingleLabelTargets, MultiLabelTargets {

  /** Those of photos, for each of which the data has what the task asks for. */
  static Targets of(Task task, List<LabeledPhoto> photos, int classes) {
    return switch (task) {
      case SINGLE_LABEL ->
          new SingleLabelTargets(photos.stream().mapToInt(LabeledPhoto::label).toArray(), classes);
      case MULTI_LABEL ->
          new MultiLabelTargets(
              photos.stream().map(photo -> photo.multiHot(classes)).toList(),
              classes,
              Collections.nCopies(classes, MultiLabelTargets.MIDDLE));
    };
  }

  int n();

  /** The width of the logits. */
  int classes();

  /** How many examples have each class. */
  int[] counts();

  /** Writes one example's target, one number a class. */
  void write(int example, float labelSmoothing, float[] into, int at);

  /** The loss of each row: logits and targets {@code [N, classes]} to {@code [N]}. */
  NDArray loss(NDArray logits, NDArray targets);

  /**
   * How good logits are; label smoothing has no part in it.
   *
   * @param examples which ones, at least 1
   * @param logits one row for each
   */
  SplitMetrics summary(int[] examples, List<float[]> logits);
}

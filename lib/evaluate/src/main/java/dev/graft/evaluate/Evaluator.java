package dev.graft.evaluate;

import dev.graft.data.DataException;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.data.Skipped;
import dev.graft.error.GraftException;
import dev.graft.model.Task;
import dev.graft.serve.BatchClassifier;
import dev.graft.serve.Classifier;
import dev.graft.serve.PhotoResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Runs a model on labelled photos. */
public final class Evaluator {

  private Evaluator() {}

  /** Told of each photo that is done. */
  @FunctionalInterface
  public interface Listener {
    void onPhoto(int done, int total);
  }

  /** Without a listener. */
  public static Evaluation evaluate(Classifier classifier, LabeledFolder folder)
      throws GraftException {
    return evaluate(classifier, folder, (done, total) -> {});
  }

  /**
   * Classifies all photos of a folder and compares.
   *
   * @param folder of the model's task and with its classes, as {@link LabeledFolder#open(Path,
   *     Classifier)} opens it
   * @param listener called on this thread
   * @return a {@link SingleLabelEvaluation} or a {@link MultiLabelEvaluation}, as the model's task
   *     is
   * @throws IllegalArgumentException if the folder's classes are not the model's, or one of the two
   *     is single-label and the other multi-label
   * @throws DataException if no photo could be classified
   * @throws GraftException if the model cannot run
   * @throws CancellationException if the thread is interrupted, which it stays, or the process is
   *     ending
   */
  public static Evaluation evaluate(Classifier classifier, LabeledFolder folder, Listener listener)
      throws GraftException {
    List<String> classes = classifier.classes();
    Results results = classify(classifier, folder, listener);
    return switch (folder.task()) {
      case SINGLE_LABEL ->
          SingleLabelEvaluation.of(
              classes,
              results.photos.stream().map(LabeledPhoto::label).toList(),
              results.probabilities,
              results.failures);
      case MULTI_LABEL ->
          MultiLabelEvaluation.of(
              classes,
              classifier.modelFile().thresholds(),
              results.photos.stream().map(photo -> photo.multiHot(classes.size())).toList(),
              results.probabilities,
              results.failures);
    };
  }

  /** Photos that were classified with their probabilities, and those that were not. */
  private record Results(
      List<LabeledPhoto> photos, List<float[]> probabilities, List<Skipped> failures) {}

  private static Results classify(Classifier classifier, LabeledFolder folder, Listener listener)
      throws GraftException {
    Task task = classifier.modelFile().task();
    if (folder.task() != task) {
      throw new IllegalArgumentException(
          "expected %1$s data for a %1$s model, got %2$s data".formatted(task, folder.task()));
    }
    if (!folder.classes().equals(classifier.classes())) {
      throw new IllegalArgumentException(
          "expected the model's classes %s, the folder has %s"
              .formatted(classifier.classes(), folder.classes()));
    }
    List<LabeledPhoto> photos = folder.photos();
    Results results = new Results(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    results.failures.addAll(folder.unreadable());
    Iterator<LabeledPhoto> labelled = photos.iterator();
    int[] done = new int[1];
    BatchClassifier.of(classifier)
        .classify(
            photos.stream().map(LabeledPhoto::path).toList(),
            result -> {
              LabeledPhoto photo = labelled.next();
              if (result instanceof PhotoResult.Classified classified) {
                results.photos.add(photo);
                results.probabilities.add(classified.prediction().probabilities());
              } else if (result instanceof PhotoResult.Failed failed) {
                results.failures.add(new Skipped(failed.path(), failed.reason()));
              }
              done[0]++;
              listener.onPhoto(done[0], photos.size());
            });
    if (results.photos.isEmpty()) {
      throw new DataException(
          folder.root(),
          "none of its %d photos could be read, the first because: %s"
              .formatted(results.failures.size(), results.failures.get(0).reason()));
    }
    return results;
  }
}

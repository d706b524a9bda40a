package dev.graft.evaluate;

import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.model.Task;
import dev.graft.serve.BatchClassifier;
import dev.graft.serve.Classifier;
import dev.graft.serve.PhotoResult;
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

  /**
   * Classifies all photos of a folder and compares.
   *
   * @param folder opened with the model's classes ({@code withClasses(classifier.classes())})
   * @param listener called on this thread
   * @throws IllegalArgumentException if the folder's classes are not the model's, or one of the two
   *     is multi-label
   * @throws EvaluationException if no photo could be classified
   * @throws CancellationException if the thread is interrupted, which it stays, or the process is
   *     ending
   */
  public static Evaluation evaluate(Classifier classifier, LabeledFolder folder, Listener listener)
      throws EvaluationException {
    Results results = classify(classifier, folder, Task.SINGLE_LABEL, listener);
    return Evaluation.of(
        classifier.classes(),
        results.photos.stream().map(LabeledPhoto::label).toList(),
        results.probabilities,
        results.failures);
  }

  /**
   * The same for a multi-label model and multi-label data.
   *
   * @throws IllegalArgumentException if the folder's classes are not the model's, or one of the two
   *     is single-label
   */
  public static MultiLabelEvaluation evaluateMultiLabel(
      Classifier classifier, LabeledFolder folder, Listener listener) throws EvaluationException {
    Results results = classify(classifier, folder, Task.MULTI_LABEL, listener);
    int classes = classifier.classes().size();
    return MultiLabelEvaluation.of(
        classifier.classes(),
        classifier.modelFile().thresholds(),
        results.photos.stream().map(photo -> photo.multiHot(classes)).toList(),
        results.probabilities,
        results.failures);
  }

  /** Photos that were classified with their probabilities, and those that were not. */
  private record Results(
      List<LabeledPhoto> photos, List<float[]> probabilities, List<Evaluation.Failure> failures) {}

  private static Results classify(
      Classifier classifier, LabeledFolder folder, Task task, Listener listener)
      throws EvaluationException {
    if (classifier.modelFile().task() != task || folder.task() != task) {
      throw new IllegalArgumentException(
          "expected a %s model and %s data, got a %s model and %s data"
              .formatted(task, task, classifier.modelFile().task(), folder.task()));
    }
    if (!folder.classes().equals(classifier.classes())) {
      throw new IllegalArgumentException(
          "expected the model's classes %s, the folder has %s"
              .formatted(classifier.classes(), folder.classes()));
    }
    List<LabeledPhoto> photos = folder.photos();
    Results results = new Results(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    folder
        .unreadable()
        .forEach(
            file ->
                results.failures.add(
                    new Evaluation.Failure(file.path().toString(), file.reason())));
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
                results.failures.add(
                    new Evaluation.Failure(failed.path().toString(), failed.reason()));
              }
              done[0]++;
              listener.onPhoto(done[0], photos.size());
            });
    if (results.photos.isEmpty()) {
      throw new EvaluationException(
          "%s: none of its %d photos could be read, the first because: %s"
              .formatted(folder.root(), results.failures.size(), results.failures.get(0).error()));
    }
    return results;
  }
}

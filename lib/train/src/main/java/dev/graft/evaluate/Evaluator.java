package dev.graft.evaluate;

import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.serve.BatchClassifier;
import dev.graft.serve.Classifier;
import dev.graft.serve.PhotoResult;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

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
   * @throws IllegalArgumentException if the folder's classes are not the model's
   * @throws EvaluationException if no photo could be classified
   * @throws InterruptedException if the thread is interrupted
   */
  public static Evaluation evaluate(Classifier classifier, LabeledFolder folder, Listener listener)
      throws EvaluationException, InterruptedException {
    if (!folder.classes().equals(classifier.classes())) {
      throw new IllegalArgumentException(
          "expected the model's classes %s, the folder has %s"
              .formatted(classifier.classes(), folder.classes()));
    }
    List<LabeledPhoto> photos = folder.photos();
    List<Integer> truth = new ArrayList<>();
    List<float[]> probabilities = new ArrayList<>();
    List<Evaluation.Failure> failures = new ArrayList<>();
    Iterator<LabeledPhoto> labelled = photos.iterator();
    int[] done = new int[1];
    BatchClassifier.of(classifier)
        .classify(
            photos.stream().map(LabeledPhoto::path).toList(),
            result -> {
              int label = labelled.next().label();
              if (result instanceof PhotoResult.Classified classified) {
                truth.add(label);
                probabilities.add(classified.prediction().probabilities());
              } else if (result instanceof PhotoResult.Failed failed) {
                failures.add(new Evaluation.Failure(failed.path().toString(), failed.reason()));
              }
              done[0]++;
              listener.onPhoto(done[0], photos.size());
            });
    if (truth.isEmpty()) {
      throw new EvaluationException(
          "%s: none of its %d photos could be read, the first because: %s"
              .formatted(folder.root(), failures.size(), failures.get(0).error()));
    }
    return Evaluation.of(classifier.classes(), truth, probabilities, failures);
  }
}

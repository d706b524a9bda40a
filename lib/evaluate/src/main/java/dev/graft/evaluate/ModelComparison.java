package dev.graft.evaluate;

import dev.graft.model.ModelException;
import dev.graft.photo.Pixels;
import dev.graft.serve.Classifier;
import dev.graft.serve.Prediction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Two models on the same photos: before and after something was done to one.
 *
 * @param n photos compared
 * @param agreeing of them, how many get the same most probable label from both
 * @param labelled of them, how many the true label is known of
 * @param rightBefore of those, how many the first model gets right
 * @param rightAfter and how many the second
 * @param maxDifference the largest absolute difference of a probability
 * @param millisBefore milliseconds a photo of the first model, decoding apart: the median of
 *     several runs of both in turn
 * @param millisAfter and of the second
 */
public record ModelComparison(
    int n,
    int agreeing,
    int labelled,
    int rightBefore,
    int rightAfter,
    double maxDifference,
    double millisBefore,
    double millisAfter) {

  private static final int TIMED_RUNS = 5;

  /** Photos in memory at once; the first ones are timed. */
  private static final int AT_ONCE = 32;

  /**
   * A photo to compare on.
   *
   * @param pixels as {@link Classifier#read} gives them
   * @param label the true one, or null
   */
  public record Example(Pixels pixels, String label) {}

  /** How many times as fast as the first the second model is. */
  public double speedup() {
    return millisBefore / millisAfter;
  }

  /**
   * Classifies photos with both and takes the time.
   *
   * @throws ModelException if one of them cannot run
   * @throws IllegalArgumentException if there is no photo
   */
  public static ModelComparison of(Classifier before, Classifier after, Iterator<Example> examples)
      throws ModelException {
    int n = 0;
    int agreeing = 0;
    int labelled = 0;
    int rightBefore = 0;
    int rightAfter = 0;
    double maxDifference = 0;
    double[] millis = null;
    while (examples.hasNext()) {
      List<Example> some = new ArrayList<>();
      while (some.size() < AT_ONCE && examples.hasNext()) {
        some.add(examples.next());
      }
      List<Pixels> photos = some.stream().map(Example::pixels).toList();
      List<Prediction> expected = before.classifyAll(photos);
      List<Prediction> found = after.classifyAll(photos);
      for (int i = 0; i < some.size(); i++) {
        String one = expected.get(i).best().label();
        String other = found.get(i).best().label();
        String truth = some.get(i).label();
        n++;
        agreeing += one.equals(other) ? 1 : 0;
        labelled += truth == null ? 0 : 1;
        rightBefore += one.equals(truth) ? 1 : 0;
        rightAfter += other.equals(truth) ? 1 : 0;
        float[] a = expected.get(i).probabilities();
        float[] b = found.get(i).probabilities();
        for (int c = 0; c < a.length; c++) {
          maxDifference = Math.max(maxDifference, Math.abs(a[c] - b[c]));
        }
      }
      if (millis == null) {
        millis = medians(before, after, photos);
      }
    }
    if (n == 0) {
      throw new IllegalArgumentException("expected at least one photo to compare the models on");
    }
    return new ModelComparison(
        n, agreeing, labelled, rightBefore, rightAfter, maxDifference, millis[0], millis[1]);
  }

  private static double[] medians(Classifier before, Classifier after, List<Pixels> photos)
      throws ModelException {
    double[][] millis = new double[2][TIMED_RUNS];
    for (int run = 0; run < TIMED_RUNS; run++) {
      millis[0][run] = millis(before, photos);
      millis[1][run] = millis(after, photos);
    }
    Arrays.sort(millis[0]);
    Arrays.sort(millis[1]);
    return new double[] {millis[0][TIMED_RUNS / 2], millis[1][TIMED_RUNS / 2]};
  }

  private static double millis(Classifier classifier, List<Pixels> photos) throws ModelException {
    long start = System.nanoTime();
    classifier.classifyAll(photos);
    return (System.nanoTime() - start) / 1e6 / photos.size();
  }
}

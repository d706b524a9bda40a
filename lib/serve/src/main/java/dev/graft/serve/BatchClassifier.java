package dev.graft.serve;

import dev.graft.error.GraftException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/**
 * Classifies any number of photos; {@link #of} makes one that uses all cores. Where there is enough
 * to do, that first finds by a short measurement how many runs, threads and photos a run are
 * fastest; the classifier keeps that. It decides nothing about the answers but their last digits.
 *
 * <p>However many photos there are to do, {@code decoders} of them are being read at most, at their
 * own size, and for each decoder or run under way there is one batch of the model's size.
 */
@FunctionalInterface
public interface BatchClassifier {

  /** Decodes on as many threads as there are cores. */
  static BatchClassifier of(Classifier classifier) {
    return of(classifier, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Decodes on a number of threads of the caller's choice.
   *
   * @param classifier stays the caller's to close
   * @param decoders how many threads decode photos, at least 1
   */
  static BatchClassifier of(Classifier classifier, int decoders) {
    return new PipelinedClassifier(classifier, decoders);
  }

  /**
   * Gives one result for every photo, in the order of the photos; one that cannot be read is a
   * {@link PhotoResult.Failed} and holds up no other.
   *
   * @param photos may be endless or lazy; asked for on the calling thread
   * @param results called on the calling thread; what it throws ends the work
   * @throws GraftException if the model cannot run
   * @throws CancellationException if the calling thread is interrupted, which it stays, or the
   *     process is ending; nothing goes on afterwards
   */
  void classify(Iterable<Path> photos, Consumer<? super PhotoResult> results) throws GraftException;
}

package dev.graft.serve;

import dev.graft.photo.PhotoException;
import dev.graft.photo.Pixels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Classifies any number of photos: some threads read photos ahead while the model runs on those
 * already read. Holds {@code 3 * batchSize + decoders} photos of the model's size at most, and
 * {@code decoders} of their own size, however many there are to do.
 */
public final class BatchClassifier {

  private final Classifier classifier;
  private final int decoders;

  private BatchClassifier(Classifier classifier, int decoders) {
    this.classifier = Objects.requireNonNull(classifier, "classifier");
    if (decoders < 1) {
      throw new IllegalArgumentException("expected at least 1 decoding thread, got " + decoders);
    }
    this.decoders = decoders;
  }

  /** Decodes on as many threads as there are cores. */
  public static BatchClassifier of(Classifier classifier) {
    return of(classifier, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Decodes on a number of threads of the caller's choice.
   *
   * @param classifier stays the caller's to close
   * @param decoders how many threads decode photos, at least 1
   */
  public static BatchClassifier of(Classifier classifier, int decoders) {
    return new BatchClassifier(classifier, decoders);
  }

  /**
   * Gives one result for every photo, in the order of the photos; one that cannot be read is a
   * {@link PhotoResult.Failed} and holds up no other.
   *
   * @param photos may be endless or lazy; asked for on the calling thread
   * @param results called on the calling thread; what it throws ends the work
   * @throws InterruptedException if the calling thread is interrupted; nothing goes on afterwards
   * @throws java.io.UncheckedIOException if the model cannot run
   */
  public void classify(Iterable<Path> photos, Consumer<? super PhotoResult> results)
      throws InterruptedException {
    int batchSize = classifier.options().batchSize();
    try (ReadAhead<Path, Read> reads =
        ReadAhead.of(photos.iterator(), decoders, 2 * batchSize + decoders, this::read)) {
      while (reads.hasNext()) {
        List<Read> batch = new ArrayList<>(batchSize);
        List<Pixels> pixels = new ArrayList<>(batchSize);
        while (batch.size() < batchSize && reads.hasNext()) {
          Read read = reads.next();
          batch.add(read);
          if (read.pixels != null) {
            pixels.add(read.pixels);
          }
        }
        Iterator<Prediction> predictions = classifier.classifyAll(pixels).iterator();
        for (Read read : batch) {
          results.accept(
              read.pixels == null
                  ? new PhotoResult.Failed(read.path, read.failure)
                  : new PhotoResult.Classified(read.path, predictions.next()));
        }
      }
    }
  }

  private Read read(Path path) {
    try {
      return new Read(path, classifier.read(path), null);
    } catch (PhotoException e) {
      return new Read(path, null, e.reason());
    }
  }

  /** Either pixels or why there are none. */
  private record Read(Path path, Pixels pixels, String failure) {}
}

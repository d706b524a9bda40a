package dev.graft.serve;

import dev.graft.engine.PhotoPipeline;
import dev.graft.engine.RunShape;
import dev.graft.engine.ShapeSearch;
import dev.graft.photo.PhotoException;
import dev.graft.photo.Pixels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/**
 * Classifies any number of photos on all cores, see {@link PhotoPipeline}. Where there is enough to
 * do, it first finds by a short measurement how many runs, threads and photos a run are fastest;
 * the classifier keeps that. It decides nothing about the answers but their last digits.
 *
 * <p>However many photos there are to do, {@code decoders} of them are being read at most, at their
 * own size, and for each decoder or run under way there is one batch of the model's size.
 */
public final class BatchClassifier {

  /** Fewer are not worth a second copy of the model. */
  private static final int FEW = 32;

  /** Of photos that nobody has counted. */
  private static final int PROBABLY_LEFT = 1000;

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
   * @throws CancellationException if the calling thread is interrupted, which it stays, or the
   *     process is ending; nothing goes on afterwards
   * @throws java.io.UncheckedIOException if the model cannot run
   */
  public void classify(Iterable<Path> photos, Consumer<? super PhotoResult> results) {
    Iterator<Path> rest = photos.iterator();
    int few = 0;
    if (!classifier.isShapeFixed() && !classifier.isSideBySide()) {
      few = classify(rest, FEW, results);
      if (!rest.hasNext()) {
        return;
      }
      classifier.runSideBySide();
    }
    if (!classifier.isShapeFixed()) {
      long start = System.nanoTime();
      int first = classify(rest, ShapeSearch.PHOTOS_BEFORE, results);
      if (first == 0 || !rest.hasNext()) {
        return;
      }
      long left = photos instanceof Collection<?> all ? all.size() - few - first : PROBABLY_LEFT;
      Duration work = Duration.ofNanos((System.nanoTime() - start) / first * left);
      if (ShapeSearch.isWorthwhile(work)) {
        classifier.findShape(work);
      }
    }
    classify(rest, Integer.MAX_VALUE, results);
  }

  /** Returns how many were done, at most {@code limit}. */
  private int classify(Iterator<Path> photos, int limit, Consumer<? super PhotoResult> results) {
    RunShape shape = classifier.shape();
    Iterator<Path> limited = new Limited(photos, limit);
    int done = 0;
    try (PhotoPipeline<Path, PhotoResult> pipeline =
        PhotoPipeline.of(limited, shape, decoders, this::read, reads -> run(reads, shape))) {
      while (pipeline.hasNext()) {
        results.accept(pipeline.next());
        done++;
      }
    }
    return done;
  }

  private List<PhotoResult> run(List<Read> reads, RunShape shape) {
    List<Pixels> pixels = reads.stream().map(Read::pixels).filter(Objects::nonNull).toList();
    Iterator<Prediction> predictions = classifier.predict(pixels, shape.threads()).iterator();
    List<PhotoResult> results = new ArrayList<>(reads.size());
    for (Read read : reads) {
      results.add(
          read.pixels == null
              ? new PhotoResult.Failed(read.path, read.failure)
              : new PhotoResult.Classified(read.path, predictions.next()));
    }
    return results;
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

  /** The first inputs of a sequence, and no look beyond. */
  private static final class Limited implements Iterator<Path> {

    private final Iterator<Path> inputs;
    private int left;

    Limited(Iterator<Path> inputs, int limit) {
      this.inputs = inputs;
      this.left = limit;
    }

    @Override
    public boolean hasNext() {
      return left > 0 && inputs.hasNext();
    }

    @Override
    public Path next() {
      if (left == 0) {
        throw new NoSuchElementException();
      }
      left--;
      return inputs.next();
    }
  }
}

package dev.graft.serve;

import dev.graft.engine.ModelRuns;
import dev.graft.engine.PhotoPipeline;
import dev.graft.engine.RunShape;
import dev.graft.engine.ShapeSearch;
import dev.graft.model.ModelException;
import dev.graft.photo.PhotoException;
import dev.graft.photo.Pixels;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Consumer;

/** Classifies photos in a {@link PhotoPipeline}. */
final class PipelinedClassifier implements BatchClassifier {

  /** Fewer are not worth a second copy of the model. */
  private static final int FEW = 32;

  /** Of photos that nobody has counted. */
  private static final int PROBABLY_LEFT = 1000;

  private final Classifier classifier;
  private final int decoders;

  PipelinedClassifier(Classifier classifier, int decoders) {
    this.classifier = Objects.requireNonNull(classifier, "classifier");
    if (decoders < 1) {
      throw new IllegalArgumentException("expected at least 1 decoding thread, got " + decoders);
    }
    this.decoders = decoders;
  }

  @Override
  public void classify(Iterable<Path> photos, Consumer<? super PhotoResult> results)
      throws ModelException {
    Objects.requireNonNull(photos, "photos");
    Objects.requireNonNull(results, "results");
    ModelRuns runs = classifier.runs();
    Iterator<Path> rest = photos.iterator();
    int few = 0;
    if (!runs.isShapeFixed() && !runs.isSideBySide()) {
      few = classify(rest, FEW, results);
      if (!rest.hasNext()) {
        return;
      }
      runs.runSideBySide();
    }
    if (!runs.isShapeFixed()) {
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
  private int classify(Iterator<Path> photos, int limit, Consumer<? super PhotoResult> results)
      throws ModelException {
    RunShape shape = classifier.runs().shape();
    Iterator<Path> limited = new Limited(photos, limit);
    int done = 0;
    try (PhotoPipeline<Path, PhotoResult> pipeline =
        PhotoPipeline.of(limited, shape, decoders, this::read, reads -> run(reads, shape))) {
      while (pipeline.hasNext()) {
        results.accept(next(pipeline));
        done++;
      }
    }
    return done;
  }

  private static PhotoResult next(PhotoPipeline<Path, PhotoResult> pipeline) throws ModelException {
    try {
      return pipeline.next();
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof ModelException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private List<PhotoResult> run(List<Read> reads, RunShape shape) {
    List<Pixels> pixels = reads.stream().map(Read::pixels).filter(Objects::nonNull).toList();
    Iterator<Prediction> predictions;
    try {
      predictions = classifier.predict(pixels, shape.threads()).iterator();
    } catch (ModelException e) {
      throw new UncheckedIOException(e);
    }
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

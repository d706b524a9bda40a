package dev.graft.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Takes photos through a model on all cores: each worker reads as many photos as the model sees at
 * once, then runs the model on them, while the others do the same. So there is work for every core
 * whether reading takes longer or the model does, and no core waits for another between the layers
 * of a network. The results come in the order of the inputs. For one caller's thread.
 *
 * <p>With {@code workers} the larger of {@code readers} and {@link RunShape#runs()}: {@code
 * readers} photos at most are being read, {@code workers * batchSize} at most are read and wait for
 * the model or are in it, and {@code (3 * workers + 1) * batchSize} are asked for and not yet
 * handed over.
 *
 * @param <T> an input, say a path
 * @param <R> its result
 */
public final class PhotoPipeline<T, R> implements AutoCloseable {

  private final ReadAhead<List<T>, List<R>> groups;
  private final Semaphore running;
  private final int runs;
  private volatile boolean closed;
  private Iterator<R> ready = Collections.emptyIterator();

  private <P> PhotoPipeline(
      Iterator<? extends T> inputs,
      RunShape shape,
      int readers,
      Function<? super T, ? extends P> read,
      Function<? super List<P>, ? extends List<R>> run) {
    if (readers < 1) {
      throw new IllegalArgumentException("expected at least 1 reading thread, got " + readers);
    }
    this.runs = shape.runs();
    this.running = new Semaphore(runs);
    Semaphore reading = new Semaphore(readers);
    int workers = Math.max(readers, runs);
    this.groups =
        ReadAhead.of(
            new Groups<T>(inputs, shape.batchSize()),
            workers,
            3 * workers,
            group -> run(read(group, reading, read), run));
  }

  /**
   * Begins nothing yet: the first {@link #next()} does.
   *
   * @param inputs asked for on the caller's thread, not before they are needed
   * @param readers how many threads read at once, at least 1
   * @param read makes of an input what the model sees, or says why it cannot; thread-safe
   * @param run gives one result for each of what was read, in their order; thread-safe if the shape
   *     has several runs. Called from other threads than the caller's
   * @param <P> what is read
   */
  public static <T, P, R> PhotoPipeline<T, R> of(
      Iterator<? extends T> inputs,
      RunShape shape,
      int readers,
      Function<? super T, ? extends P> read,
      Function<? super List<P>, ? extends List<R>> run) {
    return new PhotoPipeline<>(inputs, shape, readers, read, run);
  }

  public boolean hasNext() {
    return ready.hasNext() || groups.hasNext();
  }

  /**
   * The next result; waits for it where it is not ready. What reading or running throws is thrown
   * here, in the place of the results of a run.
   *
   * @throws NoSuchElementException if there is none
   * @throws CancellationException if the calling thread is interrupted, which it stays
   */
  public R next() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("interrupted");
    }
    if (!ready.hasNext()) {
      ready = groups.next().iterator();
    }
    return ready.next();
  }

  private static <T, P> List<P> read(
      List<T> group, Semaphore reading, Function<? super T, ? extends P> read) {
    List<P> photos = new ArrayList<>(group.size());
    for (T input : group) {
      acquire(reading);
      try {
        photos.add(read.apply(input));
      } finally {
        reading.release();
      }
    }
    return photos;
  }

  private <P> List<R> run(List<P> photos, Function<? super List<P>, ? extends List<R>> run) {
    acquire(running);
    try {
      if (closed) {
        throw new CancellationException("closed");
      }
      List<R> results = run.apply(photos);
      if (results.size() != photos.size()) {
        throw new IllegalStateException(
            "expected %d results, got %d".formatted(photos.size(), results.size()));
      }
      return results;
    } finally {
      running.release();
    }
  }

  private static void acquire(Semaphore semaphore) {
    try {
      semaphore.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("closed");
    }
  }

  /** Gives up what is not finished; waits for runs under way, and no run begins afterwards. */
  @Override
  public void close() {
    closed = true;
    groups.close();
    running.acquireUninterruptibly(runs);
    running.release(runs);
  }

  /** Inputs by the number. */
  private record Groups<T>(Iterator<? extends T> inputs, int size) implements Iterator<List<T>> {

    @Override
    public boolean hasNext() {
      return inputs.hasNext();
    }

    @Override
    public List<T> next() {
      List<T> group = new ArrayList<>(size);
      do {
        group.add(inputs.next());
      } while (group.size() < size && inputs.hasNext());
      return group;
    }
  }
}

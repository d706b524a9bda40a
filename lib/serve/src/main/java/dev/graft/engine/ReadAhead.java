package dev.graft.engine;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Works on inputs in parallel, a bounded number of them ahead of the caller, and hands over the
 * results in the order of the inputs. For one caller's thread; the work runs on threads of its own.
 *
 * @param <T> an input, say a path
 * @param <R> its result, say pixels
 */
public final class ReadAhead<T, R> implements AutoCloseable {

  private final Iterator<? extends T> inputs;
  private final int ahead;
  private final Function<? super T, ? extends R> work;
  private final ThreadPoolExecutor workers;
  private final Queue<Future<R>> begun = new ArrayDeque<>();

  private ReadAhead(
      Iterator<? extends T> inputs, int threads, int ahead, Function<? super T, ? extends R> work) {
    this.inputs = inputs;
    this.ahead = ahead;
    this.work = work;
    AtomicInteger count = new AtomicInteger();
    this.workers =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "graft-read-ahead-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    // Not even who forgets to close leaves threads behind.
    workers.allowCoreThreadTimeOut(true);
  }

  /**
   * Begins nothing yet: the first {@link #next()} does.
   *
   * @param inputs asked for on the caller's thread, not before they are needed
   * @param threads how many work at once, at least 1
   * @param ahead how many inputs are begun or done but not yet handed over, at most; at least 1
   * @param work must be thread-safe
   */
  public static <T, R> ReadAhead<T, R> of(
      Iterator<? extends T> inputs, int threads, int ahead, Function<? super T, ? extends R> work) {
    if (threads < 1 || ahead < 1) {
      throw new IllegalArgumentException(
          "expected at least 1 thread and 1 input ahead, got %d and %d".formatted(threads, ahead));
    }
    return new ReadAhead<>(inputs, threads, ahead, work);
  }

  public boolean hasNext() {
    return !begun.isEmpty() || inputs.hasNext();
  }

  /**
   * The next result; waits for it where it is not ready. What the work throws is thrown here.
   *
   * @throws NoSuchElementException if there is none
   * @throws CancellationException if the calling thread is interrupted, which it stays
   */
  public R next() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("interrupted");
    }
    begin();
    Future<R> next = begun.poll();
    if (next == null) {
      throw new NoSuchElementException();
    }
    try {
      return next.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }

  private void begin() {
    while (begun.size() < ahead && inputs.hasNext()) {
      T input = inputs.next();
      begun.add(workers.submit(() -> work.apply(input)));
    }
  }

  /** Gives up what is not finished. */
  @Override
  public void close() {
    workers.shutdownNow();
    begun.clear();
  }
}

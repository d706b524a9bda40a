package dev.graft.engine;

import dev.graft.photo.Pixels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Finds by a short measurement in which shape a model takes the most photos a second on this
 * machine. Begins at a shape, compares it with one beside it, in turn, and goes on from the faster,
 * as long as the time allowed lasts: one thread a run or all of them, more photos a run or fewer.
 *
 * <p>Which it is depends on model and machine. Several runs of one thread each lose no time between
 * layers, and are usually the fastest on a CPU; larger batches save reading weights from memory
 * again and fill a GPU, but leave the caches of a CPU and take memory for each photo. For one
 * thread.
 */
public final class ShapeSearch {

  /** What is less may be noise; of two that are equal, the one tried first takes less memory. */
  private static final double FASTER = 0.96;

  /** So many photos are done before anything is measured; they tell how long the rest will take. */
  public static final int PHOTOS_BEFORE = 64;

  /** What part of the work that is left a search may take. */
  private static final double SHARE = 0.03;

  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private static final int ROUNDS = 3;

  /** A shorter trial measures the clock and the threads' start. */
  private static final long TRIAL_NANOS = 15_000_000;

  private static final int LARGEST_BATCH = 64;

  /** From here on there is room between one thread a run and all. */
  private static final int MANY_THREADS = 8;

  private static final int SOME_THREADS = 4;

  private final Model model;
  private final int width;
  private final int height;
  private final int threads;
  private final boolean freeThreads;
  private final boolean freeBatch;
  private final boolean exact;
  private final LongSupplier clock;
  private final List<Pixels> photos = new ArrayList<>();
  private final List<float[]> expected = new ArrayList<>();
  private final Random random = new Random(1);
  private final Set<RunShape> tried = new HashSet<>();
  private final Set<Integer> triedThreads = new HashSet<>();

  /** A model that can be run in any shape. */
  public interface Model {

    /**
     * Runs photos at once. Called from several threads at once.
     *
     * @param threads that this run takes
     * @return the output of each photo
     */
    List<float[]> run(List<Pixels> photos, int threads);

    /** Frees what is kept for runs of so many threads; they may be asked for again. */
    void release(int threads);
  }

  private ShapeSearch(
      Model model,
      int width,
      int height,
      int threads,
      boolean freeThreads,
      boolean freeBatch,
      boolean exact,
      LongSupplier clock) {
    this.model = Objects.requireNonNull(model, "model");
    if (threads < 1) {
      throw new IllegalArgumentException("expected at least 1 thread, got " + threads);
    }
    this.width = width;
    this.height = height;
    this.threads = threads;
    this.freeThreads = freeThreads && threads > 1;
    this.freeBatch = freeBatch;
    this.exact = exact;
    this.clock = clock;
  }

  /**
   * A search that is free in all.
   *
   * @param width of the photos that the model sees
   * @param threads that all runs together may take, at least 1
   */
  public static ShapeSearch of(Model model, int width, int height, int threads) {
    return of(model, width, height, threads, System::nanoTime);
  }

  /** The same by another clock, which counts nanoseconds. */
  static ShapeSearch of(Model model, int width, int height, int threads, LongSupplier clock) {
    return new ShapeSearch(model, width, height, threads, true, true, false, clock);
  }

  /** Keeps the threads of the shape that the search begins at. */
  public ShapeSearch withFixedThreads() {
    return copy(false, freeBatch, exact);
  }

  /** Keeps the batch size of the shape that the search begins at. */
  public ShapeSearch withFixedBatchSize() {
    return copy(freeThreads, false, exact);
  }

  /**
   * Rejects a shape whose output differs in any bit from that of each photo run alone on one
   * thread.
   */
  public ShapeSearch withExactOutput() {
    return copy(freeThreads, freeBatch, true);
  }

  private ShapeSearch copy(boolean newFreeThreads, boolean newFreeBatch, boolean newExact) {
    return new ShapeSearch(
        model, width, height, threads, newFreeThreads, newFreeBatch, newExact, clock);
  }

  /** Whether there is so much work left that a search can save more than it takes. */
  public static boolean isWorthwhile(Duration work) {
    return SHARE * (double) work.toNanos() >= (double) SHORTEST.toNanos();
  }

  /**
   * Searches.
   *
   * @param start is the result where nothing is found to be faster
   * @param work how long all that is left to do would take at {@code start}; the search takes about
   *     3 % of that, and 5 seconds at most. What would take longer is not tried
   * @throws CancellationException if the calling thread is interrupted, which it stays
   */
  public RunShape search(RunShape start, Duration work) {
    long end =
        clock.getAsLong()
            + (long) Math.min(SHARE * (double) work.toNanos(), (double) LONGEST.toNanos());
    RunShape best = start;
    tried.clear();
    tried.add(start);
    triedThreads.clear();
    triedThreads.add(start.threads());
    if (next(best) == null) {
      return best;
    }
    ExecutorService workers =
        Executors.newFixedThreadPool(
            Math.max(threads, start.runs()),
            task -> {
              Thread thread = new Thread(task, "graft-shape-search");
              thread.setDaemon(true);
              return thread;
            });
    try {
      double nanos = time(workers, start, 1); // a photo
      for (RunShape next = next(best); next != null; next = next(best)) {
        tried.add(next);
        triedThreads.add(next.threads());
        // Both in turn, once more to warm up, and to open a session for other threads.
        double trials = 2 * ROUNDS + (next.threads() == best.threads() ? 1 : 3);
        double trial = Math.max(TRIAL_NANOS, nanos * photosOf(next));
        if (clock.getAsLong() + trials * trial > end) {
          continue;
        }
        double[] compared = compare(workers, best, next, nanos);
        boolean better = compared[1] < FASTER * compared[0];
        RunShape worse = better ? best : next;
        best = better ? next : best;
        nanos = better ? compared[1] : Math.min(nanos, compared[0]);
        if (worse.threads() != best.threads()) {
          model.release(worse.threads());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } finally {
      shutDown(workers);
    }
    if (exact && best.threads() != 1) {
      model.release(1); // the reference
    }
    return best;
  }

  /** Waits for what runs: the model may be closed afterwards. */
  private static void shutDown(ExecutorService workers) {
    workers.shutdownNow();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = workers.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Noise: of grey photos, sums in another order could be equal by chance. */
  private List<Pixels> photos(int n) {
    while (photos.size() < n) {
      byte[] rgb = new byte[3 * width * height];
      random.nextBytes(rgb);
      photos.add(new Pixels(width, height, rgb));
    }
    return List.copyOf(photos.subList(0, n));
  }

  private static int photosOf(RunShape shape) {
    return shape.runs() * shape.batchSize();
  }

  /** A shape beside another that has not been tried; null if there is none. */
  private RunShape next(RunShape shape) {
    if (freeThreads) {
      int[] counts =
          threads < MANY_THREADS ? new int[] {1, threads} : new int[] {1, SOME_THREADS, threads};
      for (int count : counts) {
        if (!triedThreads.contains(count)) {
          return shape.withThreads(threads / count, count);
        }
      }
    }
    if (freeBatch) {
      for (int size : new int[] {2 * shape.batchSize(), shape.batchSize() / 2}) {
        if (size >= 1 && size <= LARGEST_BATCH && !tried.contains(shape.withBatchSize(size))) {
          return shape.withBatchSize(size);
        }
      }
    }
    return null;
  }

  /**
   * The shortest times a photo of either, in nanoseconds; without end for what cannot be had.
   *
   * @param nanos what the first is known to take
   */
  private double[] compare(ExecutorService workers, RunShape one, RunShape other, double nanos)
      throws InterruptedException {
    double[] best = {Double.MAX_VALUE, Double.MAX_VALUE};
    try {
      if (exact && !isExact(other)) {
        return best;
      }
      double warmUp = time(workers, other, 1);
      for (int round = 0; round < ROUNDS; round++) {
        best[0] = Math.min(best[0], time(workers, one, repeats(one, Math.min(nanos, best[0]))));
        best[1] =
            Math.min(best[1], time(workers, other, repeats(other, Math.min(warmUp, best[1]))));
      }
    } catch (RuntimeException e) {
      // Such as a batch that does not fit a GPU's memory, or that the graph does not take.
      best[1] = Double.MAX_VALUE;
    }
    return best;
  }

  private static int repeats(RunShape shape, double nanos) {
    return (int) Math.ceil(TRIAL_NANOS / (nanos * photosOf(shape)));
  }

  private boolean isExact(RunShape shape) {
    while (expected.size() < shape.batchSize()) {
      int i = expected.size();
      expected.add(model.run(List.of(photos(i + 1).get(i)), 1).get(0));
    }
    List<float[]> found = model.run(photos(shape.batchSize()), shape.threads());
    return IntStream.range(0, found.size())
        .allMatch(i -> Arrays.equals(found.get(i), expected.get(i)));
  }

  /** Nanoseconds a photo. */
  private double time(ExecutorService workers, RunShape shape, int repeats)
      throws InterruptedException {
    List<Pixels> batch = photos(shape.batchSize());
    long start = clock.getAsLong();
    List<Future<?>> runs = new ArrayList<>();
    for (int run = 0; run < shape.runs(); run++) {
      runs.add(
          workers.submit(
              () -> {
                for (int i = 0; i < repeats; i++) {
                  model.run(batch, shape.threads());
                }
              }));
    }
    RuntimeException failure = null;
    for (Future<?> run : runs) {
      try {
        run.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        failure = (RuntimeException) e.getCause();
      }
    }
    if (failure != null) {
      throw failure;
    }
    return (double) (clock.getAsLong() - start) / repeats / photosOf(shape);
  }
}

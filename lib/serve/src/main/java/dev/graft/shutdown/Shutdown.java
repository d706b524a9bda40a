package dev.graft.shutdown;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * Ends work before the process ends. A thread that is in a native library while the process exits
 * finds that library's memory taken apart, and crashes; and a file that it was writing stays
 * unfinished. So, when Java shuts down, be it by {@link System#exit}, a signal or the end of all
 * threads: no such work begins any more, what is under way is told to end, and Java waits for it,
 * but not longer than 5 seconds. Unfinished files are deleted.
 */
public final class Shutdown {

  /** Of a single call that nothing can cut short, such as loading a large model. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Object LOCK = new Object();

  /** Guarded by {@link #LOCK}, as are the other fields. */
  private static final Set<Work> UNDER_WAY = new LinkedHashSet<>();

  private static boolean begun;

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> begin(PATIENCE), "graft-shutdown"));
    } catch (IllegalStateException e) {
      begun = true; // Java is shutting down already
    }
  }

  private Shutdown() {}

  /** Something that has to end before the process does. {@link #close} says that it has. */
  public static final class Work implements AutoCloseable {

    private final Runnable stop;
    private final boolean isWaitedFor;

    private Work(Runnable stop, boolean isWaitedFor) {
      this.stop = stop;
      this.isWaitedFor = isWaitedFor;
    }

    @Override
    public void close() {
      synchronized (LOCK) {
        UNDER_WAY.remove(this);
        LOCK.notifyAll();
      }
    }
  }

  /**
   * Begins work in a native library, which the end of the process waits for.
   *
   * @param stop has the work end soon; called at most once, before the work is closed, by another
   *     thread, and must not wait for anything
   * @throws CancellationException if the process is ending
   */
  public static Work begin(Runnable stop) {
    return add(new Work(stop, true));
  }

  /**
   * Begins work that leaves something behind where the process ends in its midst; nobody waits for
   * it.
   *
   * @param cleanUp deletes that; called as {@code stop} in {@link #begin(Runnable)}, or at once if
   *     the process is ending
   * @throws CancellationException if the process is ending
   */
  public static Work beginUnfinished(Runnable cleanUp) {
    try {
      return add(new Work(cleanUp, false));
    } catch (CancellationException e) {
      cleanUp.run();
      throw e;
    }
  }

  private static Work add(Work work) {
    synchronized (LOCK) {
      requireNotBegun();
      UNDER_WAY.add(work);
      return work;
    }
  }

  /**
   * Fails once the process is ending.
   *
   * @throws CancellationException if it is
   */
  public static void requireNotBegun() {
    synchronized (LOCK) {
      if (begun) {
        throw new CancellationException("the process is ending");
      }
    }
  }

  /**
   * Ends all work and lets no other begin; for who ends the process by another way than Java's own.
   *
   * @param patience how long to wait for what is under way
   * @return whether nothing is
   */
  public static boolean begin(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    synchronized (LOCK) {
      if (!begun) {
        begun = true;
        List<Work> told = new ArrayList<>(UNDER_WAY);
        told.forEach(work -> work.stop.run());
      }
      while (UNDER_WAY.stream().anyMatch(work -> work.isWaitedFor)) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        try {
          LOCK.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      return true;
    }
  }
}

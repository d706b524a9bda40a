package dev.graft.photo.decode;

import java.util.concurrent.Semaphore;

/**
 * The memory that reading one photo takes, from a budget that all threads share: where it is spent,
 * a photo waits for others to be done, first come, first served. So photos that fit in memory one
 * by one do not run out of it together. What is above the budget takes all of it, and so goes
 * alone. For one thread.
 *
 * <p>Both budgets are five eighths of Java's memory: of all collectors, Serial and Parallel have
 * the least for large arrays, two thirds. Were it more, the OutOfMemoryError that one photo causes
 * could be another's.
 *
 * <p>There is a budget for files and one for what is decoded from them. A thread that holds some of
 * the second never asks for the first, so there is always one that can go on.
 */
public final class MemoryClaim implements AutoCloseable {

  /** The most bytes that a file may have, and all files together. */
  public static final long MOST_OF_FILES = Runtime.getRuntime().maxMemory() / 4;

  /** The most that decoding may take of one photo, and of all together. */
  static final long MOST_OF_DECODING = Runtime.getRuntime().maxMemory() / 8 * 3;

  private static final Budget FILES = new Budget(MOST_OF_FILES);
  private static final Budget DECODING = new Budget(MOST_OF_DECODING);

  /** An amount of memory, in units that an int counts. */
  static final class Budget {

    private static final int UNIT = 4096;

    private final int units;
    private final Semaphore free;

    Budget(long bytes) {
      this.units = (int) Math.max(1, Math.min(Integer.MAX_VALUE, bytes / UNIT));
      this.free = new Semaphore(units, true);
    }
  }

  private final Budget budget;
  private int held;

  MemoryClaim(Budget budget) {
    this.budget = budget;
  }

  /** For the bytes of a file. */
  public static MemoryClaim onFile() {
    return new MemoryClaim(FILES);
  }

  /** For what is decoded from them. */
  public static MemoryClaim onDecoding() {
    return new MemoryClaim(DECODING);
  }

  /**
   * Waits until there is so much. A second call changes nothing: a thread that waits holds none. An
   * interrupt does not end the wait and stays set.
   */
  public void take(long bytes) {
    if (held == 0) {
      int needed = (int) Math.max(1, Math.min(budget.units, bytes / Budget.UNIT + 1));
      budget.free.acquireUninterruptibly(needed);
      held = needed;
    }
  }

  /** Gives back what was taken, if anything. */
  @Override
  public void close() {
    budget.free.release(held);
    held = 0;
  }
}

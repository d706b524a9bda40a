package dev.graft.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;

/** Waits for other threads, without a clock: what never comes is for a test's {@code @Timeout}. */
public final class Threads {

  private Threads() {}

  /** Until the latch is open, as a native call would: an interrupt does not end it. */
  public static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until another thread waits; fails if it ends instead. */
  public static void awaitWaiting(Thread other) {
    while (other.getState() != Thread.State.WAITING) {
      assertTrue(other.isAlive(), "ended and was to wait");
      Thread.onSpinWait();
    }
  }
}

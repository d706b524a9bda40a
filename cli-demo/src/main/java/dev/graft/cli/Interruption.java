package dev.graft.cli;

import java.time.Duration;

/**
 * Lets Ctrl-C end the work in progress instead of cutting it off: the thread is interrupted, and
 * the process ends when it is through, at the latest after a few seconds.
 */
final class Interruption {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private boolean stopping;
  private boolean done;

  private Interruption() {}

  static Interruption ofThisThread() {
    Interruption interruption = new Interruption();
    Thread worker = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (!interruption.stop()) {
                    return;
                  }
                  worker.interrupt();
                  try {
                    worker.join(PATIENCE.toMillis());
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "interruption"));
    return interruption;
  }

  /** Ends the process, unless it is ending already: its exit code is then the signal's. */
  void exit(int code) {
    synchronized (this) {
      if (stopping) {
        return;
      }
      done = true;
    }
    System.exit(code);
  }

  private synchronized boolean stop() {
    stopping = !done;
    return stopping;
  }
}

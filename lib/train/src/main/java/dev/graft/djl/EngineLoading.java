package dev.graft.djl;

import ai.djl.engine.Engine;
import dev.graft.shutdown.Shutdown;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Loads DJL's engine, which takes one core 0.4 s, beside what needs no engine yet. Closing waits
 * for its end: a process that exits while a native library is loaded may crash.
 *
 * <p>While PyTorch's libraries are loaded, the linker lets nobody look up a function, so Java's
 * first call of any native method waits. Work that makes such calls begins before this does.
 */
public final class EngineLoading implements AutoCloseable {

  private final FutureTask<Engine> loading = new FutureTask<>(EngineLoading::load);
  private final Thread thread = new Thread(loading, "graft-engine-loading");

  private boolean begun;

  public EngineLoading() {
    thread.setDaemon(true);
  }

  private static Engine load() {
    // An interrupt ends the unpacking of the library, if it must be unpacked.
    Shutdown.Work loading = Shutdown.begin(Thread.currentThread()::interrupt);
    try {
      return Engine.getInstance();
    } finally {
      loading.close();
    }
  }

  /** The version of DJL; loads no engine. */
  public static String djlVersion() {
    return Engine.getDjlVersion();
  }

  /** Begins to load, where nobody has. */
  public synchronized void begin() {
    if (!begun) {
      begun = true;
      thread.start();
    }
  }

  /** Throws what {@link #await} would, if that is known by now. */
  public void requireNotFailed() {
    if (loading.isDone()) {
      await();
    }
  }

  /**
   * Waits until the engine is there, having begun it if nobody has. What it throws where it cannot
   * be loaded is thrown here.
   *
   * @throws CancellationException if the calling thread is interrupted, which it stays, or the
   *     process is ending
   */
  public void await() {
    begin();
    try {
      loading.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("training was stopped");
    } catch (ExecutionException e) {
      Shutdown.requireNotBegun(); // or it was told to end
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause(); // Engine.getInstance declares no other
    }
  }

  @Override
  public void close() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

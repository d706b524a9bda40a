package dev.graft.engine;

import dev.graft.device.Device;
import dev.graft.device.InferenceException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sessions of one model: that which it was opened with and, on the CPU, others whose runs take
 * another number of threads. Thread-safe, but for {@link #close}, which must not meet a run.
 */
public final class Sessions implements AutoCloseable {

  /** Opens the same model once more. */
  @FunctionalInterface
  public interface Opening {

    /**
     * A session of the same bytes.
     *
     * @param threads of one run
     * @return empty where the bytes cannot be had any more: it is faster to have several sessions,
     *     no more
     * @throws InferenceException if ONNX Runtime cannot load it
     */
    Optional<InferenceSession> open(int threads) throws InferenceException;
  }

  private final InferenceSession first;
  private final int threadsOfFirst;
  private final Opening opening;
  private final Map<Integer, InferenceSession> others = new ConcurrentHashMap<>();
  private volatile boolean opensOthers;

  /**
   * Takes over a session.
   *
   * @param threadsOfFirst of its runs
   * @param opening for others; may be called from several threads at once
   */
  public Sessions(InferenceSession first, int threadsOfFirst, Opening opening) {
    this.first = first;
    this.threadsOfFirst = threadsOfFirst;
    this.opening = opening;
    this.opensOthers = first.device() instanceof Device.Cpu;
  }

  InferenceSession first() {
    return first;
  }

  /** The session whose runs take so many threads, or else the first. */
  InferenceSession of(int threads) throws InferenceException {
    if (threads == threadsOfFirst || !opensOthers) {
      return first;
    }
    try {
      InferenceSession other = others.computeIfAbsent(threads, this::open);
      return other == null ? first : other;
    } catch (UncheckedIOException e) {
      throw (InferenceException) e.getCause();
    }
  }

  private InferenceSession open(int threads) {
    try {
      Optional<InferenceSession> other = opening.open(threads);
      if (other.isEmpty()) {
        opensOthers = false;
      }
      return other.orElse(null);
    } catch (InferenceException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Frees the session of so many threads, unless it is the first. */
  void release(int threads) {
    InferenceSession other = others.remove(threads);
    if (other != null) {
      other.close();
    }
  }

  @Override
  public void close() {
    others.values().forEach(InferenceSession::close);
    others.clear();
    first.close();
  }
}

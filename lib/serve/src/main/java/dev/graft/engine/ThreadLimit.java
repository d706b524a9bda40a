package dev.graft.engine;

/** How many threads a network may be given; ONNX Runtime starts as many as it is told to. */
public final class ThreadLimit {

  /** More than any machine has cores: more are a mistake that a system may not survive. */
  public static final int MOST = 1024;

  private ThreadLimit() {}

  /**
   * The number, if it is one of threads; 0 is one a core.
   *
   * @throws IllegalArgumentException if not
   */
  public static int require(int threads) {
    if (threads < 0 || threads > MOST) {
      throw new IllegalArgumentException(
          "expected threads from 0 to %d, got %d".formatted(MOST, threads));
    }
    return threads;
  }
}

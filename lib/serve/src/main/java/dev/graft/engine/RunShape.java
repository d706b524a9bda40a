package dev.graft.engine;

/**
 * How many photos are in work at once, and on how many threads. Two shapes give the same answers
 * but for the last digits; what differs is speed and memory.
 *
 * @param runs how many runs of the model are under way at once, at least 1
 * @param threads of one run, at least 1; a GPU does not heed it
 * @param batchSize photos of one run, at least 1
 */
public record RunShape(int runs, int threads, int batchSize) {

  public RunShape {
    if (runs < 1 || threads < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "expected at least 1 run of 1 thread and 1 photo, got %d, %d and %d"
              .formatted(runs, threads, batchSize));
    }
  }

  public RunShape withThreads(int newRuns, int newThreads) {
    return new RunShape(newRuns, newThreads, batchSize);
  }

  RunShape withBatchSize(int newBatchSize) {
    return new RunShape(runs, threads, newBatchSize);
  }

  /** Such as {@code 2 runs at once, each of 1 thread and 4 photos}. */
  @Override
  public String toString() {
    return "%s of %s and %s"
        .formatted(
            runs == 1 ? "1 run at once," : runs + " runs at once, each",
            threads == 1 ? "1 thread" : threads + " threads",
            batchSize == 1 ? "1 photo" : batchSize + " photos");
  }
}

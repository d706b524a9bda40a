package dev.graft.photo.decode;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.testing.JavaProcess;
import dev.graft.testing.Photos;
import dev.graft.testing.Threads;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MemoryClaimTest {

  private static final long MEGABYTE = 1 << 20;

  @TempDir Path folder;

  @Test
  void neverGivesMoreThanThereIs() throws Exception {
    MemoryClaim.Budget budget = new MemoryClaim.Budget(10 * MEGABYTE);
    AtomicLong taken = new AtomicLong();
    AtomicLong most = new AtomicLong();
    long[] sizes = {1, 3, 4, 6}; // megabytes
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Void>> work =
          IntStream.range(0, 200)
              .<Callable<Void>>mapToObj(
                  i ->
                      () -> {
                        try (MemoryClaim claim = new MemoryClaim(budget)) {
                          claim.take(sizes[i % 4] * MEGABYTE - 4096);
                          most.accumulateAndGet(taken.addAndGet(sizes[i % 4]), Math::max);
                          Thread.onSpinWait();
                          taken.addAndGet(-sizes[i % 4]);
                        }
                        return null;
                      })
              .toList();
      for (Future<Void> done : threads.invokeAll(work)) {
        done.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertTrue(most.get() <= 10, "at most " + most + " MB of 10 at once");
  }

  @Test
  void givesAllThatThereIs() {
    MemoryClaim.Budget budget = new MemoryClaim.Budget(10 * MEGABYTE);
    try (MemoryClaim one = new MemoryClaim(budget);
        MemoryClaim other = new MemoryClaim(budget)) {
      one.take(4 * MEGABYTE - 4096); // and what each claim takes besides
      other.take(6 * MEGABYTE - 4096);
    }
  }

  @Test
  void letsWhatIsAboveTheBudgetGoAlone() throws Exception {
    MemoryClaim.Budget budget = new MemoryClaim.Budget(10 * MEGABYTE);
    MemoryClaim large = new MemoryClaim(budget);
    large.take(100 * MEGABYTE);
    large.take(100 * MEGABYTE); // would wait for itself for ever
    Thread other =
        new Thread(
            () -> {
              try (MemoryClaim small = new MemoryClaim(budget)) {
                small.take(1);
              }
            });
    other.start();
    Threads.awaitWaiting(other);
    large.close();
    other.join();
    large.close(); // gives nothing back twice
    try (MemoryClaim all = new MemoryClaim(budget)) {
      all.take(10 * MEGABYTE);
    }
  }

  @Test
  void largePhotosReadAtOnceDoNotRunOutOfMemoryTogether() throws Exception {
    // 23 MB each, 8 at once, with 64 MB for all.
    Path photo = folder.resolve("large.png");
    Photos.ofOneColor(photo, 3000, 2500, 0);
    JavaProcess.of(MemoryClaimTest.class)
        .options("-Xmx64m")
        .arguments(photo)
        .run()
        .is(0, "224".repeat(16), "");
  }

  /** Reads a photo on 8 threads at once, 16 times, and prints how wide it has become. */
  public static void main(String[] args) throws Exception {
    Path photo = Path.of(args[0]);
    PhotoReader reader = PhotoReader.create();
    Callable<Integer> read = () -> reader.read(photo, PhotoPreprocessing.stretch(224, 224)).width();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (Future<Integer> done : threads.invokeAll(Collections.nCopies(16, read))) {
        System.out.print(done.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }
}

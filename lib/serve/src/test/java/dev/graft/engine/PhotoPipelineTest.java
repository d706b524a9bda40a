package dev.graft.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PhotoPipelineTest {

  private static Iterator<Integer> numbers(int n) {
    return IntStream.range(0, n).iterator();
  }

  private static <R> List<R> all(PhotoPipeline<?, R> pipeline) {
    List<R> results = new ArrayList<>();
    try (pipeline) {
      while (pipeline.hasNext()) {
        results.add(pipeline.next());
      }
    }
    return results;
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void givesResultsInInputOrderWhateverTheShape() throws Exception {
    List<Integer> squares = IntStream.range(0, 50).mapToObj(i -> i * i).toList();
    for (RunShape shape :
        List.of(new RunShape(1, 4, 8), new RunShape(4, 1, 1), new RunShape(3, 2, 7))) {
      List<Integer> results =
          all(
              PhotoPipeline.of(
                  numbers(50),
                  shape,
                  2,
                  i -> {
                    sleep(i % 5);
                    return i;
                  },
                  group -> group.stream().map(i -> i * i).toList()));
      assertEquals(squares, results);
    }
  }

  @Test
  void runsAsManyPhotosAtOnceAsTheShapeSays() throws Exception {
    List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
    all(
        PhotoPipeline.of(
            numbers(20),
            new RunShape(1, 1, 8),
            2,
            i -> i,
            group -> {
              sizes.add(group.size());
              return group;
            }));
    assertEquals(List.of(4, 8, 8), sizes.stream().sorted().toList());
  }

  /** Counts what goes on at the same time. */
  private static final class Crowd {
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    void visit() {
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      sleep(2);
      now.decrementAndGet();
    }
  }

  @Test
  void readsAndRunsOnAsManyThreadsAsItIsToldAndNoMore() throws Exception {
    int[][] cases = {{3, 1}, {1, 3}, {2, 2}}; // readers, runs
    for (int[] numbers : cases) {
      Crowd readers = new Crowd();
      Crowd runs = new Crowd();
      all(
          PhotoPipeline.of(
              numbers(100),
              new RunShape(numbers[1], 1, 1),
              numbers[0],
              i -> {
                readers.visit();
                return i;
              },
              group -> {
                runs.visit();
                return group;
              }));
      assertTrue(readers.most.get() <= numbers[0], "readers " + readers.most);
      assertTrue(runs.most.get() <= numbers[1], "runs " + runs.most);
      assertTrue(readers.most.get() + runs.most.get() > 2, "one after another");
    }
  }

  @Test
  void readsWhileTheModelRuns() throws Exception {
    // The run of the first photo ends only when another photo has been read.
    CountDownLatch second = new CountDownLatch(2);
    all(
        PhotoPipeline.of(
            numbers(4),
            new RunShape(1, 1, 1),
            2,
            i -> {
              second.countDown();
              return i;
            },
            group -> {
              await(second);
              return group;
            }));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void throwsWhatARunThrows() throws Exception {
    RuntimeException broken = new IllegalStateException("no memory");
    try (PhotoPipeline<Integer, Integer> pipeline =
        PhotoPipeline.of(
            numbers(9),
            new RunShape(2, 1, 2),
            2,
            i -> i,
            group -> {
              if (group.contains(4)) {
                throw broken;
              }
              return group;
            })) {
      for (int i = 0; i < 4; i++) {
        assertEquals(i, pipeline.next());
      }
      assertSame(broken, assertThrows(IllegalStateException.class, pipeline::next));
    }
  }

  @Test
  void closingWaitsForRunsAndLetsNoneBegin() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean running = new AtomicBoolean();
    AtomicInteger runs = new AtomicInteger();
    PhotoPipeline<Integer, Integer> pipeline =
        PhotoPipeline.of(
            numbers(100),
            new RunShape(1, 1, 1),
            2,
            i -> i,
            group -> {
              running.set(true);
              if (runs.incrementAndGet() == 2) {
                begun.countDown();
                long end = System.nanoTime() + 100_000_000;
                while (System.nanoTime() < end) {
                  Thread.onSpinWait(); // a native run heeds no interrupt
                }
              }
              running.set(false);
              return group;
            });
    pipeline.next();
    begun.await();
    pipeline.close();
    assertTrue(!running.get(), "a run is still under way");
    int before = runs.get();
    sleep(50);
    assertEquals(before, runs.get());
  }
}

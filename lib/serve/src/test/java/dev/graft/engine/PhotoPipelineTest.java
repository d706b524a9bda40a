package dev.graft.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.testing.Threads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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

  /** Of two groups that are read at the same time, the second is read first. */
  @Test
  void givesResultsInInputOrderWhateverTheShape() throws Exception {
    List<Integer> squares = IntStream.range(0, 50).mapToObj(i -> i * i).toList();
    for (RunShape shape :
        List.of(new RunShape(1, 4, 8), new RunShape(4, 1, 1), new RunShape(3, 2, 7))) {
      int size = shape.batchSize();
      List<CountDownLatch> read =
          IntStream.rangeClosed(0, 50 / size).mapToObj(g -> new CountDownLatch(1)).toList();
      List<Integer> results =
          all(
              PhotoPipeline.of(
                  numbers(50),
                  shape,
                  4,
                  i -> {
                    int group = i / size;
                    if (i % size == 0 && group % 2 == 0 && (group + 1) * size < 50) {
                      Threads.await(read.get(group + 1));
                    }
                    if (i % size == size - 1 || i == 49) {
                      read.get(group).countDown();
                    }
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

  /** Counts what goes on at the same time; who comes first waits until all that may are there. */
  private static final class Crowd {
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final CountDownLatch together;

    Crowd(int size) {
      this.together = new CountDownLatch(size);
    }

    void visit() {
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      together.countDown();
      Threads.await(together);
      now.decrementAndGet();
    }
  }

  @Test
  void readsAndRunsOnAsManyThreadsAsItIsToldAndNoMore() throws Exception {
    int[][] cases = {{3, 1}, {1, 3}, {2, 2}}; // readers, runs
    for (int[] numbers : cases) {
      Crowd readers = new Crowd(numbers[0]);
      Crowd runs = new Crowd(numbers[1]);
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
      assertEquals(numbers[0], readers.most.get(), "readers");
      assertEquals(numbers[1], runs.most.get(), "runs");
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
              Threads.await(second);
              return group;
            }));
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
    CountDownLatch mayEnd = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    PhotoPipeline<Integer, Integer> pipeline =
        PhotoPipeline.of(
            numbers(100),
            new RunShape(1, 1, 1),
            2,
            i -> i,
            group -> {
              if (runs.incrementAndGet() == 2) {
                begun.countDown();
                Threads.await(mayEnd); // a native run heeds no interrupt
              }
              return group;
            });
    pipeline.next();
    begun.await();
    Thread closing = new Thread(pipeline::close);
    closing.start();
    Threads.awaitWaiting(closing);
    mayEnd.countDown();
    closing.join();
    assertEquals(2, runs.get());
  }
}

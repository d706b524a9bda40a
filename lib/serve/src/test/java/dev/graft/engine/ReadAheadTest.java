package dev.graft.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadAheadTest {

  private static Iterator<Integer> numbers(int n) {
    return IntStream.range(0, n).iterator();
  }

  @Test
  void givesResultsInInputOrderThoughTheFirstEndsLast() throws Exception {
    CountDownLatch others = new CountDownLatch(3);
    List<Integer> results = new ArrayList<>();
    try (ReadAhead<Integer, Integer> squares =
        ReadAhead.of(
            numbers(10),
            2,
            4,
            i -> {
              if (i == 0) {
                await(others);
              }
              others.countDown();
              return i * i;
            })) {
      while (squares.hasNext()) {
        results.add(squares.next());
      }
      assertThrows(NoSuchElementException.class, squares::next);
    }
    assertEquals(List.of(0, 1, 4, 9, 16, 25, 36, 49, 64, 81), results);
  }

  @Test
  void throwsWhatTheWorkThrowsInItsPlace() throws Exception {
    RuntimeException broken = new IllegalArgumentException("3 is broken");
    Error worse = new StackOverflowError();
    try (ReadAhead<Integer, Integer> work =
        ReadAhead.of(
            numbers(6),
            2,
            6,
            i -> {
              if (i == 3) {
                throw broken;
              }
              if (i == 4) {
                throw worse;
              }
              return i;
            })) {
      for (int i = 0; i < 3; i++) {
        assertEquals(i, work.next());
      }
      assertSame(broken, assertThrows(RuntimeException.class, work::next));
      assertSame(worse, assertThrows(Error.class, work::next));
      assertEquals(5, work.next());
      assertFalse(work.hasNext());
    }
  }

  @Test
  void givesUpWaitingWhenInterrupted() {
    CountDownLatch never = new CountDownLatch(1);
    try (ReadAhead<Integer, Integer> work =
        ReadAhead.of(
            numbers(1),
            1,
            1,
            i -> {
              await(never);
              return i;
            })) {
      Thread.currentThread().interrupt();
      assertThrows(CancellationException.class, work::next);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

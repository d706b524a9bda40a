package dev.graft.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.photo.Pixels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With models whose time is a formula, and a clock that goes on by what their runs take. */
@Timeout(60)
class ShapeSearchTest {

  private static final Duration LONG = Duration.ofSeconds(100);

  private interface Cost {
    /** Milliseconds of a run. */
    double of(int threads, int batchSize);
  }

  private static class Fake implements ShapeSearch.Model {
    private final Cost cost;
    private final AtomicLong nanos = new AtomicLong();
    private int allThreads;
    private final Set<Integer> open = ConcurrentHashMap.newKeySet();
    private final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());

    Fake(Cost cost) {
      this.cost = cost;
    }

    @Override
    public List<float[]> run(List<Pixels> photos, int threads) {
      open.add(threads);
      batches.add(photos.size());
      int sideBySide = allThreads / threads;
      nanos.addAndGet((long) (1e6 * cost.of(threads, photos.size()) / sideBySide));
      return photos.stream().map(photo -> new float[] {photo.rgb()[0]}).toList();
    }

    @Override
    public void release(int threads) {
      open.remove(threads);
    }
  }

  private static ShapeSearch search(Fake model, int threads) {
    model.allThreads = threads;
    return ShapeSearch.of(model, 8, 8, threads, model.nanos::get);
  }

  @Test
  void findsThatSeveralRunsOfOneThreadAreFastest() throws Exception {
    // Four threads make a run twice as fast; four runs give four times as many.
    Fake model = new Fake((threads, photos) -> photos * (threads == 1 ? 8 : 4));
    RunShape found = search(model, 4).search(new RunShape(1, 4, 1), LONG);
    assertEquals(new RunShape(4, 1, 1), found);
    assertEquals(Set.of(1), model.open, "what is not used must be released");
  }

  @Test
  void findsThatOneRunOfAllThreadsIsFastest() throws Exception {
    Fake model = new Fake((threads, photos) -> photos * (threads == 1 ? 20 : 2));
    RunShape found = search(model, 4).search(new RunShape(4, 1, 1), LONG);
    assertEquals(new RunShape(1, 4, 1), found);
    assertEquals(Set.of(4), model.open);
  }

  @Test
  void takesTheBatchThatIsFastest() throws Exception {
    // 16 ms a run and 1 a photo, until what does not fit costs more: best at 8.
    Cost cost = (threads, photos) -> 16 + photos + (photos > 8 ? 8 * (photos - 8) : 0);
    RunShape start = new RunShape(1, 1, 1);
    assertEquals(new RunShape(1, 1, 8), search(new Fake(cost), 1).search(start, LONG));
  }

  @Test
  void takesASmallerBatchWhereThatIsFaster() throws Exception {
    Fake model = new Fake((threads, photos) -> photos * photos);
    assertEquals(new RunShape(1, 1, 1), search(model, 1).search(new RunShape(1, 1, 8), LONG));
  }

  @Test
  void keepsTheStartWhereNothingIsFaster() throws Exception {
    Fake model = new Fake((threads, photos) -> 8.0 * photos / threads);
    RunShape start = new RunShape(2, 1, 1);
    assertEquals(start, search(model, 2).search(start, LONG));
  }

  @Test
  void keepsWhatTheUserHasChosen() throws Exception {
    Fake model = new Fake((threads, photos) -> 8);
    RunShape start = new RunShape(1, 2, 4);
    ShapeSearch fixed = search(model, 2).withFixedThreads().withFixedBatchSize();
    assertEquals(start, fixed.search(start, LONG));
    assertEquals(List.of(), model.batches, "there was nothing to measure");
    assertEquals(4, search(model, 2).withFixedBatchSize().search(start, LONG).batchSize());
    assertEquals(2, search(model, 2).withFixedThreads().search(start, LONG).threads());
  }

  @Test
  void takesNoLongerThanASmallPartOfTheWork() throws Exception {
    Fake model = new Fake((threads, photos) -> 100);
    // 3 % of 10 seconds; a comparison would take 700 ms.
    assertEquals(
        new RunShape(1, 1, 1),
        search(model, 1).search(new RunShape(1, 1, 1), Duration.ofSeconds(10)));
    assertTrue(model.nanos.get() < 400e6, "took too long");
    assertFalse(ShapeSearch.isWorthwhile(Duration.ofSeconds(2)));
    assertTrue(ShapeSearch.isWorthwhile(Duration.ofSeconds(5)));
  }

  @Test
  void rejectsAShapeOfOtherBitsWhereTheyMustBeTheSame() throws Exception {
    Fake other =
        new Fake((threads, photos) -> 16) {
          @Override
          public List<float[]> run(List<Pixels> photos, int threads) {
            List<float[]> rows = super.run(photos, threads);
            rows.forEach(row -> row[0] = photos.size() > 2 ? Math.nextUp(row[0]) : row[0]);
            return rows;
          }
        };
    RunShape start = new RunShape(1, 1, 1);
    assertEquals(new RunShape(1, 1, 2), search(other, 1).withExactOutput().search(start, LONG));
    assertTrue(search(other, 1).search(start, LONG).batchSize() > 2);
  }

  @Test
  void passesOverAShapeThatCannotBeRun() throws Exception {
    Fake small =
        new Fake((threads, photos) -> 16) {
          @Override
          public List<float[]> run(List<Pixels> photos, int threads) {
            if (photos.size() > 4) {
              throw new IllegalStateException("out of memory");
            }
            return super.run(photos, threads);
          }
        };
    assertEquals(new RunShape(1, 1, 4), search(small, 1).search(new RunShape(1, 1, 1), LONG));
  }

  @Test
  void endsWhenInterrupted() {
    Fake model = new Fake((threads, photos) -> 5);
    Thread.currentThread().interrupt();
    assertThrows(
        CancellationException.class, () -> search(model, 2).search(new RunShape(2, 1, 1), LONG));
  }
}

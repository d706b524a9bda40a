package dev.graft.fit;

import dev.graft.recipe.Balance;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * In which order each epoch sees the examples. An epoch has a seed of its own: one that is resumed
 * is as if it had not been stopped.
 *
 * @param targets of one class each where {@code balance} is {@link Balance#SAMPLING}
 */
record ExampleOrder(Targets targets, Balance balance, long seed) {

  /** The odd constant (2^64 / golden ratio) sets the seeds of neighboring epochs far apart. */
  long seed(int epoch) {
    return seed + epoch * 0x9E3779B97F4A7C15L;
  }

  /**
   * Indices of examples, as many as there are; some twice and others not at all with {@link
   * Balance#SAMPLING}.
   *
   * @param epoch from 1
   */
  int[] of(int epoch) {
    Random random = new Random(seed(epoch));
    int[] order =
        balance == Balance.SAMPLING
            ? balanced((SingleLabelTargets) targets, random)
            : IntStream.range(0, targets.n()).toArray();
    shuffle(order, random);
    return order;
  }

  /** As many of each class, to within one, and as many in all as there are. */
  private static int[] balanced(SingleLabelTargets targets, Random random) {
    int classes = targets.classes();
    int[] order = new int[targets.n()];
    int at = 0;
    for (int c = 0; c < classes; c++) {
      int wanted = order.length / classes + (c < order.length % classes ? 1 : 0);
      int label = c;
      int[] members =
          IntStream.range(0, targets.n()).filter(i -> targets.labels()[i] == label).toArray();
      for (int i = 0; i < wanted; i++) {
        if (i % members.length == 0) {
          shuffle(members, random);
        }
        order[at++] = members[i % members.length];
      }
    }
    return order;
  }

  /** Fisher and Yates' shuffle. */
  private static void shuffle(int[] order, Random random) {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
  }
}

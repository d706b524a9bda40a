package dev.graft.fit;

import java.nio.FloatBuffer;

/**
 * Activations of photos at the seam between the frozen and the trained part of a network.
 *
 * @param shape of one row, without the batch's axis
 * @param rows the variants of the first photo, then those of the second ...; the first variant is
 *     the photo as it is
 * @param variants rows a photo
 */
@SuppressWarnings("ArrayRecordComponent") // large; owned by the package, never compared
public record FrozenFeatures(long[] shape, float[][] rows, int variants, Targets targets)
    implements Examples {

  public FrozenFeatures {
    if (rows.length != targets.n() * variants) {
      throw new IllegalArgumentException(
          "expected %d rows a target, got %d for %d".formatted(variants, rows.length, targets.n()));
    }
  }

  /** One row a photo. */
  public static FrozenFeatures of(float[][] rows, Targets targets) {
    return new FrozenFeatures(new long[] {rows.length == 0 ? 0 : rows[0].length}, rows, 1, targets);
  }

  /** Other numbers for the same photos, such as coordinates in a basis. */
  public FrozenFeatures withRows(float[][] others) {
    return new FrozenFeatures(new long[] {others[0].length}, others, variants, targets);
  }

  /** In turn: after as many epochs as there are variants each has been seen once. */
  @Override
  public void copy(int[] examples, int epoch, FloatBuffer into) {
    for (int example : examples) {
      int variant = epoch == 0 ? 0 : (example + epoch) % variants;
      into.put(rows[example * variants + variant]);
    }
  }
}

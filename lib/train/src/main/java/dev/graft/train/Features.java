package dev.graft.train;

/**
 * Features of photos and what the photos show.
 *
 * @param rows {@code [n][length]}: one row a photo
 * @param labels {@code [n]}: index of each photo's class
 */
@SuppressWarnings("ArrayRecordComponent") // large; owned by the package, never compared
record Features(float[][] rows, int[] labels) {

  Features {
    if (rows.length != labels.length) {
      throw new IllegalArgumentException(
          "expected a label a row, got " + labels.length + " for " + rows.length);
    }
  }

  int n() {
    return rows.length;
  }
}

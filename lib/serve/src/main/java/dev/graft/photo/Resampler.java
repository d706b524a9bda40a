package dev.graft.photo;

import dev.graft.photo.decode.DecodedPhoto;
import dev.graft.photo.decode.Exif;

/**
 * Resampling as Pillow does it, to the last bit ({@code src/libImaging/Resample.c}, and {@code
 * Geometry.c} for the nearest neighbour): in two passes, each sample rounded to 8 bits in between,
 * coefficients in fixed point. Columns are summed while rows arrive, so a photo of any height needs
 * a few rows of memory.
 */
final class Resampler {

  /**
   * Bits behind the point of a coefficient: two less than fit beside 8 bits, for negative lobes.
   */
  private static final int PRECISION = 32 - 8 - 2;

  private static final int HALF = 1 << (PRECISION - 1);

  /** How many rows are turned upright together. */
  private static final int BLOCK = 16;

  private Resampler() {}

  /** A part of an upright photo, in pixels; floats because Pillow has floats. */
  record Box(float left, float top, float right, float bottom) {

    /** Where this part of a photo's own upright pixels lies in its upright samples. */
    Box inSamplesOf(DecodedPhoto photo) {
      if (photo.reduction() == 1) {
        return this;
      }
      // Where the photo is turned round, the last sample, which it fills in part only, comes first.
      boolean fromRight = Exif.mirrorsColumns(photo.orientation());
      boolean fromBottom = Exif.mirrorsRows(photo.orientation());
      float scale = 1f / photo.reduction(); // exact, it is a power of two
      float x = fromRight ? photo.uprightWidth() - photo.fullUprightWidth() * scale : 0;
      float y = fromBottom ? photo.uprightHeight() - photo.fullUprightHeight() * scale : 0;
      return new Box(x + left * scale, y + top * scale, x + right * scale, y + bottom * scale);
    }
  }

  /** The samples {@code [height, width, bands]} of the part {@code box} of the upright photo. */
  static byte[] resample(DecodedPhoto photo, Box box, int width, int height, Resize.Filter filter) {
    int w = photo.uprightWidth();
    int h = photo.uprightHeight();
    boolean horizontal = width != w || box.left != 0 || box.right != w;
    boolean vertical = height != h || box.top != 0 || box.bottom != h;
    if (!horizontal && !vertical) {
      return photo.upright();
    }
    if (filter == Resize.Filter.NEAREST) {
      return nearest(photo, box, width, height);
    }
    Kernel columns = horizontal ? Kernel.of(filter, w, box.left, box.right, width) : null;
    if (!vertical) {
      return rowsOnly(photo, columns, width);
    }
    Kernel lines = Kernel.of(filter, h, box.top, box.bottom, height);
    // Since Pillow 13. Earlier versions always begin with the rows: up to 2 levels elsewhere.
    boolean linesFirst = height < h && h - height > 2L * (w - width);
    return linesAnd(photo, columns, lines, linesFirst, width, height);
  }

  private static byte[] rowsOnly(DecodedPhoto photo, Kernel columns, int width) {
    int bands = photo.bands();
    int height = photo.uprightHeight();
    byte[] result = new byte[width * bands * height];
    UprightRows rows = new UprightRows(photo, 0, height);
    for (int y = 0; y < height; y++) {
      columns.row(rows.array, rows.at(y), bands, result, y * width * bands);
    }
    return result;
  }

  /**
   * Adds each row up, weighted, into the target rows that see it.
   *
   * @param columns resamples the rows, or null to keep their width
   * @param linesFirst the columns come after the sums instead of before
   */
  private static byte[] linesAnd(
      DecodedPhoto photo, Kernel columns, Kernel lines, boolean linesFirst, int width, int height) {
    int bands = photo.bands();
    boolean before = columns != null && !linesFirst;
    boolean after = columns != null && linesFirst;
    byte[] result = new byte[width * bands * height];
    byte[] row = new byte[width * bands];
    int summed = (after ? photo.uprightWidth() : width) * bands;
    byte[] whole = after ? new byte[summed] : null;
    int[][] sums = new int[height][];
    int first = lines.start[0];
    int end = lines.start[height - 1] + lines.count[height - 1];
    UprightRows rows = new UprightRows(photo, first, end);
    int open = 0; // the first target row that is not finished
    for (int y = first; y < end; y++) {
      byte[] source = rows.array;
      int from = rows.at(y);
      if (before) {
        columns.row(source, from, bands, row, 0);
        source = row;
        from = 0;
      }
      for (int t = open; t < height && lines.start[t] <= y; t++) {
        int k = y - lines.start[t];
        if (k >= lines.count[t]) {
          continue;
        }
        if (k == 0) {
          sums[t] = new int[summed];
        }
        add(lines.weights[t * lines.size + k], source, from, sums[t]);
        if (k < lines.count[t] - 1) {
          continue;
        }
        if (after) {
          finish(sums[t], whole, 0);
          columns.row(whole, 0, bands, result, t * width * bands);
        } else {
          finish(sums[t], result, t * width * bands);
        }
        sums[t] = null;
      }
      while (open < height && lines.start[open] + lines.count[open] <= y + 1) {
        open++;
      }
    }
    return result;
  }

  /** Upright rows one after the other: the photo's own array, or a copy of a few at a time. */
  private static final class UprightRows {

    private final DecodedPhoto photo;
    private final int first;
    private final int end;
    private final int rowLength;
    private final byte[] array;

    UprightRows(DecodedPhoto photo, int first, int end) {
      this.photo = photo;
      this.first = first;
      this.end = end;
      this.rowLength = photo.uprightWidth() * photo.bands();
      this.array =
          photo.orientation() == Exif.UPRIGHT ? photo.samples() : new byte[BLOCK * rowLength];
    }

    /** Where row {@code y} begins in the array; rows must be asked for in order. */
    int at(int y) {
      if (array == photo.samples()) {
        return y * rowLength;
      }
      int inBlock = (y - first) % BLOCK;
      if (inBlock == 0) {
        photo.uprightRows(y, Math.min(BLOCK, end - y), array, 0);
      }
      return inBlock * rowLength;
    }
  }

  private static void add(int weight, byte[] row, int from, int[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * (row[from + i] & 0xff);
    }
  }

  private static void finish(int[] sum, byte[] result, int at) {
    for (int i = 0; i < sum.length; i++) {
      result[at + i] = clip(sum[i] + HALF);
    }
  }

  private static byte clip(int fixedPoint) {
    return (byte) Math.max(0, Math.min(255, fixedPoint >> PRECISION));
  }

  private static byte[] nearest(DecodedPhoto photo, Box box, int width, int height) {
    int w = photo.uprightWidth();
    int bands = photo.bands();
    int[] x = nearestIndices(w, box.left, box.right, width);
    int[] y = nearestIndices(photo.uprightHeight(), box.top, box.bottom, height);
    byte[] row = new byte[w * bands];
    byte[] result = new byte[width * height * bands];
    int at = 0;
    for (int ty = 0; ty < height; ty++) {
      if (ty == 0 || y[ty] != y[ty - 1]) {
        photo.uprightRows(y[ty], 1, row, 0);
      }
      for (int tx = 0; tx < width; tx++) {
        for (int b = 0; b < bands; b++) {
          result[at++] = row[x[tx] * bands + b];
        }
      }
    }
    return result;
  }

  /** Sums the steps up as Pillow does: a product would round differently. */
  private static int[] nearestIndices(int size, float from, float to, int targetSize) {
    double step = (double) (to - from) / targetSize;
    double at = from + step * 0.5;
    int[] indices = new int[targetSize];
    for (int i = 0; i < targetSize; i++, at += step) {
      indices[i] = Math.min((int) at, size - 1);
    }
    return indices;
  }

  /** What each target pixel sees of the source. */
  private static final class Kernel {

    /** The first source pixel for each target pixel. */
    private final int[] start;

    /** How many source pixels. */
    private final int[] count;

    /** Weights reserved a target pixel. */
    private final int size;

    private final int[] weights;

    private Kernel(int[] start, int[] count, int size, int[] weights) {
      this.start = start;
      this.count = count;
      this.size = size;
      this.weights = weights;
    }

    static Kernel of(Resize.Filter filter, int size, float from, float to, int targetSize) {
      double scale = (double) (to - from) / targetSize;
      double filterScale = Math.max(scale, 1);
      double support = support(filter) * filterScale;
      int room = (int) Math.ceil(support) * 2 + 1;
      int[] start = new int[targetSize];
      int[] count = new int[targetSize];
      int[] weights = new int[Math.multiplyExact(targetSize, room)];
      double[] exact = new double[room];
      for (int t = 0; t < targetSize; t++) {
        double center = from + (t + 0.5) * scale;
        int min = Math.max(0, (int) (center - support + 0.5));
        int n = Math.min(size, (int) (center + support + 0.5)) - min;
        double sum = 0;
        for (int k = 0; k < n; k++) {
          exact[k] = weight(filter, (k + min - center + 0.5) * (1.0 / filterScale));
          sum += exact[k];
        }
        for (int k = 0; k < n; k++) {
          double weight = (sum == 0 ? exact[k] : exact[k] / sum) * (1 << PRECISION);
          weights[t * room + k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        start[t] = min;
        count[t] = n;
      }
      return new Kernel(start, count, room, weights);
    }

    void row(byte[] source, int from, int bands, byte[] target, int to) {
      if (bands == 3) {
        rgbRow(source, from, target, to);
      } else {
        grayRow(source, from, target, to);
      }
    }

    private void rgbRow(byte[] source, int from, byte[] target, int to) {
      for (int t = 0; t < start.length; t++) {
        int p = from + start[t] * 3;
        int w = t * size;
        int n = count[t];
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        for (int k = 0; k < n; k++) { // plain multiples of k: the JIT drops the range checks
          int weight = weights[w + k];
          red += weight * (source[p + 3 * k] & 0xff);
          green += weight * (source[p + 3 * k + 1] & 0xff);
          blue += weight * (source[p + 3 * k + 2] & 0xff);
        }
        target[to++] = clip(red);
        target[to++] = clip(green);
        target[to++] = clip(blue);
      }
    }

    private void grayRow(byte[] source, int from, byte[] target, int to) {
      for (int t = 0; t < start.length; t++) {
        int p = from + start[t];
        int w = t * size;
        int n = count[t];
        int gray = HALF;
        for (int k = 0; k < n; k++) {
          gray += weights[w + k] * (source[p + k] & 0xff);
        }
        target[to + t] = clip(gray);
      }
    }

    private static double support(Resize.Filter filter) {
      return switch (filter) {
        case NEAREST -> throw new IllegalArgumentException("the nearest neighbour has no weights");
        case BILINEAR -> 1;
        case BICUBIC -> 2;
        case LANCZOS -> 3;
      };
    }

    private static double weight(Resize.Filter filter, double distance) {
      double x = Math.abs(distance);
      return switch (filter) {
        case NEAREST -> throw new IllegalArgumentException("the nearest neighbour has no weights");
        case BILINEAR -> x < 1 ? 1 - x : 0;
        case BICUBIC -> {
          double a = -0.5;
          if (x < 1) {
            yield ((a + 2) * x - (a + 3)) * x * x + 1;
          }
          yield x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
        }
        case LANCZOS -> x < 3 ? sinc(x) * sinc(x / 3) : 0;
      };
    }

    private static double sinc(double x) {
      return x == 0 ? 1 : StrictMath.sin(x * Math.PI) / (x * Math.PI);
    }
  }
}

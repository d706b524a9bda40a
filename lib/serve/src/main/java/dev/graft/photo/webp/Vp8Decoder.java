package dev.graft.photo.webp;

import dev.graft.photo.decode.BadPhotoException;
import dev.graft.photo.decode.Bytes;
import dev.graft.photo.decode.PhotoFormat;
import java.util.Arrays;

/**
 * A key frame of VP8 (RFC 6386), the lossy picture of WebP, with libwebp's chroma interpolation and
 * colour conversion. Not TwelveMonkeys' decoder: that one shows blocks before the neighbours' part
 * of the loop filter has reached them and repeats chroma samples, up to 80 levels beside libwebp.
 */
final class Vp8Decoder {

  // 4 x 4 modes in the order of RFC 6386; the first four serve whole macroblocks too.
  private static final int DC = 0;
  private static final int TM = 1;
  private static final int VE = 2;
  private static final int HE = 3;
  private static final int LD = 4;
  private static final int RD = 5;
  private static final int VR = 6;
  private static final int VL = 7;
  private static final int HD = 8;
  private static final int HU = 9;

  private static final int[] BLOCK_MODE_TREE = {
    -DC, 2, -TM, 4, -VE, 6, 8, 12, -HE, 10, -RD, -VR, -LD, 14, -VL, 16, -HD, -HU
  };

  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
  private static final int[][] LARGE = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  private static final int BAND = 33;
  private static final int TYPE = 8 * BAND;

  private final byte[] file;
  private final int end;
  private final int width;
  private final int height;
  private final int columns;
  private final int rows;

  private final int[] probabilities = Vp8Tables.COEFFICIENTS.clone();
  private boolean segmented;
  private boolean mapped;
  private boolean absolute;
  private final int[] segmentQuantizer = new int[4];
  private final int[] segmentFilter = new int[4];
  private final int[] segmentProbability = {255, 255, 255};
  private boolean simpleFilter;
  private int filterLevel;
  private int sharpness;
  private int intraDelta;
  private int smallBlockDelta;
  private int skipProbability = -1;

  /** For each segment the steps of: luma, its second level, chroma; first and other coefficient. */
  private final int[][] steps = new int[4][6];

  private final Plane luma;
  private final Plane[] chroma;
  private final int[] filters;
  private final int[] coefficients = new int[25 * 16];

  /**
   * @param at where the frame begins
   * @param length its bytes
   */
  private Vp8Decoder(byte[] file, int at, int length) {
    this.file = file;
    this.end = at + length;
    this.width = Bytes.uint16le(file, at + 6) & 0x3fff;
    this.height = Bytes.uint16le(file, at + 8) & 0x3fff;
    this.columns = (width + 15) / 16;
    this.rows = (height + 15) / 16;
    this.luma = new Plane(16 * columns, 16 * rows);
    this.chroma = new Plane[] {new Plane(8 * columns, 8 * rows), new Plane(8 * columns, 8 * rows)};
    this.filters = new int[columns * rows];
  }

  /** The pixels {@code [height, width, 3]}, RGB. */
  static byte[] decode(byte[] file, int at, int length) throws BadPhotoException {
    if (length < 10 || (file[at] & 1) != 0 || !Bytes.matches(file, at + 3, "\u009d\u0001*")) {
      throw corrupt("no VP8 key frame");
    }
    Vp8Decoder decoder = new Vp8Decoder(file, at, length);
    decoder.readFrame(at);
    decoder.filter();
    return decoder.rgb();
  }

  /** One component of the picture, in whole macroblocks. */
  private static final class Plane {

    final int stride;
    final byte[] samples;

    Plane(int width, int height) {
      this.stride = width;
      this.samples = new byte[width * height];
    }

    /** With the border that prediction sees: 127 above the picture, 129 to its left. */
    int at(int x, int y) {
      if (y < 0) {
        return 127;
      }
      return x < 0 ? 129 : samples[y * stride + x] & 0xff;
    }

    void set(int x, int y, int value) {
      samples[y * stride + x] = clip(value);
    }
  }

  /** The arithmetic decoder (7). */
  private static final class Bits {

    private final byte[] data;
    private final int end;
    private int at;
    private int value;
    private int bits = -8;
    private int range = 254; // less one
    private boolean beyond;

    Bits(byte[] data, int at, int end) {
      this.data = data;
      this.at = at;
      this.end = end;
    }

    int bit(int probability) {
      if (bits < 0) {
        beyond |= at >= end;
        value = (value << 8) | (at < end ? data[at++] & 0xff : 0);
        bits += 8;
      }
      int split = (range * probability) >> 8;
      int bit = (value >> bits) > split ? 1 : 0;
      if (bit == 1) {
        range -= split;
        value -= (split + 1) << bits;
      } else {
        range = split + 1;
      }
      int shift = Integer.numberOfLeadingZeros(range) - 24;
      range = (range << shift) - 1;
      bits -= shift;
      return bit;
    }

    boolean flag() {
      return bit(128) == 1;
    }

    int number(int count) {
      int number = 0;
      for (int i = 0; i < count; i++) {
        number = 2 * number + bit(128);
      }
      return number;
    }

    int signed(int count) {
      int number = number(count);
      return flag() ? -number : number;
    }

    int optionalSigned(int count) {
      return flag() ? signed(count) : 0;
    }
  }

  private void readFrame(int at) throws BadPhotoException {
    int firstLength = Bytes.uint24le(file, at) >> 5;
    int first = at + 10;
    if (first + firstLength > end) {
      throw truncated();
    }
    Bits modes = new Bits(file, first, first + firstLength);
    modes.number(2); // colour space and clamping, which WebP ignores
    readSegments(modes);
    readFilter(modes);
    Bits[] tokens = partitions(first + firstLength, 1 << modes.number(2));
    readQuantizers(modes);
    modes.flag(); // keep the probabilities for the next frame: there is none
    for (int i = 0; i < probabilities.length; i++) {
      if (modes.bit(Vp8Tables.UPDATES[i]) == 1) {
        probabilities[i] = modes.number(8);
      }
    }
    skipProbability = modes.flag() ? modes.number(8) : -1;

    int[] modesAbove = new int[4 * columns];
    int[] nonzeroAbove = new int[9 * columns];
    for (int row = 0; row < rows; row++) {
      int[] modesLeft = new int[4];
      int[] nonzeroLeft = new int[9];
      for (int column = 0; column < columns; column++) {
        readMacroblock(
            modes,
            tokens[row & (tokens.length - 1)],
            column,
            row,
            modesAbove,
            modesLeft,
            nonzeroAbove,
            nonzeroLeft);
      }
    }
  }

  private void readSegments(Bits in) {
    segmented = in.flag();
    if (!segmented) {
      return;
    }
    mapped = in.flag();
    if (in.flag()) {
      absolute = in.flag();
      for (int s = 0; s < 4; s++) {
        segmentQuantizer[s] = in.optionalSigned(7);
      }
      for (int s = 0; s < 4; s++) {
        segmentFilter[s] = in.optionalSigned(6);
      }
    }
    for (int i = 0; mapped && i < 3; i++) {
      segmentProbability[i] = in.flag() ? in.number(8) : 255;
    }
  }

  private void readFilter(Bits in) {
    simpleFilter = in.flag();
    filterLevel = in.number(6);
    sharpness = in.number(3);
    boolean deltas = in.flag();
    if (deltas && in.flag()) {
      for (int i = 0; i < 8; i++) {
        int delta = in.optionalSigned(6);
        // A key frame has intra blocks only, and one mode with a delta of its own.
        intraDelta = i == 0 ? delta : intraDelta;
        smallBlockDelta = i == 4 ? delta : smallBlockDelta;
      }
    }
  }

  private Bits[] partitions(int at, int count) throws BadPhotoException {
    Bits[] partitions = new Bits[count];
    int start = at + 3 * (count - 1);
    for (int i = 0; i < count; i++) {
      if (start > end) {
        throw truncated();
      }
      int stop = i == count - 1 ? end : start + Bytes.uint24le(file, at + 3 * i);
      if (stop > end) {
        throw truncated();
      }
      partitions[i] = new Bits(file, start, stop);
      start = stop;
    }
    return partitions;
  }

  private void readQuantizers(Bits in) {
    int base = in.number(7);
    int lumaDc = in.optionalSigned(4);
    int secondDc = in.optionalSigned(4);
    int secondAc = in.optionalSigned(4);
    int chromaDc = in.optionalSigned(4);
    int chromaAc = in.optionalSigned(4);
    for (int s = 0; s < 4; s++) {
      int q = segmented ? segmentQuantizer[s] + (absolute ? 0 : base) : base;
      steps[s][0] = Vp8Tables.DC_STEPS[index(q + lumaDc, 127)];
      steps[s][1] = Vp8Tables.AC_STEPS[index(q, 127)];
      steps[s][2] = 2 * Vp8Tables.DC_STEPS[index(q + secondDc, 127)];
      steps[s][3] = Math.max(8, Vp8Tables.AC_STEPS[index(q + secondAc, 127)] * 155 / 100);
      steps[s][4] = Vp8Tables.DC_STEPS[index(q + chromaDc, 117)];
      steps[s][5] = Vp8Tables.AC_STEPS[index(q + chromaAc, 127)];
    }
  }

  private static int index(int value, int most) {
    return Math.max(0, Math.min(most, value));
  }

  private void readMacroblock(
      Bits modes,
      Bits tokens,
      int column,
      int row,
      int[] modesAbove,
      int[] modesLeft,
      int[] nonzeroAbove,
      int[] nonzeroLeft)
      throws BadPhotoException {
    int segment = 0;
    if (mapped) {
      segment =
          modes.bit(segmentProbability[0]) == 0
              ? modes.bit(segmentProbability[1])
              : 2 + modes.bit(segmentProbability[2]);
    }
    boolean skipped = skipProbability >= 0 && modes.bit(skipProbability) == 1;
    boolean small = modes.bit(145) == 0;
    int[] blockModes = new int[16];
    if (small) {
      for (int i = 0; i < 16; i++) {
        int above = modesAbove[4 * column + i % 4];
        int offset = (above * 10 + modesLeft[i / 4]) * 9;
        int node = 0;
        do {
          node = BLOCK_MODE_TREE[node + modes.bit(Vp8Tables.BLOCK_MODES[offset + (node >> 1)])];
        } while (node > 0);
        blockModes[i] = -node;
        modesAbove[4 * column + i % 4] = -node;
        modesLeft[i / 4] = -node;
      }
    } else {
      int mode =
          modes.bit(156) == 1 ? (modes.bit(128) == 1 ? TM : HE) : (modes.bit(163) == 1 ? VE : DC);
      Arrays.fill(blockModes, mode);
      Arrays.fill(modesAbove, 4 * column, 4 * column + 4, mode);
      Arrays.fill(modesLeft, mode);
    }
    int chromaMode = DC;
    if (modes.bit(142) == 1) {
      chromaMode = modes.bit(114) == 0 ? VE : modes.bit(183) == 1 ? TM : HE;
    }

    Arrays.fill(coefficients, 0);
    boolean empty = true;
    if (skipped) {
      // The second level's contexts stay where this macroblock has none.
      int last = small ? 8 : 9;
      Arrays.fill(nonzeroAbove, 9 * column, 9 * column + last, 0);
      Arrays.fill(nonzeroLeft, 0, last, 0);
    } else {
      empty = !readResiduals(tokens, small, segment, nonzeroAbove, 9 * column, nonzeroLeft);
    }
    if (modes.beyond || tokens.beyond) {
      throw truncated();
    }
    predict(column, row, small, blockModes, chromaMode);
    filters[row * columns + column] = filterOf(segment, small) << 1 | (small || !empty ? 1 : 0);
  }

  /**
   * Reads the 16 luma blocks, then 4 and 4 of chroma.
   *
   * @return whether any coefficient is not zero
   */
  private boolean readResiduals(
      Bits in, boolean small, int segment, int[] above, int aboveAt, int[] left) {
    int[] step = steps[segment];
    int type = 3;
    int first = 0;
    if (!small) {
      int second = 24 * 16;
      int n = readBlock(in, 1, above[aboveAt + 8] + left[8], step[2], step[3], 0, second);
      above[aboveAt + 8] = left[8] = n > 0 ? 1 : 0;
      if (n > 0) {
        inverseWalshHadamard(second);
      }
      type = 0;
      first = 1;
    }
    for (int i = 0; i < 16; i++) {
      int a = aboveAt + i % 4;
      int l = i / 4;
      int n = readBlock(in, type, above[a] + left[l], step[0], step[1], first, 16 * i);
      above[a] = left[l] = n > first ? 1 : 0;
    }
    for (int i = 16; i < 24; i++) {
      int component = (i - 16) / 4;
      int a = aboveAt + 4 + 2 * component + i % 2;
      int l = 4 + 2 * component + i % 4 / 2;
      int n = readBlock(in, 2, above[a] + left[l], step[4], step[5], 0, 16 * i);
      above[a] = left[l] = n > 0 ? 1 : 0;
    }
    for (int i = 0; i < 24 * 16; i++) {
      if (coefficients[i] != 0) {
        return true;
      }
    }
    return false;
  }

  /** How far the block's coefficients reach. */
  private int readBlock(Bits in, int type, int context, int dcStep, int acStep, int first, int to) {
    int[] p = probabilities;
    int n = first;
    int at = type * TYPE + BANDS[n] * BAND + context * 11;
    while (n < 16) {
      if (in.bit(p[at]) == 0) {
        return n;
      }
      while (in.bit(p[at + 1]) == 0) {
        n++;
        if (n == 16) {
          return 16;
        }
        at = type * TYPE + BANDS[n] * BAND;
      }
      int value = 1;
      int next = 1;
      if (in.bit(p[at + 2]) == 1) {
        value = largeValue(in, at);
        next = 2;
      }
      value *= n > 0 ? acStep : dcStep;
      coefficients[to + ZIGZAG[n]] = in.flag() ? -value : value;
      n++;
      at = type * TYPE + BANDS[n] * BAND + next * 11;
    }
    return 16;
  }

  private int largeValue(Bits in, int at) {
    int[] p = probabilities;
    if (in.bit(p[at + 3]) == 0) {
      return in.bit(p[at + 4]) == 0 ? 2 : 3 + in.bit(p[at + 5]);
    }
    if (in.bit(p[at + 6]) == 0) {
      if (in.bit(p[at + 7]) == 0) {
        return 5 + in.bit(159);
      }
      int high = 2 * in.bit(165);
      return 7 + high + in.bit(145);
    }
    int high = in.bit(p[at + 8]);
    int category = 2 * high + in.bit(p[at + 9 + high]);
    int extra = 0;
    for (int probability : LARGE[category]) {
      extra = 2 * extra + in.bit(probability);
    }
    return extra + 3 + (8 << category);
  }

  /** The second level gives the 16 luma blocks their first coefficient (14.3). */
  private void inverseWalshHadamard(int from) {
    int[] c = coefficients;
    int[] t = new int[16];
    for (int i = 0; i < 4; i++) {
      int a0 = c[from + i] + c[from + 12 + i];
      int a1 = c[from + 4 + i] + c[from + 8 + i];
      int a2 = c[from + 4 + i] - c[from + 8 + i];
      int a3 = c[from + i] - c[from + 12 + i];
      t[i] = a0 + a1;
      t[8 + i] = a0 - a1;
      t[4 + i] = a3 + a2;
      t[12 + i] = a3 - a2;
    }
    for (int i = 0; i < 4; i++) {
      int dc = t[4 * i] + 3;
      int a0 = dc + t[4 * i + 3];
      int a1 = t[4 * i + 1] + t[4 * i + 2];
      int a2 = t[4 * i + 1] - t[4 * i + 2];
      int a3 = dc - t[4 * i + 3];
      c[64 * i] = (a0 + a1) >> 3;
      c[64 * i + 16] = (a3 + a2) >> 3;
      c[64 * i + 32] = (a0 - a1) >> 3;
      c[64 * i + 48] = (a3 - a2) >> 3;
    }
  }

  private void predict(int column, int row, boolean small, int[] modes, int chromaMode) {
    if (small) {
      for (int i = 0; i < 16; i++) {
        int x = 16 * column + i % 4 * 4;
        int y = 16 * row + i / 4 * 4;
        predictSmall(modes[i], x, y, column, row, i % 4 == 3);
        addResidual(luma, x, y, 16 * i);
      }
    } else {
      predictWhole(luma, modes[0], 16 * column, 16 * row, 16);
      for (int i = 0; i < 16; i++) {
        addResidual(luma, 16 * column + i % 4 * 4, 16 * row + i / 4 * 4, 16 * i);
      }
    }
    for (int component = 0; component < 2; component++) {
      Plane plane = chroma[component];
      predictWhole(plane, chromaMode, 8 * column, 8 * row, 8);
      for (int i = 0; i < 4; i++) {
        int x = 8 * column + i % 2 * 4;
        addResidual(plane, x, 8 * row + i / 2 * 4, 16 * (16 + 4 * component + i));
      }
    }
  }

  /** Predicts {@code size} x {@code size} samples (12.2 and 12.3). */
  private static void predictWhole(Plane plane, int mode, int x0, int y0, int size) {
    int dc = 128;
    if (mode == DC && (x0 > 0 || y0 > 0)) {
      int sum = 0;
      int count = 0;
      for (int i = 0; i < size; i++) {
        sum += (y0 > 0 ? plane.at(x0 + i, y0 - 1) : 0) + (x0 > 0 ? plane.at(x0 - 1, y0 + i) : 0);
        count += (y0 > 0 ? 1 : 0) + (x0 > 0 ? 1 : 0);
      }
      dc = (sum + count / 2) / count;
    }
    int corner = plane.at(x0 - 1, y0 - 1);
    for (int y = 0; y < size; y++) {
      int left = plane.at(x0 - 1, y0 + y);
      for (int x = 0; x < size; x++) {
        int value =
            switch (mode) {
              case DC -> dc;
              case TM -> left + plane.at(x0 + x, y0 - 1) - corner;
              case VE -> plane.at(x0 + x, y0 - 1);
              default -> left;
            };
        plane.set(x0 + x, y0 + y, value);
      }
    }
  }

  /** Predicts 4 x 4 luma samples (12.3). */
  private void predictSmall(int mode, int x0, int y0, int column, int row, boolean rightmost) {
    // The samples around, from the lowest on the left over the corner (4) to the right end (12).
    int[] e = new int[13];
    for (int i = 0; i < 4; i++) {
      e[3 - i] = luma.at(x0 - 1, y0 + i);
      e[5 + i] = luma.at(x0 + i, y0 - 1);
    }
    e[4] = luma.at(x0 - 1, y0 - 1);
    for (int i = 4; i < 8; i++) {
      if (!rightmost) {
        e[5 + i] = luma.at(x0 + i, y0 - 1);
      } else if (row > 0 && column == columns - 1) {
        e[5 + i] = luma.at(16 * columns - 1, 16 * row - 1);
      } else {
        // The macroblocks to the right are not there yet: the row above this one serves all.
        e[5 + i] = luma.at(x0 + i, 16 * row - 1);
      }
    }
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        luma.set(x0 + x, y0 + y, small(mode, e, x, y));
      }
    }
  }

  private static int small(int mode, int[] e, int x, int y) {
    switch (mode) {
      case DC -> {
        int sum = 4;
        for (int i = 0; i < 4; i++) {
          sum += e[i] + e[5 + i];
        }
        return sum >> 3;
      }
      case TM -> {
        return e[3 - y] + e[5 + x] - e[4];
      }
      case VE -> {
        return smooth(e, 5 + x);
      }
      case HE -> {
        return y == 3 ? (e[1] + 3 * e[0] + 2) >> 2 : smooth(e, 3 - y);
      }
      case LD -> {
        return x + y == 6 ? (e[11] + 3 * e[12] + 2) >> 2 : smooth(e, 6 + x + y);
      }
      case RD -> {
        return smooth(e, 4 + x - y);
      }
      case VR -> {
        int d = 2 * x - y;
        if (d < 0) {
          return smooth(e, d == -1 ? 4 : 5 - y);
        }
        return d % 2 == 0 ? mean(e, 4 + d / 2) : smooth(e, 4 + (d + 1) / 2);
      }
      case VL -> {
        if (x == 3 && y >= 2) {
          return smooth(e, y == 2 ? 10 : 11);
        }
        int d = x + y / 2;
        return y % 2 == 0 ? mean(e, 5 + d) : smooth(e, 6 + d);
      }
      case HD -> {
        int d = 2 * y - x;
        if (d < 0) {
          return smooth(e, d == -1 ? 4 : 3 + x);
        }
        return d % 2 == 0 ? mean(e, 3 - d / 2) : smooth(e, 4 - (d + 1) / 2);
      }
      default -> {
        int d = x + 2 * y;
        if (d >= 6) {
          return e[0];
        }
        if (d == 5) {
          return (e[1] + 3 * e[0] + 2) >> 2;
        }
        return d % 2 == 0 ? mean(e, 2 - d / 2) : smooth(e, 2 - d / 2);
      }
    }
  }

  private static int smooth(int[] e, int i) {
    return (e[i - 1] + 2 * e[i] + e[i + 1] + 2) >> 2;
  }

  private static int mean(int[] e, int i) {
    return (e[i] + e[i + 1] + 1) >> 1;
  }

  /** The inverse cosine transform, added to the prediction (14.4). */
  private void addResidual(Plane plane, int x, int y, int from) {
    int[] c = coefficients;
    int any = 0;
    for (int i = 0; i < 16; i++) {
      any |= c[from + i];
    }
    if (any == 0) {
      return;
    }
    int[] t = new int[16];
    for (int i = 0; i < 4; i++) {
      int a = c[from + i] + c[from + 8 + i];
      int b = c[from + i] - c[from + 8 + i];
      int d = sine(c[from + 4 + i]) - cosine(c[from + 12 + i]);
      int e = cosine(c[from + 4 + i]) + sine(c[from + 12 + i]);
      t[4 * i] = a + e;
      t[4 * i + 1] = b + d;
      t[4 * i + 2] = b - d;
      t[4 * i + 3] = a - e;
    }
    for (int i = 0; i < 4; i++) {
      int dc = t[i] + 4;
      int a = dc + t[8 + i];
      int b = dc - t[8 + i];
      int d = sine(t[4 + i]) - cosine(t[12 + i]);
      int e = cosine(t[4 + i]) + sine(t[12 + i]);
      plane.set(x, y + i, plane.at(x, y + i) + ((a + e) >> 3));
      plane.set(x + 1, y + i, plane.at(x + 1, y + i) + ((b + d) >> 3));
      plane.set(x + 2, y + i, plane.at(x + 2, y + i) + ((b - d) >> 3));
      plane.set(x + 3, y + i, plane.at(x + 3, y + i) + ((a - e) >> 3));
    }
  }

  private static int cosine(int v) {
    return ((v * 20091) >> 16) + v;
  }

  private static int sine(int v) {
    return (v * 35468) >> 16;
  }

  private int filterOf(int segment, boolean small) {
    int level = filterLevel;
    if (segmented) {
      level = segmentFilter[segment] + (absolute ? 0 : filterLevel);
    }
    return index(level + intraDelta + (small ? smallBlockDelta : 0), 63);
  }

  /** The loop filter (15), over the whole picture, as prediction must not see it. */
  private void filter() {
    if (filterLevel == 0) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int strength = filters[row * columns + column];
        int level = strength >> 1;
        if (level == 0) {
          continue;
        }
        int interior = level;
        if (sharpness > 0) {
          interior = Math.min(interior >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
        }
        interior = Math.max(1, interior);
        int highVariance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
        int limit = 2 * level + interior;
        boolean inner = (strength & 1) == 1;
        filterEdges(luma, 16, column, row, limit, interior, highVariance, inner);
        if (!simpleFilter) {
          filterEdges(chroma[0], 8, column, row, limit, interior, highVariance, inner);
          filterEdges(chroma[1], 8, column, row, limit, interior, highVariance, inner);
        }
      }
    }
  }

  private void filterEdges(
      Plane plane,
      int size,
      int column,
      int row,
      int limit,
      int interior,
      int highVariance,
      boolean inner) {
    int at = row * size * plane.stride + column * size;
    byte[] s = plane.samples;
    for (int direction = 0; direction < 2; direction++) {
      int across = direction == 0 ? 1 : plane.stride;
      int along = direction == 0 ? plane.stride : 1;
      boolean outer = direction == 0 ? column > 0 : row > 0;
      for (int edge = outer ? 0 : 4; edge < (inner ? size : 1); edge += 4) {
        int most = 2 * (edge == 0 ? limit + 4 : limit) + 1;
        for (int i = 0, p = at + edge * across; i < size; i++, p += along) {
          if (4 * difference(s, p - across, p) + difference(s, p - 2 * across, p + across) > most) {
            continue;
          }
          if (simpleFilter) {
            filter2(s, p, across);
          } else if (isSmooth(s, p, across, interior)) {
            if (difference(s, p - 2 * across, p - across) > highVariance
                || difference(s, p + across, p) > highVariance) {
              filter2(s, p, across);
            } else if (edge == 0) {
              filter6(s, p, across);
            } else {
              filter4(s, p, across);
            }
          }
        }
      }
    }
  }

  private static boolean isSmooth(byte[] s, int p, int d, int most) {
    return difference(s, p - 4 * d, p - 3 * d) <= most
        && difference(s, p - 3 * d, p - 2 * d) <= most
        && difference(s, p - 2 * d, p - d) <= most
        && difference(s, p + 3 * d, p + 2 * d) <= most
        && difference(s, p + 2 * d, p + d) <= most
        && difference(s, p + d, p) <= most;
  }

  private static int difference(byte[] s, int i, int j) {
    return Math.abs((s[i] & 0xff) - (s[j] & 0xff));
  }

  /** {@code s[i] - s[j]}. */
  private static int minus(byte[] s, int i, int j) {
    return (s[i] & 0xff) - (s[j] & 0xff);
  }

  private static void add(byte[] s, int i, int value) {
    s[i] = clip((s[i] & 0xff) + value);
  }

  private static void filter2(byte[] s, int p, int d) {
    int a = 3 * minus(s, p, p - d) + signedByte(minus(s, p - 2 * d, p + d));
    add(s, p - d, fiveBits((a + 3) >> 3));
    add(s, p, -fiveBits((a + 4) >> 3));
  }

  private static void filter4(byte[] s, int p, int d) {
    int a = 3 * minus(s, p, p - d);
    int a1 = fiveBits((a + 4) >> 3);
    int a2 = fiveBits((a + 3) >> 3);
    int a3 = (a1 + 1) >> 1;
    add(s, p - 2 * d, a3);
    add(s, p - d, a2);
    add(s, p, -a1);
    add(s, p + d, -a3);
  }

  private static void filter6(byte[] s, int p, int d) {
    int a = signedByte(3 * minus(s, p, p - d) + signedByte(minus(s, p - 2 * d, p + d)));
    int a1 = (27 * a + 63) >> 7;
    int a2 = (18 * a + 63) >> 7;
    int a3 = (9 * a + 63) >> 7;
    add(s, p - 3 * d, a3);
    add(s, p - 2 * d, a2);
    add(s, p - d, a1);
    add(s, p, -a1);
    add(s, p + d, -a2);
    add(s, p + 2 * d, -a3);
  }

  private static int signedByte(int value) {
    return Math.max(-128, Math.min(127, value));
  }

  private static int fiveBits(int value) {
    return Math.max(-16, Math.min(15, value));
  }

  private static byte clip(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }

  /** Chroma interpolated between its four neighbours, 9:3:3:1, as libwebp rounds it. */
  private byte[] rgb() {
    byte[] rgb = new byte[width * height * 3];
    int[] u = new int[width];
    int[] v = new int[width];
    for (int y = 0, to = 0; y < height; y++) {
      interpolate(chroma[0], y, u);
      interpolate(chroma[1], y, v);
      for (int x = 0; x < width; x++) {
        int light = ((luma.samples[y * luma.stride + x] & 0xff) * 19077) >> 8;
        rgb[to++] = clip((light + ((v[x] * 26149) >> 8) - 14234) >> 6);
        rgb[to++] = clip((light - ((u[x] * 6419) >> 8) - ((v[x] * 13320) >> 8) + 8708) >> 6);
        rgb[to++] = clip((light + ((u[x] * 33050) >> 8) - 17685) >> 6);
      }
    }
    return rgb;
  }

  private void interpolate(Plane plane, int y, int[] target) {
    int lastRow = (height + 1) / 2 - 1;
    int near = y / 2;
    int far = Math.max(0, Math.min(lastRow, y % 2 == 0 ? near - 1 : near + 1));
    int lastColumn = (width + 1) / 2 - 1;
    for (int x = 0; x < width; x++) {
      int column = x / 2;
      int other = x % 2 == 0 ? column - 1 : column + 1;
      int a = plane.at(column, near);
      int c = plane.at(column, far);
      if (other < 0 || other > lastColumn) {
        target[x] = (3 * a + c + 2) >> 2;
        continue;
      }
      int b = plane.at(other, near);
      int d = plane.at(other, far);
      target[x] = (a + ((a + b + c + d + 8 + 2 * (b + c)) >> 3)) >> 1;
    }
  }

  private static BadPhotoException truncated() {
    return BadPhotoException.truncated(
        PhotoFormat.WEBP, "the picture's data end before its last row");
  }

  private static BadPhotoException corrupt(String what) {
    return BadPhotoException.corrupt(PhotoFormat.WEBP, what);
  }
}

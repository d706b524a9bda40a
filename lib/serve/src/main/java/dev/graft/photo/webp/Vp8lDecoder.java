package dev.graft.photo.webp;

import dev.graft.photo.decode.BadPhotoException;
import dev.graft.photo.decode.PhotoFormat;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;

/**
 * The lossless picture of WebP (RFC 9649, section 3), and its alpha channel. Not TwelveMonkeys'
 * decoder: that one fails on pictures of few colours, and reads zeros behind the end of the data.
 *
 * <p>What it costs is bounded by the pixels and the bytes of the data: a pixel takes a step of
 * decoding and one in each of at most four transforms, and no bit is read that is not there.
 */
final class Vp8lDecoder {

  /** Of all code tables; libwebp's encoder writes 2,600 groups at most, of some kilobytes each. */
  private static final int MAX_TABLE_BYTES = 32 << 20;

  /** Of a table beside its entries. */
  private static final int TABLE_OVERHEAD = 48;

  private static final int OPAQUE_BLACK = 0xff000000;

  // The codes of a group, and how many symbols they have.
  private static final int GREEN = 0;
  private static final int RED = 1;
  private static final int BLUE = 2;
  private static final int ALPHA = 3;
  private static final int DISTANCE = 4;
  private static final int[] SYMBOLS = {280, 256, 256, 256, 40};

  // Symbols of the code for green from here on begin a copy, or name a colour of the cache.
  private static final int COPY = 256;
  private static final int CACHED = 280;

  private static final int MAX_CODE_BITS = 15;
  private static final int ROOT_BITS = 8;

  private static final int PREDICTOR = 0;
  private static final int CROSS_COLOR = 1;
  private static final int SUBTRACT_GREEN = 2;
  private static final int COLOR_INDEXING = 3;

  private static final byte[] CODE_LENGTH_ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  /**
   * Distances 1 to 120: rows up in the high four bits, 8 less the columns to the left in the low.
   */
  private static final byte[] NEIGHBOURS =
      HexFormat.of()
          .parseHex(
              "1807171928062729161a262a38053739151b363a252b48044749141c353b"
                  + "464a242c58454b343c035759131d565a232d444c555b333d68026769121e"
                  + "666a222e545c434d656b323e78017779535d111f646c424e767a212f757b"
                  + "313f636d525e00747c414f1020626e30737d515f40727e616f50717f6070");

  private final byte[] data;
  private final int end;
  private int at;

  /** The next bits, the first of them lowest, and zeros above them. */
  private long bits;

  private int bitCount;
  private long tableBytes;

  private Vp8lDecoder(byte[] data, int at, int end) {
    this.data = data;
    this.at = at;
    this.end = end;
  }

  /** Memory that {@link #decode} takes at most, its result included. */
  static long bytes(long width, long height, long length) {
    long parts = width * height / 2; // transforms and groups have a value for 16 pixels at most
    return 4 * width * height + parts + Math.min(MAX_TABLE_BYTES, 2048 * length);
  }

  /**
   * The pixels {@code [height, width]} as ARGB, colours not multiplied by alpha.
   *
   * @param at where the picture's data begin, behind its size
   * @param end where they end
   */
  static int[] decode(byte[] data, int at, int end, int width, int height)
      throws BadPhotoException {
    Vp8lDecoder decoder = new Vp8lDecoder(data, at, end);
    Deque<Transform> transforms = new ArrayDeque<>();
    int coded = width; // pixels across: several share one where colours are few
    int seen = 0;
    while (decoder.read(1) == 1) {
      int type = decoder.read(2);
      if ((seen & (1 << type)) != 0) {
        throw corrupt("a transform comes twice");
      }
      seen |= 1 << type;
      Transform transform = decoder.readTransform(type, coded, height);
      transforms.push(transform);
      if (type == COLOR_INDEXING) {
        coded = blocks(coded, transform.bits);
      }
    }
    int[] pixels = new int[width * height];
    decoder.readPixels(pixels, coded, height, true);
    for (Transform transform : transforms) {
      transform.undo(pixels, height);
    }
    return pixels;
  }

  private static int blocks(int size, int bits) {
    return (size + (1 << bits) - 1) >> bits;
  }

  /**
   * What the encoder did to the picture.
   *
   * @param width of the picture, in pixels, before it was done
   * @param bits the logarithm of a block's width; of indexed colours: of the pixels in one
   * @param data a value for each block; of indexed colours: the palette
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Transform(int type, int width, int bits, int[] data) {

    void undo(int[] pixels, int height) {
      switch (type) {
        case PREDICTOR -> addPredictions(pixels, height);
        case CROSS_COLOR -> addCrossColors(pixels, height);
        case SUBTRACT_GREEN -> addGreen(pixels, width * height);
        default -> lookUp(pixels, height);
      }
    }

    private void addPredictions(int[] pixels, int height) {
      int across = blocks(width, bits);
      pixels[0] = add(pixels[0], OPAQUE_BLACK);
      for (int i = 1; i < width; i++) {
        pixels[i] = add(pixels[i], pixels[i - 1]);
      }
      for (int y = 1, i = width; y < height; y++) {
        pixels[i] = add(pixels[i], pixels[i - width]);
        i++;
        for (int x = 1; x < width; x++, i++) {
          int mode = (data[(y >> bits) * across + (x >> bits)] >> 8) & 15;
          pixels[i] = add(pixels[i], prediction(mode, pixels, i));
        }
      }
    }

    /** To the right of the last column stands the row's own first pixel, as it lies in memory. */
    private int prediction(int mode, int[] pixels, int i) {
      int left = pixels[i - 1];
      int top = pixels[i - width];
      int topLeft = pixels[i - width - 1];
      int topRight = pixels[i - width + 1];
      return switch (mode) {
        case 1 -> left;
        case 2 -> top;
        case 3 -> topRight;
        case 4 -> topLeft;
        case 5 -> mean(mean(left, topRight), top);
        case 6 -> mean(left, topLeft);
        case 7 -> mean(left, top);
        case 8 -> mean(topLeft, top);
        case 9 -> mean(top, topRight);
        case 10 -> mean(mean(left, topLeft), mean(top, topRight));
        case 11 -> nearer(left, top, topLeft);
        case 12 -> gradient(left, top, topLeft);
        case 13 -> halfGradient(mean(left, top), topLeft);
        default -> OPAQUE_BLACK;
      };
    }

    private void addCrossColors(int[] pixels, int height) {
      int across = blocks(width, bits);
      for (int y = 0, i = 0; y < height; y++) {
        for (int x = 0; x < width; x++, i++) {
          int factors = data[(y >> bits) * across + (x >> bits)];
          int pixel = pixels[i];
          int green = pixel >> 8;
          int red = ((pixel >> 16) + product(factors, green)) & 255;
          int blue = (pixel + product(factors >> 8, green) + product(factors >> 16, red)) & 255;
          pixels[i] = (pixel & 0xff00ff00) | (red << 16) | blue;
        }
      }
    }

    /** Of the low bytes, signed, in 32nds. */
    private static int product(int factor, int color) {
      return ((byte) factor * (byte) color) >> 5;
    }

    private static void addGreen(int[] pixels, int n) {
      for (int i = 0; i < n; i++) {
        int green = (pixels[i] >> 8) & 255;
        pixels[i] = add(pixels[i], (green << 16) | green);
      }
    }

    /** In place, from the end: no pixel lies before the one that holds its index. */
    private void lookUp(int[] pixels, int height) {
      int across = blocks(width, bits);
      int indexBits = 8 >> bits;
      int mask = (1 << indexBits) - 1;
      for (int y = height - 1; y >= 0; y--) {
        for (int block = across - 1; block >= 0; block--) {
          int packed = (pixels[y * across + block] >> 8) & 255;
          int first = block << bits;
          for (int x = Math.min(width, first + (1 << bits)) - 1; x >= first; x--) {
            int index = (packed >> ((x - first) * indexBits)) & mask;
            pixels[y * width + x] = index < data.length ? data[index] : 0;
          }
        }
      }
    }
  }

  private Transform readTransform(int type, int width, int height) throws BadPhotoException {
    return switch (type) {
      case PREDICTOR, CROSS_COLOR -> {
        int sizeBits = read(3) + 2;
        int across = blocks(width, sizeBits);
        int down = blocks(height, sizeBits);
        int[] values = new int[across * down];
        readPixels(values, across, down, false);
        yield new Transform(type, width, sizeBits, values);
      }
      case SUBTRACT_GREEN -> new Transform(type, width, 0, null);
      default -> {
        int colors = read(8) + 1;
        int[] palette = new int[colors];
        readPixels(palette, colors, 1, false);
        for (int i = 1; i < colors; i++) {
          palette[i] = add(palette[i], palette[i - 1]);
        }
        int shared = colors > 16 ? 0 : colors > 4 ? 1 : colors > 2 ? 2 : 3;
        yield new Transform(type, width, shared, palette);
      }
    };
  }

  /**
   * Reads a picture without its transforms.
   *
   * @param pixels takes {@code width * height} of them
   * @param whole whether parts of it may have codes of their own
   */
  private void readPixels(int[] pixels, int width, int height, boolean whole)
      throws BadPhotoException {
    int cacheBits = read(1) == 1 ? read(4) : 0;
    if (cacheBits > 11) {
      throw corrupt("a cache of 2^%d colours".formatted(cacheBits));
    }
    int[] cache = new int[1 << cacheBits];
    int blockBits = 0;
    int across = 0;
    int[] groups = null;
    int groupCount = 1;
    if (whole && read(1) == 1) {
      blockBits = read(3) + 2;
      across = blocks(width, blockBits);
      groups = new int[across * blocks(height, blockBits)];
      readPixels(groups, across, blocks(height, blockBits), false);
      for (int i = 0; i < groups.length; i++) {
        groups[i] = (groups[i] >> 8) & 0xffff;
        groupCount = Math.max(groupCount, groups[i] + 1);
      }
    }
    Code[] codes = new Code[groupCount * SYMBOLS.length];
    for (int i = 0; i < codes.length; i++) {
      int kind = i % SYMBOLS.length;
      boolean cached = kind == GREEN && cacheBits > 0;
      codes[i] = readCode(SYMBOLS[kind] + (cached ? 1 << cacheBits : 0));
    }

    int n = width * height;
    int mask = (1 << blockBits) - 1;
    int group = 0;
    boolean entered = true; // into another block
    for (int i = 0, x = 0, y = 0; i < n; ) {
      if (groups != null && (entered || (x & mask) == 0)) {
        group = SYMBOLS.length * groups[(y >> blockBits) * across + (x >> blockBits)];
        entered = false;
      }
      int symbol = read(codes[group + GREEN]);
      int length = 1;
      if (symbol < COPY) {
        int red = read(codes[group + RED]);
        int blue = read(codes[group + BLUE]);
        int opacity = read(codes[group + ALPHA]);
        pixels[i] = (opacity << 24) | (red << 16) | (symbol << 8) | blue;
      } else if (symbol < CACHED) {
        length = readNumber(symbol - COPY);
        int distance = distance(readNumber(read(codes[group + DISTANCE])), width);
        if (distance > i || length > n - i) {
          throw corrupt("a copy from or to outside the picture");
        }
        for (int k = i; k < i + length; k++) {
          pixels[k] = pixels[k - distance];
        }
        entered = true;
      } else {
        pixels[i] = cache[symbol - CACHED];
      }
      if (cacheBits > 0) {
        for (int k = i; k < i + length; k++) {
          cache[(pixels[k] * 0x1e35a7bd) >>> (32 - cacheBits)] = pixels[k];
        }
      }
      i += length;
      x += length;
      for (; x >= width; x -= width) {
        y++;
      }
    }
  }

  private static int distance(int number, int width) {
    if (number > NEIGHBOURS.length) {
      return number - NEIGHBOURS.length;
    }
    int place = NEIGHBOURS[number - 1];
    return Math.max(1, (place >> 4) * width + 8 - (place & 15));
  }

  /** A length or distance: its size by the symbol, the rest by bits that follow. */
  private int readNumber(int symbol) throws BadPhotoException {
    if (symbol < 4) {
      return symbol + 1;
    }
    int extra = (symbol - 2) >> 1;
    return ((2 + (symbol & 1)) << extra) + read(extra) + 1;
  }

  /**
   * A prefix code as a table. An entry has its symbol in the high 12 bits and the code's length in
   * the low 4; a length above {@code rootBits} leads on: the symbol is where a second table begins,
   * for as many bits more.
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Code(int rootBits, char[] table) {}

  private Code readCode(int symbols) throws BadPhotoException {
    byte[] lengths = new byte[symbols];
    if (read(1) == 1) {
      int count = read(1) + 1;
      int firstBits = read(1) == 0 ? 1 : 8;
      for (int i = 0; i < count; i++) {
        int symbol = read(i == 0 ? firstBits : 8);
        if (symbol >= symbols) {
          throw corrupt("a code for no symbol");
        }
        lengths[symbol] = 1;
      }
    } else {
      readLengths(lengths);
    }
    return code(lengths);
  }

  private void readLengths(byte[] lengths) throws BadPhotoException {
    byte[] own = new byte[CODE_LENGTH_ORDER.length];
    int count = read(4) + 4;
    for (int i = 0; i < count; i++) {
      own[CODE_LENGTH_ORDER[i]] = (byte) read(3);
    }
    Code code = code(own);
    int most = read(1) == 1 ? 2 + read(2 + 2 * read(3)) : lengths.length;
    if (most > lengths.length) {
      throw corrupt("a code of too many symbols");
    }
    byte previous = 8;
    for (int symbol = 0; symbol < lengths.length && most > 0; most--) {
      int length = read(code);
      if (length <= MAX_CODE_BITS) {
        lengths[symbol++] = (byte) length;
        previous = length == 0 ? previous : (byte) length;
        continue;
      }
      int repeat =
          switch (length) {
            case 16 -> 3 + read(2);
            case 17 -> 3 + read(3);
            default -> 11 + read(7);
          };
      if (repeat > lengths.length - symbol) {
        throw corrupt("a code of too many symbols");
      }
      Arrays.fill(lengths, symbol, symbol + repeat, length == 16 ? previous : 0);
      symbol += repeat;
    }
  }

  /** The code whose symbols have these lengths, shorter ones and then smaller symbols first. */
  private Code code(byte[] lengths) throws BadPhotoException {
    int[] counts = new int[MAX_CODE_BITS + 1];
    int symbols = 0;
    int only = 0;
    int longest = 0;
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        counts[lengths[symbol]]++;
        symbols++;
        only = symbol;
        longest = Math.max(longest, lengths[symbol]);
      }
    }
    if (symbols == 1) {
      return counted(new Code(0, new char[] {(char) (only << 4)})); // takes no bit
    }
    int[] next = new int[MAX_CODE_BITS + 1];
    int free = 1;
    for (int length = 1, code = 0; length <= longest; length++) {
      next[length] = code;
      code = (code + counts[length]) << 1;
      free = (free << 1) - counts[length];
      if (free < 0) {
        break;
      }
    }
    if (free != 0) {
      throw corrupt("an incomplete code");
    }
    // The bits of a code stand in the data from the first, highest one on.
    int[] reversed = new int[lengths.length];
    int rootBits = Math.min(ROOT_BITS, longest);
    int root = 1 << rootBits;
    int[] seconds = new int[root]; // the longest code that begins with these bits
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      int length = lengths[symbol];
      if (length > 0) {
        reversed[symbol] = Integer.reverse(next[length]++) >>> (32 - length);
        int first = reversed[symbol] & (root - 1);
        seconds[first] = Math.max(seconds[first], length);
      }
    }
    int size = root;
    int[] starts = new int[root];
    for (int first = 0; first < root; first++) {
      if (seconds[first] > rootBits) {
        starts[first] = size;
        size += 1 << (seconds[first] - rootBits);
      }
    }
    Code code = counted(new Code(rootBits, new char[size]));
    for (int first = 0; first < root; first++) {
      if (seconds[first] > rootBits) {
        code.table[first] = (char) ((starts[first] << 4) | seconds[first]);
      }
    }
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      int length = lengths[symbol];
      if (length == 0) {
        continue;
      }
      boolean second = length > rootBits;
      int first = reversed[symbol] & (root - 1);
      int start = second ? starts[first] : 0;
      int stop = second ? start + (1 << (seconds[first] - rootBits)) : root;
      int own = second ? reversed[symbol] >> rootBits : reversed[symbol];
      int step = 1 << (second ? length - rootBits : length);
      for (int i = start + own; i < stop; i += step) {
        code.table[i] = (char) ((symbol << 4) | length);
      }
    }
    return code;
  }

  private Code counted(Code code) throws BadPhotoException {
    tableBytes += TABLE_OVERHEAD + 2L * code.table.length;
    if (tableBytes > MAX_TABLE_BYTES) {
      throw BadPhotoException.unsupported(
          "lossless WebP with more than %d MB of codes".formatted(MAX_TABLE_BYTES >> 20));
    }
    return code;
  }

  private int read(Code code) throws BadPhotoException {
    fill();
    int entry = code.table[(int) bits & ((1 << code.rootBits) - 1)];
    int length = entry & 15;
    if (length > code.rootBits) {
      int second = (int) (bits >>> code.rootBits) & ((1 << (length - code.rootBits)) - 1);
      entry = code.table[(entry >> 4) + second];
      length = entry & 15;
    }
    skip(length);
    return entry >> 4;
  }

  private int read(int count) throws BadPhotoException {
    fill();
    int value = (int) bits & ((1 << count) - 1);
    skip(count);
    return value;
  }

  /** At least 18 bits, the most that are read at once, unless the data end before. */
  private void fill() {
    while (bitCount < 18 && at < end) {
      bits |= (data[at++] & 0xffL) << bitCount;
      bitCount += 8;
    }
  }

  private void skip(int count) throws BadPhotoException {
    if (count > bitCount) {
      throw BadPhotoException.truncated(
          PhotoFormat.WEBP, "the lossless data end before the last pixel");
    }
    bits >>>= count;
    bitCount -= count;
  }

  /** Of each channel, without what runs over. */
  private static int add(int a, int b) {
    int alphaGreen = ((a & 0xff00ff00) + (b & 0xff00ff00)) & 0xff00ff00;
    int redBlue = ((a & 0x00ff00ff) + (b & 0x00ff00ff)) & 0x00ff00ff;
    return alphaGreen | redBlue;
  }

  private static int mean(int a, int b) {
    return (((a ^ b) & 0xfefefefe) >>> 1) + (a & b);
  }

  private static int nearer(int left, int top, int topLeft) {
    int toLeft = 0;
    int toTop = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int corner = (topLeft >> shift) & 255;
      toLeft += Math.abs(((top >> shift) & 255) - corner);
      toTop += Math.abs(((left >> shift) & 255) - corner);
    }
    return toLeft < toTop ? left : top;
  }

  private static int gradient(int left, int top, int topLeft) {
    int result = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int value = ((left >> shift) & 255) + ((top >> shift) & 255) - ((topLeft >> shift) & 255);
      result |= Math.max(0, Math.min(255, value)) << shift;
    }
    return result;
  }

  private static int halfGradient(int mean, int topLeft) {
    int result = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int value = (mean >> shift) & 255;
      value += (value - ((topLeft >> shift) & 255)) / 2;
      result |= Math.max(0, Math.min(255, value)) << shift;
    }
    return result;
  }

  private static BadPhotoException corrupt(String what) {
    return BadPhotoException.corrupt(PhotoFormat.WEBP, what);
  }
}

package dev.graft.photo.decode;

import dev.graft.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG (W3C, third edition). Not the JDK's reader: that one ignores checksums, treats transparency
 * differently from version to version, and holds 16-bit and one-bit photos whole before they can be
 * converted. Here each row becomes 8 bits a sample as it is inflated. 16-bit samples keep their
 * high byte, as in Pillow.
 */
public final class PngDecoder {

  /** Of a chunk. Others are never shown: they could have line breaks and escape characters. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z]{4}");

  private static final int GRAY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GRAY_ALPHA = 4;
  private static final int RGB_ALPHA = 6;

  /** The most that deflate can shrink anything, 258 bytes to 2 bits. */
  private static final int MAX_RATIO = 1032;

  /** Beyond any encoder's habit: they write some kilobytes at a time. */
  private static final int MAX_PIECES = 1 << 20;

  /** Adam7: first column, first row, column step, row step of each pass. */
  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private static final int[][] WHOLE = {{0, 0, 1, 1}};

  private final byte[] file;

  private int width;
  private int height;
  private int depth;
  private int color;
  private boolean interlaced;
  private byte[] palette;
  private byte[] transparency;
  private int orientation = Exif.UPRIGHT;
  private boolean exifSeen;

  /** Offset and length of each piece of the compressed picture. */
  private final List<int[]> data = new ArrayList<>();

  private int bands;
  private byte[] samples;

  private PngDecoder(byte[] file) {
    this.file = file;
  }

  public static DecodedPhoto decode(byte[] file, Limits limits) throws BadPhotoException {
    PngDecoder decoder = new PngDecoder(file);
    decoder.readChunks(limits);
    decoder.readImage();
    return new DecodedPhoto(
        decoder.width, decoder.height, decoder.bands, decoder.samples, decoder.orientation);
  }

  private void readChunks(Limits limits) throws BadPhotoException {
    int at = 8;
    CRC32 crc = new CRC32();
    for (boolean first = true; ; first = false) {
      if (at + 12 > file.length) {
        throw truncated("expected the IEND chunk");
      }
      long length = Bytes.uint32be(file, at);
      if (length > file.length - at - 12) {
        throw truncated("a chunk of %d bytes goes beyond the file".formatted(length));
      }
      String type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
      if (!NAME.matcher(type).matches()) {
        throw corrupt("no chunk where one must begin");
      }
      int body = at + 8;
      int n = (int) length;
      crc.reset();
      crc.update(file, at + 4, n + 4);
      boolean intact = crc.getValue() == Bytes.uint32be(file, body + n);
      boolean ancillary = Character.isLowerCase(type.charAt(0)) && !type.equals("tRNS");
      if (first && type.equals("CgBI")) {
        throw BadPhotoException.unsupported("PNG as Xcode packs it for iPhones (CgBI)");
      }
      if (first != type.equals("IHDR")) {
        throw corrupt(first ? "expected IHDR as the first chunk" : "two IHDR chunks");
      }
      if (!intact && !ancillary) {
        throw corrupt("checksum of chunk %s is wrong".formatted(type));
      }
      switch (type) {
        case "IHDR" -> readHeader(body, n, limits);
        case "PLTE" -> palette = Arrays.copyOfRange(file, body, body + n);
        case "tRNS" -> transparency = Arrays.copyOfRange(file, body, body + n);
        case "eXIf" -> {
          if (intact) {
            orientation = Exif.orientation(file, body, body + n); // before any profile
            exifSeen = true;
          }
        }
        case "tEXt", "zTXt" -> {
          if (intact && !exifSeen && RawProfile.isAt(file, body)) {
            orientation = RawProfile.orientation(file, body, n);
            exifSeen = true;
          }
        }
        case "IDAT" -> {
          if (data.size() == MAX_PIECES) {
            throw corrupt("more than %d IDAT chunks".formatted(MAX_PIECES));
          }
          data.add(new int[] {body, n});
        }
        case "IEND" -> {
          check(limits);
          return;
        }
        default -> {
          if (!ancillary) {
            throw BadPhotoException.unsupported("PNG with a chunk " + type);
          }
        }
      }
      at = body + n + 4;
    }
  }

  private void readHeader(int at, int length, Limits limits) throws BadPhotoException {
    if (length != 13) {
      throw corrupt("IHDR of %d bytes".formatted(length));
    }
    long w = Bytes.uint32be(file, at);
    long h = Bytes.uint32be(file, at + 4);
    limits.checkSize(PhotoFormat.PNG, w, h);
    width = (int) w;
    height = (int) h;
    depth = file[at + 8];
    color = file[at + 9];
    interlaced = file[at + 12] == 1;
    boolean valid =
        switch (color) {
          case GRAY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
          case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
          case RGB, GRAY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
          default -> false;
        };
    if (!valid) {
      throw corrupt("bad IHDR: colour type %d with %d bits".formatted(color, depth));
    }
    if (file[at + 10] != 0 || file[at + 11] != 0 || (file[at + 12] & ~1) != 0) {
      throw BadPhotoException.unsupported(
          "PNG of compression %d, filter %d, interlacing %d"
              .formatted(file[at + 10], file[at + 11], file[at + 12]));
    }
    bands = color == GRAY || color == GRAY_ALPHA ? 1 : 3;
  }

  private void check(Limits limits) throws BadPhotoException {
    if (data.isEmpty()) {
      throw corrupt("no image data");
    }
    if (color == PALETTE && (palette == null || palette.length < 3 || palette.length % 3 != 0)) {
      throw corrupt("no palette");
    }
    if (transparency != null && color < PALETTE && transparency.length < (color == RGB ? 6 : 2)) {
      throw corrupt("bad transparency");
    }
    long compressed = data.stream().mapToLong(d -> d[1]).sum();
    long rowBytes = rowBytes(width);
    if (rowBytes * height / MAX_RATIO > compressed) {
      throw truncated(
          "%d bytes of data for the %d x %d pixels that its header claims"
              .formatted(compressed, width, height));
    }
    limits.check(PhotoFormat.PNG, width, height, (long) width * height * bands + 2 * rowBytes);
  }

  private int channels() {
    return switch (color) {
      case RGB -> 3;
      case GRAY_ALPHA -> 2;
      case RGB_ALPHA -> 4;
      default -> 1;
    };
  }

  private long rowBytes(int pixels) {
    return ((long) pixels * channels() * depth + 7) / 8;
  }

  private void readImage() throws BadPhotoException {
    samples = new byte[width * height * bands];
    Inflater inflater = new Inflater();
    try {
      Rows rows = new Rows(inflater);
      for (int[] pass : interlaced ? ADAM7 : WHOLE) {
        int across = (width - pass[0] + pass[2] - 1) / pass[2];
        int down = (height - pass[1] + pass[3] - 1) / pass[3];
        if (across <= 0 || down <= 0) {
          continue;
        }
        rows.startPass((int) rowBytes(across));
        for (int y = 0; y < down; y++) {
          byte[] row = rows.next();
          convert(row, across, ((pass[1] + y * pass[3]) * width + pass[0]) * bands, pass[2]);
        }
      }
      rows.checkEnd();
    } catch (DataFormatException e) {
      throw new BadPhotoException(
          ErrorCode.UNREADABLE_PHOTO, corrupt("bad compressed data").getMessage(), e);
    } finally {
      inflater.end();
    }
  }

  /** The inflated, unfiltered rows; a row begins at index 1, behind its filter's number. */
  private final class Rows {

    private final Inflater inflater;
    private final int pixelBytes = Math.max(1, channels() * depth / 8);
    private byte[] row = {};
    private byte[] above = {};
    private int piece;

    Rows(Inflater inflater) {
      this.inflater = inflater;
    }

    void startPass(int bytes) {
      row = new byte[bytes + 1];
      above = new byte[bytes + 1];
    }

    byte[] next() throws BadPhotoException, DataFormatException {
      byte[] done = row;
      row = above;
      above = done;
      int filled = 0;
      while (filled < row.length) {
        int n = inflater.inflate(row, filled, row.length - filled);
        filled += n;
        if (n > 0) {
          continue;
        }
        if (inflater.finished() || inflater.needsDictionary() || !feed()) {
          throw truncated("the image data ends before the last row");
        }
      }
      unfilter();
      return row;
    }

    /** Inflates to the checksum, if it is there: more rows than the header says do no harm. */
    void checkEnd() throws DataFormatException {
      byte[] rest = new byte[1];
      while (!inflater.finished() && inflater.inflate(rest) == 0) {
        if (inflater.needsDictionary() || !feed()) {
          return;
        }
      }
    }

    private boolean feed() {
      if (!inflater.needsInput() || piece == data.size()) {
        return false;
      }
      int[] next = data.get(piece++);
      inflater.setInput(file, next[0], next[1]);
      return true;
    }

    private void unfilter() throws BadPhotoException {
      int n = row.length;
      int bpp = pixelBytes;
      switch (row[0]) {
        case 0 -> {}
        case 1 -> {
          for (int i = 1 + bpp; i < n; i++) {
            row[i] += row[i - bpp];
          }
        }
        case 2 -> {
          for (int i = 1; i < n; i++) {
            row[i] += above[i];
          }
        }
        case 3 -> {
          for (int i = 1; i < n; i++) {
            int left = i > bpp ? row[i - bpp] & 0xff : 0;
            row[i] += (byte) ((left + (above[i] & 0xff)) >> 1);
          }
        }
        case 4 -> {
          for (int i = 1; i < n; i++) {
            int left = i > bpp ? row[i - bpp] & 0xff : 0;
            int corner = i > bpp ? above[i - bpp] & 0xff : 0;
            row[i] += (byte) paeth(left, above[i] & 0xff, corner);
          }
        }
        default -> throw corrupt("unknown row filter %d".formatted(row[0]));
      }
    }

    private static int paeth(int left, int up, int corner) {
      int toLeft = Math.abs(up - corner);
      int toUp = Math.abs(left - corner);
      int toCorner = Math.abs(left + up - 2 * corner);
      if (toLeft <= toUp && toLeft <= toCorner) {
        return left;
      }
      return toUp <= toCorner ? up : corner;
    }
  }

  /**
   * @param row packed samples, from index 1 on
   * @param at where the first pixel goes in {@link #samples}
   * @param step pixels between one pixel's place and the next
   */
  private void convert(byte[] row, int pixels, int at, int step) {
    int bytes = depth / 8;
    int stride = step * bands;
    if (step == 1 && depth == 8 && transparency == null && (color == GRAY || color == RGB)) {
      System.arraycopy(row, 1, samples, at, pixels * bands);
      return;
    }
    for (int x = 0; x < pixels; x++, at += stride) {
      int p = 1 + x * channels() * bytes;
      switch (color) {
        case GRAY -> {
          int value = depth < 8 ? packed(row, x) : row[p] & 0xff;
          boolean clear = transparency != null && isKey(depth < 8 ? value : sample(row, p), 0);
          int most = depth < 8 ? (1 << depth) - 1 : 255;
          samples[at] = clear ? (byte) 255 : (byte) (value * 255 / most);
        }
        case RGB -> {
          boolean clear =
              transparency != null
                  && isKey(sample(row, p), 0)
                  && isKey(sample(row, p + bytes), 1)
                  && isKey(sample(row, p + 2 * bytes), 2);
          samples[at] = clear ? (byte) 255 : row[p];
          samples[at + 1] = clear ? (byte) 255 : row[p + bytes];
          samples[at + 2] = clear ? (byte) 255 : row[p + 2 * bytes];
        }
        case PALETTE -> {
          int index = packed(row, x);
          int alpha =
              transparency != null && index < transparency.length
                  ? transparency[index] & 0xff
                  : 255;
          for (int b = 0; b < 3; b++) {
            // An index beyond the palette is black, as in libpng.
            int value = 3 * index + b < palette.length ? palette[3 * index + b] & 0xff : 0;
            samples[at + b] = Alpha.onWhite(value, alpha);
          }
        }
        case GRAY_ALPHA -> samples[at] = Alpha.onWhite(row[p] & 0xff, row[p + bytes] & 0xff);
        default -> {
          int alpha = row[p + 3 * bytes] & 0xff;
          samples[at] = Alpha.onWhite(row[p] & 0xff, alpha);
          samples[at + 1] = Alpha.onWhite(row[p + bytes] & 0xff, alpha);
          samples[at + 2] = Alpha.onWhite(row[p + 2 * bytes] & 0xff, alpha);
        }
      }
    }
  }

  /** Sample {@code x} of a row with 1, 2, 4 or 8 bits a pixel. */
  private int packed(byte[] row, int x) {
    int bit = x * depth;
    return (row[1 + (bit >> 3)] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  }

  private int sample(byte[] row, int p) {
    return depth == 16 ? Bytes.uint16be(row, p) : row[p] & 0xff;
  }

  private boolean isKey(int value, int channel) {
    return Bytes.uint16be(transparency, 2 * channel) == value;
  }

  private static BadPhotoException truncated(String missing) {
    return BadPhotoException.truncated(PhotoFormat.PNG, missing);
  }

  private static BadPhotoException corrupt(String what) {
    return BadPhotoException.corrupt(PhotoFormat.PNG, what);
  }
}

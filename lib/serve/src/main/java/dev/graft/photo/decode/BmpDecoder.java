package dev.graft.photo.decode;

import java.util.Arrays;
import java.util.Set;

/**
 * Windows and OS/2 bitmaps. Not the JDK's reader: that one hands bitmaps with a JPEG or PNG inside
 * to any plug-in, past all limits, and sets arrays up by what the header claims.
 */
public final class BmpDecoder {

  /** The sizes that its versions have; 64 is that of OS/2. */
  private static final Set<Integer> HEADERS = Set.of(12, 40, 52, 56, 64, 108, 124);

  private static final int NONE = 0;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BITFIELDS = 3;
  private static final int ALPHA_BITFIELDS = 6;

  private static final String EARLY_END = "the runs end before the last pixel";

  private final byte[] file;
  private int width;
  private int height;
  private boolean topDown;
  private int bits;
  private int pixelsAt;
  private int paletteAt;
  private int paletteEntry;
  private int paletteSize;
  private byte[] rgb;

  private BmpDecoder(byte[] file) {
    this.file = file;
  }

  public static DecodedPhoto decode(byte[] file, Limits limits) throws BadPhotoException {
    return new BmpDecoder(file).decode(limits);
  }

  private DecodedPhoto decode(Limits limits) throws BadPhotoException {
    int header = Bytes.int32le(file, 14);
    boolean core = header == 12;
    if (!HEADERS.contains(header)) {
      throw BadPhotoException.unsupported("BMP with a header of %d bytes".formatted(header));
    }
    if (file.length < 14 + header) {
      throw truncated("the file ends inside its header");
    }
    long w = core ? Bytes.uint16le(file, 18) : Bytes.int32le(file, 18);
    long h = core ? Bytes.uint16le(file, 20) : Bytes.int32le(file, 22);
    topDown = h < 0;
    limits.checkSize(PhotoFormat.BMP, w, Math.abs(h));
    width = (int) w;
    height = (int) Math.abs(h);
    bits = Bytes.uint16le(file, core ? 24 : 28);
    int compression = core ? NONE : Bytes.int32le(file, 30);
    int expectedBits =
        switch (compression) {
          case NONE -> bits;
          case RLE8 -> 8;
          case RLE4 -> 4;
          case BITFIELDS, ALPHA_BITFIELDS -> bits == 32 ? 32 : 16;
          default -> throw BadPhotoException.unsupported("BMP with compression " + compression);
        };
    if (bits != expectedBits || !Set.of(1, 4, 8, 16, 24, 32).contains(bits)) {
      throw corrupt("%d bits a pixel with compression %d".formatted(bits, compression));
    }
    pixelsAt = Bytes.int32le(file, 10);
    paletteAt = 14 + header;
    paletteEntry = core ? 3 : 4;
    if (bits <= 8) {
      int colors = core ? 0 : Bytes.int32le(file, 46);
      int most = 1 << bits;
      paletteSize = colors > 0 && colors < most ? colors : most;
      int paletteEnd = pixelsAt > paletteAt ? Math.min(pixelsAt, file.length) : file.length;
      paletteSize = Math.min(paletteSize, (paletteEnd - paletteAt) / paletteEntry);
    }
    if (pixelsAt < paletteAt || pixelsAt >= file.length) {
      throw truncated("its pixels begin at byte %d".formatted(pixelsAt & 0xffffffffL));
    }
    boolean runs = compression == RLE4 || compression == RLE8;
    // The fastest way down is a jump of 255 rows, in four bytes.
    if (runs && (file.length - pixelsAt) / 4 * 255L + 255 < height) {
      throw truncated(
          "%d bytes of data for the %d rows that its header claims"
              .formatted(file.length - pixelsAt, height));
    }
    checkRows(runs);
    limits.check(PhotoFormat.BMP, width, height, 3L * width * height);
    if (runs) {
      rgb = new byte[3 * width * height];
      readRuns();
    } else {
      readRows(compression, header);
    }
    return new DecodedPhoto(width, height, 3, rgb);
  }

  private long stride() {
    return ((long) width * bits + 31) / 32 * 4;
  }

  private void checkRows(boolean runs) throws BadPhotoException {
    long needed = pixelsAt + stride() * (height - 1) + ((long) width * bits + 7) / 8;
    if (!runs && needed > file.length) {
      throw truncated("expected at least %d bytes, got %d".formatted(needed, file.length));
    }
  }

  private void readRows(int compression, int header) throws BadPhotoException {
    int stride = (int) stride();
    int[] masks = {0x7c00, 0x3e0, 0x1f, 0};
    if (bits == 32) {
      masks = new int[] {0xff0000, 0xff00, 0xff, 0};
    }
    if (compression == BITFIELDS || compression == ALPHA_BITFIELDS) {
      boolean hasAlpha = header >= 56 || compression == ALPHA_BITFIELDS;
      if (file.length < 54 + (hasAlpha ? 16 : 12)) {
        throw truncated("the file ends inside its header");
      }
      for (int c = 0; c < 4; c++) {
        masks[c] = c < 3 || hasAlpha ? Bytes.int32le(file, 54 + 4 * c) : 0;
      }
    }
    Channel[] channels = Arrays.stream(masks).mapToObj(Channel::of).toArray(Channel[]::new);
    rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      int from = pixelsAt + stride * y;
      int to = 3 * width * (topDown ? y : height - 1 - y);
      for (int x = 0; x < width; x++, to += 3) {
        switch (bits) {
          case 24 -> {
            rgb[to] = file[from + 3 * x + 2];
            rgb[to + 1] = file[from + 3 * x + 1];
            rgb[to + 2] = file[from + 3 * x];
          }
          case 16, 32 -> {
            int pixel =
                bits == 16 ? Bytes.uint16le(file, from + 2 * x) : Bytes.int32le(file, from + 4 * x);
            int alpha = masks[3] == 0 ? 255 : channels[3].value(pixel);
            for (int b = 0; b < 3; b++) {
              rgb[to + b] = Alpha.onWhite(channels[b].value(pixel), alpha);
            }
          }
          default -> {
            int bit = x * bits;
            put(to, (file[from + (bit >> 3)] >> (8 - bits - (bit & 7))) & ((1 << bits) - 1));
          }
        }
      }
    }
  }

  /** Some bits of a pixel, scaled to 0..255 as Pillow does: rounded down. */
  private record Channel(int mask, int shift, int most) {

    static Channel of(int mask) {
      int shift = mask == 0 ? 0 : Integer.numberOfTrailingZeros(mask);
      return new Channel(mask, shift, mask >>> shift);
    }

    int value(int pixel) {
      return most == 0 ? 0 : (int) (((pixel & mask) >>> shift) * 255L / most);
    }
  }

  private void put(int to, int index) {
    for (int b = 0; b < 3; b++) {
      rgb[to + b] = index < paletteSize ? file[paletteAt + paletteEntry * index + 2 - b] : (byte) 0;
    }
  }

  private void readRuns() throws BadPhotoException {
    for (int i = 0; i < rgb.length; i += 3) {
      put(i, 0); // what no run covers
    }
    int at = pixelsAt;
    int x = 0;
    int y = 0;
    while (y < height) {
      if (at + 2 > file.length) {
        if (y == height - 1 && x >= width) {
          return; // only the end mark is missing
        }
        throw truncated(EARLY_END);
      }
      int count = Bytes.uint8(file, at++);
      int value = Bytes.uint8(file, at++);
      if (count > 0) {
        for (int i = 0; i < count; i++) {
          x = set(x, y, bits == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15);
        }
      } else if (value == 0) {
        x = 0;
        y++;
      } else if (value == 1) {
        if (y == height - 1 && x >= width) {
          return;
        }
        throw truncated(EARLY_END);
      } else if (value == 2) {
        if (at + 2 > file.length) {
          throw truncated(EARLY_END);
        }
        x = Math.min(width, x + Bytes.uint8(file, at++));
        y += Bytes.uint8(file, at++);
      } else {
        int bytes = bits == 8 ? value : (value + 1) / 2;
        if (at + bytes > file.length) {
          throw truncated(EARLY_END);
        }
        for (int i = 0; i < value; i++) {
          int b = Bytes.uint8(file, bits == 8 ? at + i : at + i / 2);
          x = set(x, y, bits == 8 ? b : i % 2 == 0 ? b >> 4 : b & 15);
        }
        at += bytes + bytes % 2;
      }
    }
  }

  /** The column behind {@code x}; a run that is longer than its row ends with it. */
  private int set(int x, int y, int index) {
    if (x >= width) {
      return width;
    }
    put(3 * ((topDown ? y : height - 1 - y) * width + x), index);
    return x + 1;
  }

  private static BadPhotoException truncated(String missing) {
    return BadPhotoException.truncated(PhotoFormat.BMP, missing);
  }

  private static BadPhotoException corrupt(String what) {
    return BadPhotoException.corrupt(PhotoFormat.BMP, what);
  }
}

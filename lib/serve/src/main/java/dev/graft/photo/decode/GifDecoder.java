package dev.graft.photo.decode;

import java.util.Arrays;

/**
 * The first frame of a GIF (87a and 89a) on its logical screen, as Pillow shows it: around the
 * frame lies white if the frame has a transparent colour, else the palette's first colour. Not the
 * JDK's reader: that one returns frames without their screen and fills up what is missing.
 */
public final class GifDecoder {

  private static final int MAX_CODES = 4096;

  private final byte[] file;
  private int at = 6;

  private GifDecoder(byte[] file) {
    this.file = file;
  }

  public static DecodedPhoto decode(byte[] file, Limits limits) throws BadPhotoException {
    return new GifDecoder(file).decode(limits);
  }

  private DecodedPhoto decode(Limits limits) throws BadPhotoException {
    int screenWidth = uint16();
    int screenHeight = uint16();
    limits.checkSize(PhotoFormat.GIF, screenWidth, screenHeight);
    int screenFlags = uint8();
    at += 2; // background colour, which nobody honours, and aspect ratio
    byte[] palette = palette(screenFlags);
    int transparent = -1;
    while (true) {
      int block = uint8();
      if (block == 0x2c) {
        break;
      }
      if (block == 0x3b) {
        throw corrupt("no frame");
      }
      if (block != 0x21) {
        continue; // stray bytes between blocks
      }
      int label = uint8();
      for (int size = uint8(); size != 0; size = uint8()) {
        if (label == 0xf9 && size >= 4) {
          need(4);
          transparent = (file[at] & 1) == 1 ? Bytes.uint8(file, at + 3) : -1;
          label = -1; // its first block is all that it has
        }
        at += size;
      }
    }
    int left = uint16();
    int top = uint16();
    int frameWidth = uint16();
    int frameHeight = uint16();
    int flags = uint8();
    byte[] local = palette(flags);
    if (local != null) {
      palette = local;
    }
    int width = Math.max(screenWidth, left + frameWidth);
    int height = Math.max(screenHeight, top + frameHeight);
    long framePixels = (long) frameWidth * frameHeight;
    limits.checkSize(PhotoFormat.GIF, frameWidth, frameHeight);
    limits.check(PhotoFormat.GIF, width, height, 3L * width * height + framePixels);
    byte[] indices = decodeFrame(frameWidth, frameHeight);

    byte[] rgb = new byte[3 * width * height];
    if (transparent >= 0) {
      Arrays.fill(rgb, (byte) 255);
    } else if (palette != null && framePixels < (long) width * height) {
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = palette[i % 3];
      }
    }
    boolean interlaced = (flags & 0x40) != 0;
    for (int y = 0; y < frameHeight; y++) {
      int from = (interlaced ? storedRow(y, frameHeight) : y) * frameWidth;
      int to = ((top + y) * width + left) * 3;
      for (int x = 0; x < frameWidth; x++, to += 3) {
        int index = indices[from + x] & 0xff;
        if (index == transparent) {
          continue; // white already
        }
        for (int b = 0; b < 3; b++) {
          if (palette == null) {
            rgb[to + b] = (byte) index;
          } else {
            rgb[to + b] = 3 * index + b < palette.length ? palette[3 * index + b] : 0;
          }
        }
      }
    }
    return new DecodedPhoto(width, height, 3, rgb);
  }

  private byte[] palette(int flags) throws BadPhotoException {
    if ((flags & 0x80) == 0) {
      return null;
    }
    int length = 3 << ((flags & 7) + 1);
    need(length);
    at += length;
    return Arrays.copyOfRange(file, at - length, at);
  }

  /** Where an interlaced frame stores row {@code y}: every 8th first, then the gaps. */
  private static int storedRow(int y, int height) {
    int eighths = (height + 7) / 8;
    int fourths = (height + 3) / 8;
    int halves = (height + 1) / 4;
    if (y % 8 == 0) {
      return y / 8;
    }
    if (y % 8 == 4) {
      return eighths + y / 8;
    }
    return y % 2 == 0 ? eighths + fourths + y / 4 : eighths + fourths + halves + y / 2;
  }

  /** Undoes LZW. */
  private byte[] decodeFrame(int width, int height) throws BadPhotoException {
    int rootBits = uint8();
    if (rootBits < 1 || rootBits > 8) {
      throw corrupt("LZW codes of %d bits".formatted(rootBits));
    }
    long available = (file.length - at) * 8L / (rootBits + 1) * MAX_CODES;
    if ((long) width * height > available) {
      throw truncated(
          "%d bytes of data for a frame of %d x %d pixels"
              .formatted(file.length - at, width, height));
    }
    byte[] pixels = new byte[width * height];
    int clear = 1 << rootBits;
    int end = clear + 1;
    int[] prefix = new int[MAX_CODES];
    byte[] suffix = new byte[MAX_CODES];
    int[] length = new int[MAX_CODES];
    for (int i = 0; i < clear; i++) {
      suffix[i] = (byte) i;
      length[i] = 1;
    }
    int next = end + 1;
    int codeBits = rootBits + 1;
    int previous = -1;
    int filled = 0;
    int bits = 0;
    int bitCount = 0;
    int left = 0; // bytes left in the sub-block
    while (filled < pixels.length) {
      while (bitCount < codeBits) {
        if (left == 0) {
          left = uint8();
          if (left == 0) {
            throw truncated("the first frame's data ends before its last pixel");
          }
        }
        bits |= uint8() << bitCount;
        bitCount += 8;
        left--;
      }
      int code = bits & ((1 << codeBits) - 1);
      bits >>>= codeBits;
      bitCount -= codeBits;
      if (code == clear) {
        next = end + 1;
        codeBits = rootBits + 1;
        previous = -1;
        continue;
      }
      if (code == end) {
        throw truncated("the first frame's data ends before its last pixel");
      }
      if (code > next || (code > end && previous < 0)) {
        throw corrupt("bad LZW code");
      }
      // A code that is only being defined is the previous string and its own first pixel.
      int known = code == next ? previous : code;
      int n = length[known];
      int stop = Math.min(filled + n, pixels.length);
      for (int i = filled + n - 1, c = known; i >= filled; i--, c = prefix[c]) {
        if (i < stop) {
          pixels[i] = suffix[c];
        }
      }
      byte first = pixels[filled];
      filled = stop;
      if (code == next && filled < pixels.length) {
        pixels[filled++] = first;
      }
      if (previous >= 0 && next < MAX_CODES) {
        prefix[next] = previous;
        suffix[next] = first;
        length[next] = length[previous] + 1;
        next++;
        if (next == 1 << codeBits && codeBits < 12) {
          codeBits++;
        }
      }
      previous = code;
    }
    return pixels;
  }

  private int uint8() throws BadPhotoException {
    need(1);
    return Bytes.uint8(file, at++);
  }

  private int uint16() throws BadPhotoException {
    need(2);
    at += 2;
    return Bytes.uint16le(file, at - 2);
  }

  private void need(int bytes) throws BadPhotoException {
    if (bytes > file.length - at) {
      throw truncated("the file ends inside the first frame");
    }
  }

  private static BadPhotoException truncated(String missing) {
    return BadPhotoException.truncated(PhotoFormat.GIF, missing);
  }

  private static BadPhotoException corrupt(String what) {
    return BadPhotoException.corrupt(PhotoFormat.GIF, what);
  }
}

package dev.graft.photo.webp;

import dev.graft.photo.decode.Alpha;
import dev.graft.photo.decode.BadPhotoException;
import dev.graft.photo.decode.Bytes;
import dev.graft.photo.decode.DecodedPhoto;
import dev.graft.photo.decode.Exif;
import dev.graft.photo.decode.Limits;
import dev.graft.photo.decode.PhotoFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * WebP: a still photo, or the first frame of an animation on its canvas (white where the frame does
 * not reach). What is in the file beside the picture's own chunks cannot stop or change it.
 */
public final class WebpDecoder {

  /** Beyond any animation. */
  private static final int MAX_CHUNKS = 1 << 16;

  private final byte[] file;
  private final Limits limits;
  private int canvasWidth;
  private int canvasHeight;
  private int left;
  private int top;
  private int orientation = Exif.UPRIGHT;
  private Chunk alpha;
  private Chunk picture;

  /**
   * @param at where its contents begin
   */
  private record Chunk(String type, int at, int length) {}

  private WebpDecoder(byte[] file, Limits limits) {
    this.file = file;
    this.limits = limits;
  }

  public static DecodedPhoto decode(byte[] file, Limits limits) throws BadPhotoException {
    WebpDecoder decoder = new WebpDecoder(file, limits);
    decoder.readChunks();
    return decoder.decode();
  }

  private void readChunks() throws BadPhotoException {
    long end = 8 + Bytes.uint32le(file, 4);
    if (end > file.length) {
      throw truncated("expected %d bytes, got %d".formatted(end, file.length));
    }
    for (Chunk chunk : chunks(12, (int) end)) {
      switch (chunk.type) {
        case "VP8X" -> {
          if (chunk.length < 10) {
            throw corrupt("a short header");
          }
          canvasWidth = Bytes.uint24le(file, chunk.at + 4) + 1;
          canvasHeight = Bytes.uint24le(file, chunk.at + 7) + 1;
          limits.checkSize(PhotoFormat.WEBP, canvasWidth, canvasHeight);
        }
        case "ANMF" -> {
          if (picture == null && chunk.length >= 16) {
            left = 2 * Bytes.uint24le(file, chunk.at);
            top = 2 * Bytes.uint24le(file, chunk.at + 3);
            chunks(chunk.at + 16, chunk.at + chunk.length).forEach(this::take);
          }
        }
        case "EXIF" -> {
          int skip = Bytes.matches(file, chunk.at, "Exif\0\0") ? 6 : 0;
          orientation = Exif.orientation(file, chunk.at + skip, chunk.at + chunk.length);
        }
        default -> take(chunk);
      }
    }
  }

  private void take(Chunk chunk) {
    if (picture != null) {
      return;
    }
    if (chunk.type.equals("ALPH")) {
      alpha = chunk;
    } else if (chunk.type.equals("VP8 ") || chunk.type.equals("VP8L")) {
      picture = chunk;
    }
  }

  private List<Chunk> chunks(int from, int end) throws BadPhotoException {
    List<Chunk> chunks = new ArrayList<>();
    for (long at = from; at + 8 <= end; ) {
      long length = Bytes.uint32le(file, (int) at + 4);
      if (at + 8 + length > end) {
        throw truncated("a chunk of %d bytes goes beyond the file".formatted(length));
      }
      if (chunks.size() == MAX_CHUNKS) {
        throw corrupt("more than %d chunks".formatted(MAX_CHUNKS));
      }
      String type = new String(file, (int) at, 4, StandardCharsets.ISO_8859_1);
      chunks.add(new Chunk(type, (int) at + 8, (int) length));
      at += 8 + length + length % 2;
    }
    return chunks;
  }

  private DecodedPhoto decode() throws BadPhotoException {
    boolean lossless = picture != null && picture.type.equals("VP8L");
    if (picture == null || picture.length < (lossless ? 5 : 10)) {
      throw corrupt("no image data");
    }
    int width;
    int height;
    if (lossless) {
      int bits = Bytes.int32le(file, picture.at + 1);
      width = (bits & 0x3fff) + 1;
      height = ((bits >>> 14) & 0x3fff) + 1;
      if (file[picture.at] != 0x2f) {
        throw corrupt("no VP8L signature");
      }
      if (bits >>> 29 != 0) {
        throw BadPhotoException.unsupported("lossless WebP of version " + (bits >>> 29));
      }
    } else {
      width = Bytes.uint16le(file, picture.at + 6) & 0x3fff;
      height = Bytes.uint16le(file, picture.at + 8) & 0x3fff;
    }
    if (canvasWidth == 0) {
      canvasWidth = width;
      canvasHeight = height;
    }
    limits.checkSize(PhotoFormat.WEBP, width, height);
    if (left + width > canvasWidth || top + height > canvasHeight) {
      throw corrupt(
          "a picture of %d x %d pixels on a canvas of %d x %d"
              .formatted(width, height, canvasWidth, canvasHeight));
    }
    boolean fills = width == canvasWidth && height == canvasHeight;
    boolean losslessAlpha = alpha != null && alpha.length > 0 && (file[alpha.at] & 3) == 1;
    long decoding =
        lossless
            ? Vp8lDecoder.bytes(width, height, picture.length)
            : losslessAlpha
                ? Math.max(Vp8lDecoder.bytes(width, height, alpha.length), 4L * width * height)
                : 4L * width * height;
    limits.check(
        PhotoFormat.WEBP,
        canvasWidth,
        canvasHeight,
        decoding + 4L * width * height + (fills ? 0 : 3L * canvasWidth * canvasHeight));
    DecodedPhoto frame = lossless ? lossless(width, height) : lossy(width, height);
    if (fills) {
      return frame.withOrientation(orientation);
    }
    byte[] canvas = new byte[canvasWidth * canvasHeight * 3];
    Arrays.fill(canvas, (byte) 255);
    for (int y = 0; y < height; y++) {
      System.arraycopy(
          frame.samples(), y * width * 3, canvas, ((top + y) * canvasWidth + left) * 3, width * 3);
    }
    return new DecodedPhoto(canvasWidth, canvasHeight, 3, canvas, orientation);
  }

  private DecodedPhoto lossless(int width, int height) throws BadPhotoException {
    int[] pixels =
        Vp8lDecoder.decode(file, picture.at + 5, picture.at + picture.length, width, height);
    boolean opaque = (file[picture.at + 4] & 0x10) == 0;
    byte[] rgb = new byte[3 * pixels.length];
    for (int i = 0, to = 0; i < pixels.length; i++) {
      int opacity = opaque ? 255 : pixels[i] >>> 24;
      rgb[to++] = Alpha.onWhite((pixels[i] >> 16) & 255, opacity);
      rgb[to++] = Alpha.onWhite((pixels[i] >> 8) & 255, opacity);
      rgb[to++] = Alpha.onWhite(pixels[i] & 255, opacity);
    }
    return new DecodedPhoto(width, height, 3, rgb);
  }

  private DecodedPhoto lossy(int width, int height) throws BadPhotoException {
    byte[] rgb = Vp8Decoder.decode(file, picture.at, picture.length);
    if (alpha != null && alpha.length > 0) {
      byte[] opacity = opacity(width, height);
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = Alpha.onWhite(rgb[i] & 0xff, opacity[i / 3] & 0xff);
      }
    }
    return new DecodedPhoto(width, height, 3, rgb);
  }

  /** The alpha channel of a lossy picture: raw or lossless, then filtered. */
  private byte[] opacity(int width, int height) throws BadPhotoException {
    int flags = file[alpha.at];
    byte[] opacity = new byte[width * height];
    if ((flags & 3) > 1) {
      throw BadPhotoException.unsupported("WebP with alpha of compression " + (flags & 3));
    }
    if ((flags & 3) == 0) {
      if (alpha.length - 1 < opacity.length) {
        throw truncated("the alpha channel ends before its last row");
      }
      System.arraycopy(file, alpha.at + 1, opacity, 0, opacity.length);
    } else {
      // A lossless picture without its header; the alpha values are its green.
      int[] pixels = Vp8lDecoder.decode(file, alpha.at + 1, alpha.at + alpha.length, width, height);
      for (int i = 0; i < opacity.length; i++) {
        opacity[i] = (byte) (pixels[i] >> 8);
      }
    }
    int filter = (flags >> 2) & 3;
    for (int i = 0; filter != 0 && i < opacity.length; i++) {
      opacity[i] += (byte) predicted(opacity, i, width, filter);
    }
    return opacity;
  }

  /** What a value is stored as the difference from. */
  private static int predicted(byte[] opacity, int i, int width, int filter) {
    boolean firstRow = i < width;
    boolean firstColumn = i % width == 0;
    int left = firstColumn ? 0 : opacity[i - 1] & 0xff;
    int above = firstRow ? 0 : opacity[i - width] & 0xff;
    if (firstRow || firstColumn) {
      // One of them is 0, save in a vertical or horizontal filter's own first line.
      return firstRow ? left : above;
    }
    return switch (filter) {
      case 1 -> left;
      case 2 -> above;
      default -> {
        int corner = opacity[i - width - 1] & 0xff;
        yield Math.max(0, Math.min(255, left + above - corner));
      }
    };
  }

  private static BadPhotoException truncated(String missing) {
    return BadPhotoException.truncated(PhotoFormat.WEBP, missing);
  }

  private static BadPhotoException corrupt(String what) {
    return BadPhotoException.corrupt(PhotoFormat.WEBP, what);
  }
}

package dev.graft.photo;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * The first page of a TIFF 6.0 file. TwelveMonkeys decodes it from a copy whose one directory holds
 * only the tags that make the picture, checked: so no metadata, further page or colour profile can
 * stop it, and no claim of the header can make it set up a huge array. JPEG strips and tiles go
 * through {@link JpegDecoder}.
 */
final class TiffDecoder {

  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS = 258;
  private static final int COMPRESSION = 259;
  private static final int PHOTOMETRIC = 262;
  private static final int STRIP_OFFSETS = 273;
  private static final int ORIENTATION = 274;
  private static final int SAMPLES = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_BYTES = 279;
  private static final int PLANAR = 284;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTES = 325;
  private static final int EXTRA_SAMPLES = 338;
  private static final int SAMPLE_FORMAT = 339;
  private static final int JPEG_TABLES = 347;

  /** Tags that say how the pixels are stored; the plug-in sees these only. */
  private static final Set<Integer> PICTURE =
      Set.of(
          WIDTH,
          HEIGHT,
          BITS,
          COMPRESSION,
          PHOTOMETRIC,
          266,
          STRIP_OFFSETS,
          SAMPLES,
          ROWS_PER_STRIP,
          STRIP_BYTES,
          PLANAR,
          292,
          293,
          317,
          320,
          TILE_WIDTH,
          TILE_HEIGHT,
          TILE_OFFSETS,
          TILE_BYTES,
          EXTRA_SAMPLES,
          SAMPLE_FORMAT,
          529,
          530,
          531,
          532);

  /** Strips or tiles; a photo of 200 megapixels has 780,000 tiles of 16 x 16. */
  private static final int MAX_PIECES = 1 << 20;

  /** The longest of these lists is a palette, the strips and tiles aside. */
  private static final int MAX_VALUES = 3 << 16;

  private static final int JPEG = 7;
  private static final int CMYK = 5;
  private static final int YCBCR = 6;

  private final byte[] file;
  private final Limits limits;
  private final boolean bigEndian;
  private final TreeMap<Integer, Entry> directory = new TreeMap<>();

  /**
   * @param at where its values begin in the file
   */
  private record Entry(int type, int count, int at) {}

  private TiffDecoder(byte[] file, Limits limits) {
    this.file = file;
    this.limits = limits;
    this.bigEndian = file[0] == 'M';
  }

  static DecodedPhoto decode(byte[] file, Limits limits) throws IOException {
    TiffDecoder decoder = new TiffDecoder(file, limits);
    int at = decoder.readDirectory();
    DecodedPhoto photo = decoder.decode(at);
    return photo.withOrientation(Exif.valid((int) decoder.value(ORIENTATION, Exif.UPRIGHT)));
  }

  /** Where the first directory is. */
  private int readDirectory() throws BadPhotoException {
    long start = file.length < 8 ? file.length : uint32(4);
    if (start < 8 || start + 2 > file.length) {
      throw truncated("its directory begins at byte %d".formatted(start));
    }
    int at = (int) start;
    int n = uint16(at);
    if (at + 2 + 12L * n > file.length) {
      throw truncated("a directory of %d entries goes beyond the file".formatted(n));
    }
    for (int i = 0, e = at + 2; i < n; i++, e += 12) {
      int tag = uint16(e);
      int type = uint16(e + 2);
      long count = uint32(e + 4);
      int size = size(type);
      long bytes = count * size;
      long values = bytes <= 4 ? e + 8 : uint32(e + 8);
      boolean needed = PICTURE.contains(tag) || tag == JPEG_TABLES;
      if (size == 0 || count == 0 || values + bytes > file.length) {
        if (needed) {
          throw truncated("the values of tag %d go beyond the file".formatted(tag));
        }
        continue;
      }
      boolean listsPieces =
          tag == STRIP_OFFSETS || tag == STRIP_BYTES || tag == TILE_OFFSETS || tag == TILE_BYTES;
      if (needed && count > (listsPieces ? MAX_PIECES : MAX_VALUES)) {
        throw BadPhotoException.corrupt(
            PhotoFormat.TIFF, "tag %d of %d values".formatted(tag, count));
      }
      if (needed || tag == ORIENTATION) {
        directory.putIfAbsent(tag, new Entry(type, (int) count, (int) values));
      }
    }
    return at;
  }

  private DecodedPhoto decode(int directoryAt) throws IOException {
    long w = value(WIDTH, 0);
    long h = value(HEIGHT, 0);
    limits.checkSize(PhotoFormat.TIFF, w, h);
    int width = (int) w;
    int height = (int) h;
    long samples = value(SAMPLES, 1);
    long bits = value(BITS, 1);
    int compression = (int) value(COMPRESSION, 1);
    int photometric = (int) value(PHOTOMETRIC, 1);
    long format = value(SAMPLE_FORMAT, 1);
    if (samples < 1
        || samples > 4
        || bits > 16
        || (format != 1 && format != 4)
        || photometric > YCBCR
        || photometric == 4) {
      throw BadPhotoException.unsupported(
          "TIFF of %d samples of %d bits, sample format %d, photometric interpretation %d"
              .formatted(samples, bits, format, photometric));
    }
    if (photometric == CMYK && samples != 4) {
      throw BadPhotoException.unsupported("TIFF of %d inks".formatted(samples));
    }
    boolean tiled = directory.containsKey(TILE_OFFSETS);
    long pieceWidth = tiled ? value(TILE_WIDTH, 0) : w;
    long pieceHeight = tiled ? value(TILE_HEIGHT, 0) : Math.min(h, value(ROWS_PER_STRIP, h));
    limits.checkSize(PhotoFormat.TIFF, pieceWidth, pieceHeight);
    int across = (int) ((w + pieceWidth - 1) / pieceWidth);
    int down = (int) ((h + pieceHeight - 1) / pieceHeight);
    boolean planar = value(PLANAR, 1) == 2 && samples > 1;
    long pieces = (long) across * down * (planar ? samples : 1);
    long[] offsets = values(tiled ? TILE_OFFSETS : STRIP_OFFSETS, pieces);
    long[] lengths = values(tiled ? TILE_BYTES : STRIP_BYTES, pieces);
    if (offsets.length < pieces || lengths.length < pieces) {
      throw truncated(
          "expected %d strips or tiles, its directory lists %d"
              .formatted(pieces, Math.min(offsets.length, lengths.length)));
    }
    long perPixel = planar ? bits : bits * samples;
    long rowBytes = (pieceWidth * perPixel + 7) / 8;
    long stored = 0;
    for (int i = 0; i < pieces; i++) {
      if (offsets[i] + lengths[i] > file.length) {
        throw truncated("strip or tile %d goes beyond the file".formatted(i + 1));
      }
      long rows = tiled ? pieceHeight : Math.min(pieceHeight, h - i / across % down * pieceHeight);
      if (compression == 1 && photometric != YCBCR && lengths[i] < rows * rowBytes) {
        throw truncated(
            "strip or tile %d has %d bytes of %d".formatted(i + 1, lengths[i], rows * rowBytes));
      }
      stored += lengths[i];
    }
    if (rowBytes * pieceHeight * pieces / mostPixelBytes(compression) > stored) {
      throw truncated(
          "%d bytes of data for the %d x %d pixels that its header claims"
              .formatted(stored, width, height));
    }
    long raster = (w * samples * bits + 7) / 8 * h;
    long converted = samples == 3 && bits == 8 && compression != JPEG ? 0 : 3 * w * h;
    limits.check(PhotoFormat.TIFF, w, h, 2L * file.length + raster + converted);
    if (compression == JPEG) {
      if (planar) {
        throw BadPhotoException.unsupported("TIFF with a JPEG for each colour");
      }
      return decodeJpegs(
          width, height, photometric, (int) pieceWidth, (int) pieceHeight, offsets, lengths);
    }
    if (compression == 6) {
      throw BadPhotoException.unsupported("TIFF with JPEG of the old style");
    }
    return decodeByPlugin(bareCopy(directoryAt), photometric);
  }

  /** How many bytes of pixels a byte of data can at most stand for. */
  private static long mostPixelBytes(int compression) {
    return switch (compression) {
      case 1 -> 1;
      case 5 -> 4096; // LZW: at most one entry of the table a code
      case 32773 -> 64; // PackBits: 128 bytes of 2
      case 8, 32946 -> 1032; // deflate
      default -> 1 << 20; // fax: a blank line is a bit
    };
  }

  /** The file with one directory, which has the entries of {@link #PICTURE} only. */
  private byte[] bareCopy(int at) {
    byte[] copy = file.clone();
    int n = uint16(at);
    int kept = 0;
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < n; i++) {
      int from = at + 2 + 12 * i;
      int tag = uint16(from);
      if (PICTURE.contains(tag) && seen.add(tag)) {
        System.arraycopy(file, from, copy, at + 2 + 12 * kept++, 12);
      }
    }
    copy[at] = (byte) (bigEndian ? kept >> 8 : kept);
    copy[at + 1] = (byte) (bigEndian ? kept : kept >> 8);
    int end = at + 2 + 12 * kept;
    Arrays.fill(copy, end, Math.min(copy.length, end + 4), (byte) 0); // no further page
    return copy;
  }

  private DecodedPhoto decodeByPlugin(byte[] bare, int photometric) throws IOException {
    ImageReader reader = new TIFFImageReaderSpi().createReaderInstance();
    BufferedImage image;
    try (ImageInputStream input = new ByteArrayImageInputStream(bare)) {
      reader.setInput(input, true, true);
      image = reader.read(0);
    } finally {
      reader.dispose();
    }
    Rasters.Extra extra =
        switch ((int) value(EXTRA_SAMPLES, 0)) {
          case 1 -> Rasters.Extra.PREMULTIPLIED_ALPHA;
          case 2 -> Rasters.Extra.ALPHA;
          default -> Rasters.Extra.NOTHING;
        };
    return Rasters.decoded(
        image, photometric == CMYK ? Rasters.Extra.BLACK_INK : extra, PhotoFormat.TIFF);
  }

  private DecodedPhoto decodeJpegs(
      int width,
      int height,
      int photometric,
      int pieceWidth,
      int pieceHeight,
      long[] offsets,
      long[] lengths)
      throws IOException {
    JpegDecoder.Colors colors =
        switch (photometric) {
          case 1 -> JpegDecoder.Colors.GRAY;
          case 2 -> JpegDecoder.Colors.RGB;
          case YCBCR -> JpegDecoder.Colors.YCBCR;
          default ->
              throw BadPhotoException.unsupported(
                  "TIFF with JPEG of photometric interpretation " + photometric);
        };
    Entry tables = directory.get(JPEG_TABLES);
    // The tables are a JPEG of their own: without its end they go in front of each piece.
    byte[] head =
        tables == null || tables.count < 4
            ? new byte[] {(byte) 0xff, (byte) 0xd8}
            : Arrays.copyOfRange(file, tables.at, tables.at + tables.count - 2);
    int bands = colors == JpegDecoder.Colors.GRAY ? 1 : 3;
    byte[] all = new byte[width * height * bands];
    int across = (width + pieceWidth - 1) / pieceWidth;
    for (int top = 0, i = 0; top < height; top += pieceHeight) {
      for (int left = 0, last = i + across; i < last; left += pieceWidth, i++) {
        int skip = 2; // its start-of-image marker
        int length = Math.max(0, (int) lengths[i] - skip);
        byte[] jpeg = Arrays.copyOf(head, head.length + length);
        System.arraycopy(file, (int) offsets[i] + skip, jpeg, head.length, length);
        DecodedPhoto piece = JpegDecoder.decode(jpeg, limits, colors);
        int w = Math.min(pieceWidth, width - left);
        int h = Math.min(pieceHeight, height - top);
        if (piece.bands() != bands || piece.width() < w || piece.height() < h) {
          throw BadPhotoException.corrupt(PhotoFormat.TIFF, "a JPEG inside has another size");
        }
        for (int y = 0; y < h; y++) {
          System.arraycopy(
              piece.samples(),
              y * piece.width() * bands,
              all,
              ((top + y) * width + left) * bands,
              w * bands);
        }
      }
    }
    return new DecodedPhoto(width, height, bands, all);
  }

  private long value(int tag, long missing) throws BadPhotoException {
    long[] values = values(tag, 1);
    return values.length == 0 ? missing : values[0];
  }

  /** The first values of a tag of unsigned integers; none if it is missing. */
  private long[] values(int tag, long most) throws BadPhotoException {
    Entry entry = directory.get(tag);
    if (entry == null) {
      return new long[0];
    }
    long[] values = new long[(int) Math.min(entry.count, most)];
    int size = size(entry.type);
    for (int i = 0; i < values.length; i++) {
      int at = entry.at + i * size;
      values[i] =
          switch (entry.type) {
            case 1 -> Bytes.uint8(file, at);
            case 3 -> uint16(at);
            case 4 -> uint32(at);
            default -> {
              if (tag == ORIENTATION) {
                yield Exif.UPRIGHT; // damaged metadata is ignored
              }
              throw BadPhotoException.corrupt(
                  PhotoFormat.TIFF, "tag %d of type %d".formatted(tag, entry.type));
            }
          };
    }
    return values;
  }

  private static int size(int type) {
    return switch (type) {
      case 1, 2, 6, 7 -> 1;
      case 3, 8 -> 2;
      case 4, 9, 11 -> 4;
      case 5, 10, 12 -> 8;
      default -> 0;
    };
  }

  private int uint16(int at) {
    return bigEndian ? Bytes.uint16be(file, at) : Bytes.uint16le(file, at);
  }

  private long uint32(int at) {
    return bigEndian ? Bytes.uint32be(file, at) : Bytes.uint32le(file, at);
  }

  private static BadPhotoException truncated(String missing) {
    return BadPhotoException.truncated(PhotoFormat.TIFF, missing);
  }
}

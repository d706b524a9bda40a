package dev.graft.photo.tiff;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import dev.graft.photo.decode.BadPhotoException;
import dev.graft.photo.decode.Bytes;
import dev.graft.photo.decode.DecodedPhoto;
import dev.graft.photo.decode.EncodedInput;
import dev.graft.photo.decode.Exif;
import dev.graft.photo.decode.JpegDecoder;
import dev.graft.photo.decode.Limits;
import dev.graft.photo.decode.PhotoFormat;
import dev.graft.photo.decode.Plugins;
import dev.graft.photo.decode.YcbcrToRgb;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * The first page of a TIFF 6.0 file. TwelveMonkeys decodes it from a copy whose one directory holds
 * only the tags that make the picture, checked: so no metadata, further page or colour profile can
 * stop it, and no claim of the header can make it set up a huge array. JPEG strips and tiles go
 * through {@link JpegDecoder}.
 */
public final class TiffDecoder {

  private static final int NEW_SUBFILE_TYPE = 254;
  private static final int SUBFILE_TYPE = 255;
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS = 258;
  private static final int COMPRESSION = 259;
  private static final int PHOTOMETRIC = 262;
  private static final int STRIP_OFFSETS = 273;
  private static final int FILL_ORDER = 266;
  private static final int ORIENTATION = 274;
  private static final int SAMPLES = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_BYTES = 279;
  private static final int PLANAR = 284;
  private static final int GROUP_3_OPTIONS = 292;
  private static final int GROUP_4_OPTIONS = 293;
  private static final int PREDICTOR = 317;
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
          FILL_ORDER,
          STRIP_OFFSETS,
          SAMPLES,
          ROWS_PER_STRIP,
          STRIP_BYTES,
          PLANAR,
          GROUP_3_OPTIONS,
          GROUP_4_OPTIONS,
          PREDICTOR,
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

  /** Tags that tell more; damaged ones are passed over. */
  private static final Set<Integer> ALSO_READ = Set.of(NEW_SUBFILE_TYPE, SUBFILE_TYPE, ORIENTATION);

  /** Strips or tiles; a photo of 200 megapixels has 780,000 tiles of 16 x 16. */
  private static final int MAX_PIECES = 1 << 20;

  /** Of those that are decoded one by one, each by a reader of its own. */
  private static final int MAX_SINGLE_PIECES = 1 << 16;

  /** What a strip or tile of a few pixels may take more than these. */
  private static final int PIECE_OVERHEAD = 4096;

  /** The longest of these lists is a palette, the strips and tiles aside. */
  private static final int MAX_VALUES = 3 << 16;

  /** Of {@link #COMPRESSION}. */
  private static final int NONE = 1;

  private static final int LZW = 5;
  private static final int OLD_JPEG = 6;
  private static final int JPEG = 7;
  private static final int DEFLATE = 8;
  private static final int OLD_DEFLATE = 32946;
  private static final int PACKBITS = 32773;

  private static final int FAX_RUNS = 2;
  private static final int FAX_GROUP_3 = 3;
  private static final int FAX_GROUP_4 = 4;

  private static final Set<Integer> FAX = Set.of(FAX_RUNS, FAX_GROUP_3, FAX_GROUP_4);
  private static final Set<Integer> KNOWN =
      Set.of(NONE, FAX_RUNS, FAX_GROUP_3, FAX_GROUP_4, LZW, JPEG, DEFLATE, OLD_DEFLATE, PACKBITS);

  /** Of {@link #PHOTOMETRIC}. */
  private static final int WHITE_IS_ZERO = 0;

  private static final int BLACK_IS_ZERO = 1;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int CMYK = 5;
  private static final int YCBCR = 6;
  private static final int COLOR_FILTER_ARRAY = 32803;
  private static final int LINEAR_RAW = 34892;

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

  public static DecodedPhoto decode(byte[] file, Limits limits) throws BadPhotoException {
    TiffDecoder decoder = new TiffDecoder(file, limits);
    int at = decoder.readDirectory();
    decoder.refuseRaw();
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
      if (needed || ALSO_READ.contains(tag)) {
        directory.putIfAbsent(tag, new Entry(type, (int) count, (int) values));
      }
    }
    return at;
  }

  /** RAW photos are TIFF inside, and show a thumbnail to who takes the first page for the photo. */
  private void refuseRaw() throws BadPhotoException {
    if (Bytes.matches(file, 8, "CR\2")) {
      throw BadPhotoException.unsupported("a RAW photo (CR2)");
    }
    long photometric = value(PHOTOMETRIC, 0);
    if (photometric == COLOR_FILTER_ARRAY || photometric == LINEAR_RAW) {
      throw BadPhotoException.unsupported("a RAW photo");
    }
    if ((value(NEW_SUBFILE_TYPE, 0) & 1) == 1 || value(SUBFILE_TYPE, 1) == 2) {
      throw BadPhotoException.unsupported(
          "a RAW photo (DNG, NEF, ARW), or another TIFF whose first page says that it is the reduced image of another");
    }
  }

  /**
   * How the pixels are cut into strips or tiles.
   *
   * @param count of all of them
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Pieces(
      boolean tiled, int width, int height, int across, int count, long[] offsets, long[] lengths) {

    int top(int piece, int down) {
      return piece / across % down * height;
    }
  }

  private DecodedPhoto decode(int directoryAt) throws BadPhotoException {
    long w = value(WIDTH, 0);
    long h = value(HEIGHT, 0);
    limits.checkSize(PhotoFormat.TIFF, w, h);
    int width = (int) w;
    int height = (int) h;
    int compression = (int) value(COMPRESSION, NONE);
    int photometric = (int) value(PHOTOMETRIC, BLACK_IS_ZERO);
    boolean colorJpeg = compression == JPEG && (photometric == RGB || photometric == YCBCR);
    int samples = (int) value(SAMPLES, colorJpeg ? 3 : 1);
    int bits = (int) value(BITS, 1);
    checkKnown(samples, bits, compression, photometric);
    boolean planar = value(PLANAR, 1) == 2 && samples > 1;
    if (planar && compression == JPEG) {
      throw BadPhotoException.unsupported("TIFF with a JPEG for each colour");
    }
    Pieces pieces = pieces(width, height, planar ? samples : 1);
    checkStored(pieces, width, height, planar ? bits : bits * samples, compression, photometric);
    long raster = (w * samples * bits + 7) / 8 * h;
    boolean pieceByPiece = compression == JPEG || FAX.contains(compression);
    boolean asStored = samples == 3 && bits == 8;
    long converted = (asStored ? 0 : 3 * w * h) + (pieceByPiece ? 4 * w * h : 0);
    long copies = (pieceByPiece ? 2L : 1L) * file.length;
    limits.check(PhotoFormat.TIFF, w, h, copies + raster + converted);
    if (pieceByPiece && pieces.count > MAX_SINGLE_PIECES) {
      throw BadPhotoException.unsupported(
          "TIFF with compression %d of more than %d strips or tiles"
              .formatted(compression, MAX_SINGLE_PIECES));
    }
    if (compression == JPEG) {
      return decodeJpegs(width, height, photometric, samples, pieces);
    }
    return FAX.contains(compression)
        ? decodeFax(width, height, compression, pieces)
        : decodeByPlugin(bareCopy(directoryAt), photometric, samples);
  }

  /** Refuses what is no damage but beyond this decoder, and would be taken for something else. */
  private void checkKnown(int samples, int bits, int compression, int photometric)
      throws BadPhotoException {
    if (compression == OLD_JPEG) {
      throw BadPhotoException.unsupported("TIFF with JPEG of the old style");
    }
    if (!KNOWN.contains(compression)) {
      throw BadPhotoException.unsupported("TIFF with compression " + compression);
    }
    long predictor = value(PREDICTOR, 1);
    if (predictor < 0 || predictor > 2) {
      throw BadPhotoException.unsupported("TIFF with predictor " + predictor);
    }
    long format = value(SAMPLE_FORMAT, 1);
    boolean sameBits = true;
    for (long b : values(BITS, Math.max(1, Math.min(samples, 4)))) {
      sameBits &= b == bits;
    }
    boolean known =
        (format == 1 || format == 4)
            && sameBits
            && switch (photometric) {
              case WHITE_IS_ZERO, BLACK_IS_ZERO ->
                  samples == 1
                      ? Set.of(1, 2, 4, 8, 16).contains(bits)
                      : samples == 2 && (bits == 8 || bits == 16);
              case PALETTE -> samples == 1 && Set.of(1, 2, 4, 8).contains(bits);
              case RGB -> (samples == 3 || samples == 4) && (bits == 8 || bits == 16);
              case CMYK -> samples == 4 && (bits == 8 || bits == 16);
              case YCBCR -> samples == 3 && bits == 8;
              default -> false;
            };
    boolean fits =
        switch (compression) {
          case JPEG -> bits == 8 && photometric != PALETTE && samples != 2;
          case FAX_RUNS, FAX_GROUP_3, FAX_GROUP_4 -> bits == 1 && photometric <= BLACK_IS_ZERO;
          default -> true;
        };
    if (!known || !fits) {
      throw BadPhotoException.unsupported(
          "TIFF of %d samples of %s bits, sample format %d, photometric interpretation %d"
              .formatted(
                  samples, sameBits ? Integer.toString(bits) : "different", format, photometric));
    }
  }

  private Pieces pieces(int width, int height, int planes) throws BadPhotoException {
    boolean tiled = directory.containsKey(TILE_OFFSETS);
    long pieceWidth = tiled ? value(TILE_WIDTH, 0) : width;
    long pieceHeight =
        tiled ? value(TILE_HEIGHT, 0) : Math.min(height, value(ROWS_PER_STRIP, height));
    limits.checkSize(PhotoFormat.TIFF, pieceWidth, pieceHeight);
    int across = (int) ((width + pieceWidth - 1) / pieceWidth);
    int down = (int) ((height + pieceHeight - 1) / pieceHeight);
    long count = (long) across * down * planes;
    long[] offsets = values(tiled ? TILE_OFFSETS : STRIP_OFFSETS, count);
    long[] lengths = values(tiled ? TILE_BYTES : STRIP_BYTES, count);
    if (offsets.length < count || (lengths.length > 0 && lengths.length < count)) {
      throw truncated(
          "expected %d strips or tiles, its directory lists %d"
              .formatted(count, Math.min(offsets.length, lengths.length)));
    }
    boolean unknown = Arrays.stream(lengths).allMatch(n -> n == 0);
    if (unknown) {
      lengths = new long[(int) count]; // some writers leave them out; data end where they end
    }
    long[] starts = offsets.clone();
    Arrays.sort(starts);
    for (int i = 0; i < count; i++) {
      if (offsets[i] == 0 || (lengths[i] == 0 && !unknown)) {
        throw BadPhotoException.unsupported("TIFF with strips or tiles left out");
      }
      if (offsets[i] >= file.length) {
        throw truncated("strip or tile %d begins beyond the file".formatted(i + 1));
      }
      long most = file.length - offsets[i];
      if (unknown) {
        int next = Arrays.binarySearch(starts, offsets[i]) + 1;
        boolean last = next == count || starts[next] == offsets[i];
        lengths[i] = last ? most : starts[next] - offsets[i];
      } else if (lengths[i] > most) {
        throw truncated("strip or tile %d goes beyond the file".formatted(i + 1));
      }
    }
    return new Pieces(
        tiled, (int) pieceWidth, (int) pieceHeight, across, (int) count, offsets, lengths);
  }

  /** Refuses a file that cannot have all the pixels that it claims, before memory is taken. */
  private void checkStored(
      Pieces pieces, int width, int height, int pixelBits, int compression, int photometric)
      throws BadPhotoException {
    int down = (height + pieces.height - 1) / pieces.height;
    long rowBytes = ((long) pieces.width * pixelBits + 7) / 8;
    long claimed = 0;
    long stored = 0;
    for (int i = 0; i < pieces.count; i++) {
      long rows =
          pieces.tiled ? pieces.height : Math.min(pieces.height, height - pieces.top(i, down));
      // Colours of a lower resolution take less.
      if (compression == NONE && photometric != YCBCR && pieces.lengths[i] < rows * rowBytes) {
        throw truncated(
            "strip or tile %d has %d bytes of %d"
                .formatted(i + 1, pieces.lengths[i], rows * rowBytes));
      }
      claimed += rows * rowBytes;
      stored += pieces.lengths[i];
    }
    if (photometric == YCBCR) {
      claimed /= 3;
    }
    // Data that serve for several may be shared, but not so that a small file makes endless work.
    if (stored > 2 * claimed + (long) PIECE_OVERHEAD * pieces.count + file.length) {
      throw BadPhotoException.corrupt(PhotoFormat.TIFF, "its strips or tiles overlap");
    }
    if (claimed / mostPixelBytes(compression) > stored) {
      throw truncated(
          "%d bytes of data for the %d x %d pixels that its header claims"
              .formatted(stored, width, height));
    }
  }

  /** How many bytes of pixels a byte of data can at most stand for. */
  private static long mostPixelBytes(int compression) {
    return switch (compression) {
      case NONE -> 1;
      case LZW -> 4096; // at most one entry of the table a code
      case PACKBITS -> 64; // 128 bytes of 2
      case DEFLATE, OLD_DEFLATE -> 1032;
      default -> 1 << 20; // fax, where a blank line is a bit; JPEG, which checks for itself
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

  private DecodedPhoto decodeByPlugin(byte[] bare, int photometric, int samples)
      throws BadPhotoException {
    BufferedImage image = decodeByPlugin(new EncodedInput(bare));
    Rasters.Extra extra = extra(photometric, samples);
    // Of what means nothing the reader may have kept nothing.
    if (extra != Rasters.Extra.NOTHING && image.getRaster().getNumBands() != samples) {
      throw new IllegalStateException("unexpected image from the TIFF reader: " + image);
    }
    return Rasters.decoded(image, extra, PhotoFormat.TIFF);
  }

  private static BufferedImage decodeByPlugin(EncodedInput input) throws BadPhotoException {
    return Plugins.read(
        new TIFFImageReaderSpi(), input, PhotoFormat.TIFF, reader -> reader.read(0));
  }

  /** What the last sample means. Where nothing says so, one too many is alpha, as in Pillow. */
  private Rasters.Extra extra(int photometric, int samples) throws BadPhotoException {
    if (photometric == CMYK) {
      return Rasters.Extra.BLACK_INK;
    }
    if (samples != 2 && samples != 4) {
      return Rasters.Extra.NOTHING;
    }
    return switch ((int) value(EXTRA_SAMPLES, 2)) {
      case 1 -> Rasters.Extra.PREMULTIPLIED_ALPHA;
      case 2, 999 -> Rasters.Extra.ALPHA; // 999: Corel Draw 10
      default -> Rasters.Extra.NOTHING;
    };
  }

  /** Decodes one strip or tile, at least so large. */
  private interface PieceDecoder {

    JpegDecoder.Components decode(int piece, int width, int height) throws BadPhotoException;
  }

  /** The samples {@code [height, width, samples]} of all strips or tiles, each decoded alone. */
  private static byte[] assembled(
      int width, int height, int samples, Pieces pieces, PieceDecoder decoder)
      throws BadPhotoException {
    byte[] all = new byte[width * height * samples];
    for (int top = 0, i = 0; top < height; top += pieces.height) {
      for (int left = 0, last = i + pieces.across; i < last; left += pieces.width, i++) {
        int w = Math.min(pieces.width, width - left);
        int h = Math.min(pieces.height, height - top);
        JpegDecoder.Components piece = decoder.decode(i, w, h);
        if (piece.count() != samples || piece.width() < w || piece.height() < h) {
          throw BadPhotoException.corrupt(
              PhotoFormat.TIFF,
              "strip or tile %d has %d x %d pixels of %d samples, expected %d x %d of %d"
                  .formatted(i + 1, piece.width(), piece.height(), piece.count(), w, h, samples));
        }
        for (int y = 0; y < h; y++) {
          System.arraycopy(
              piece.samples(),
              y * piece.width() * samples,
              all,
              ((top + y) * width + left) * samples,
              w * samples);
        }
      }
    }
    return all;
  }

  /**
   * Fax, one bit a pixel. A strip at a time, each as a file that ends where its data end: the
   * plug-in fills up with white what is missing, but not without having looked for it.
   */
  private DecodedPhoto decodeFax(int width, int height, int compression, Pieces pieces)
      throws BadPhotoException {
    byte[] rgb =
        assembled(
            width,
            height,
            3,
            pieces,
            (i, w, h) -> {
              EncodedInput input = new EncodedInput(faxFile(compression, pieces, i, h));
              BufferedImage image = decodeByPlugin(input);
              // Of group 3 the plug-in looks for an end of line first; some writers have none.
              int looks = compression == FAX_GROUP_3 && !hasEndOfLine(pieces, i) ? 1 : 0;
              if (input.timesEnded() > looks) {
                throw truncated("the data of strip or tile %d end early".formatted(i + 1));
              }
              DecodedPhoto piece = Rasters.decoded(image, Rasters.Extra.NOTHING, PhotoFormat.TIFF);
              return new JpegDecoder.Components(
                  piece.width(), piece.height(), piece.bands(), piece.samples());
            });
    return new DecodedPhoto(width, height, 3, rgb);
  }

  /** Whether the code for it, eleven zeros and a one, stands in the first 512 bytes. */
  private boolean hasEndOfLine(Pieces pieces, int piece) {
    int at = (int) pieces.offsets[piece];
    int bits = 0xfff;
    for (int i = 0; i < 8 * Math.min(512, pieces.lengths[piece]); i++) {
      bits = ((bits << 1) & 0xfff) | ((file[at + (i >> 3)] >> (7 - (i & 7))) & 1);
      if (bits == 1) {
        return true;
      }
    }
    return false;
  }

  private byte[] faxFile(int compression, Pieces pieces, int piece, int rows)
      throws BadPhotoException {
    int length = (int) pieces.lengths[piece];
    int options = compression == FAX_GROUP_3 ? GROUP_3_OPTIONS : GROUP_4_OPTIONS;
    long[][] entries = {
      {WIDTH, pieces.width},
      {HEIGHT, rows},
      {BITS, 1},
      {COMPRESSION, compression},
      {PHOTOMETRIC, value(PHOTOMETRIC, BLACK_IS_ZERO)},
      {FILL_ORDER, value(FILL_ORDER, 1)},
      {STRIP_OFFSETS, 0},
      {ROWS_PER_STRIP, rows},
      {options, value(options, 0)}
    };
    int start = 8 + 2 + 12 * entries.length + 4;
    ByteBuffer tiff = ByteBuffer.allocate(start + length).order(ByteOrder.LITTLE_ENDIAN);
    tiff.put(new byte[] {'I', 'I', '*', 0}).putInt(8).putShort((short) entries.length);
    for (long[] entry : entries) {
      long value = entry[0] == STRIP_OFFSETS ? start : entry[1];
      tiff.putShort((short) entry[0]).putShort((short) 4).putInt(1).putInt((int) value);
    }
    return tiff.putInt(0).put(file, (int) pieces.offsets[piece], length).array();
  }

  private DecodedPhoto decodeJpegs(
      int width, int height, int photometric, int samples, Pieces pieces) throws BadPhotoException {
    Entry tables = directory.get(JPEG_TABLES);
    // The tables are a JPEG of their own: without its end they go in front of each piece.
    byte[] head =
        tables == null || tables.count < 4
            ? new byte[] {(byte) 0xff, (byte) 0xd8}
            : Arrays.copyOfRange(file, tables.at, tables.at + tables.count - 2);
    byte[] all =
        assembled(
            width,
            height,
            samples,
            pieces,
            (i, w, h) -> {
              int skip = 2; // its start-of-image marker
              int length = Math.max(0, (int) pieces.lengths[i] - skip);
              byte[] jpeg = Arrays.copyOf(head, head.length + length);
              if (length > 0) {
                System.arraycopy(file, (int) pieces.offsets[i] + skip, jpeg, head.length, length);
              }
              return JpegDecoder.components(jpeg, limits, pieces.width, pieces.height);
            });
    if (photometric == YCBCR) {
      YcbcrToRgb.convert(all, 3, width * height);
    } else if (photometric == WHITE_IS_ZERO) {
      for (int i = 0; i < all.length; i++) {
        all[i] = (byte) ~all[i];
      }
    }
    return Rasters.decoded(
        Rasters.interleaved(all, width, height, samples),
        extra(photometric, samples),
        PhotoFormat.TIFF);
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
            case 1, 6 -> Bytes.uint8(file, at);
            case 3, 8 -> uint16(at);
            case 4, 9 -> uint32(at);
            default -> {
              if (ALSO_READ.contains(tag)) {
                yield 0; // damaged metadata is ignored
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

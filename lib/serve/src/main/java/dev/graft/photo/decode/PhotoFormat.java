package dev.graft.photo.decode;

import dev.graft.error.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The image formats that Graft reads, known by their first bytes and never by a file's name. */
public enum PhotoFormat {
  JPEG,
  PNG,
  GIF,
  BMP,
  TIFF,
  WEBP;

  // The first of a file's brands; those not named here are films.
  private static final Set<String> AVIF_BRANDS = Set.of("avif", "avis");
  private static final Set<String> HEIC_BRANDS =
      Set.of("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1");

  /** Photo formats that Graft does not read, by how their files start. */
  private static final Map<String, String> UNREAD =
      Map.of(
          "II+\0", "BigTIFF",
          "MM\0+", "BigTIFF",
          "\0\0\0\fJXL \r\n", "JPEG XL",
          "\u00ff\n", "JPEG XL",
          "\0\0\0\fjP  \r\n", "JPEG 2000",
          "\u00ffO\u00ffQ", "JPEG 2000",
          "FUJIFILMCCD-RAW", "RAW (RAF)",
          "IIU\0", "RAW (RW2)",
          "IIRO", "RAW (ORF)",
          "IIRS", "RAW (ORF)");

  /**
   * Tells the format by the first bytes.
   *
   * @throws BadPhotoException saying what the bytes are instead, if they are none of these formats
   */
  public static PhotoFormat of(byte[] file) throws BadPhotoException {
    if (file.length == 0) {
      throw new BadPhotoException(
          ErrorCode.UNREADABLE_PHOTO, "the file is empty; copy it again or leave it out");
    }
    PhotoFormat format = known(file);
    if (format == null) {
      throw unknown(file);
    }
    return format;
  }

  /** Whether these are the first bytes of a photo, of a format that Graft reads or not. */
  public static boolean isPhoto(byte[] start) {
    return known(start) != null || unsupported(start) != null;
  }

  private static PhotoFormat known(byte[] file) {
    if (starts(file, 0, "\u00ff\u00d8")) {
      return JPEG;
    }
    if (starts(file, 0, "\u0089PNG\r\n\u001a\n")) {
      return PNG;
    }
    if (starts(file, 0, "GIF87a") || starts(file, 0, "GIF89a")) {
      return GIF;
    }
    if (starts(file, 0, "II*\0") || starts(file, 0, "MM\0*")) {
      return TIFF;
    }
    if (starts(file, 0, "RIFF") && starts(file, 8, "WEBP")) {
      return WEBP;
    }
    if (starts(file, 0, "BM") && file.length >= 18 && looksLikeBmp(file)) {
      return BMP;
    }
    return null;
  }

  /** The name of the photo format that these bytes are and that Graft does not read, or null. */
  private static String unsupported(byte[] file) {
    if (starts(file, 4, "ftyp")) {
      String brand = ascii(file, 8, 12);
      if (AVIF_BRANDS.contains(brand)) {
        return "AVIF";
      }
      if (HEIC_BRANDS.contains(brand)) {
        return "HEIC";
      }
      if (brand.equals("crx ")) {
        return "RAW (CR3)";
      }
    }
    return UNREAD.entrySet().stream()
        .filter(format -> starts(file, 0, format.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  private static boolean looksLikeBmp(byte[] file) {
    int header = Bytes.int32le(file, 14);
    return header >= 12 && header <= 255; // the sizes in use are 12, 40, 52, 56, 64, 108 and 124
  }

  private static BadPhotoException unknown(byte[] file) {
    String unsupported = unsupported(file);
    if (unsupported != null) {
      return BadPhotoException.unsupported("format " + unsupported);
    }
    if (starts(file, 4, "ftyp")) {
      return new BadPhotoException(
          ErrorCode.NOT_A_PHOTO, "a video or another MP4-like file, not a photo; leave it out");
    }
    if (starts(file, 0, "%PDF")) {
      return new BadPhotoException(
          ErrorCode.NOT_A_PHOTO, "a PDF document, not a photo; leave it out");
    }
    String text = text(file);
    if (text != null) {
      String lower = text.stripLeading().toLowerCase(Locale.ROOT);
      return lower.startsWith("<!doctype html") || lower.startsWith("<html")
          ? new BadPhotoException(
              ErrorCode.NOT_A_PHOTO,
              "an HTML page, not a photo (a failed download?); download it again or leave it out")
          : new BadPhotoException(ErrorCode.NOT_A_PHOTO, "text, not a photo; leave it out");
    }
    StringBuilder first = new StringBuilder();
    for (int i = 0; i < Math.min(8, file.length); i++) {
      first.append(" %02x".formatted(file[i]));
    }
    return new BadPhotoException(
        ErrorCode.NOT_A_PHOTO,
        "expected a JPEG, PNG, GIF, BMP, TIFF or WebP photo, found a file that starts with"
            + first
            + "; leave it out");
  }

  /** The beginning of the file if it is text without control characters, else null. */
  private static String text(byte[] file) {
    int n = Math.min(512, file.length);
    while (n > 0 && n < file.length && (file[n] & 0xc0) == 0x80) {
      n--; // do not cut a UTF-8 character
    }
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file, 0, n)).toString();
      boolean printable =
          text.chars().allMatch(c -> c >= ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f');
      return printable ? text : null;
    } catch (CharacterCodingException e) {
      return null; // binary: that is the answer
    }
  }

  private static boolean starts(byte[] file, int at, String magic) {
    return Bytes.matches(file, at, magic);
  }

  private static String ascii(byte[] file, int from, int to) {
    int end = Math.min(to, file.length);
    return end <= from ? "" : new String(file, from, end - from, StandardCharsets.ISO_8859_1);
  }
}

package dev.graft.data;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Tells by its first bytes whether a file is meant to be a photo; its name does not count. */
final class PhotoSniffer {

  /** HEIC, AVIF and their sequences; other brands of this container are films. */
  private static final Set<String> HEIF_BRANDS =
      Set.of("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis");

  private PhotoSniffer() {}

  /** True for HEIC and its like too: a photo that cannot be read is not to be passed over. */
  static boolean looksLikePhoto(byte[] bytes, int length) {
    String start = new String(bytes, 0, Math.min(length, 16), StandardCharsets.ISO_8859_1);
    return start.startsWith("\u00ff\u00d8\u00ff") // JPEG
        || start.startsWith("\u0089PNG")
        || start.startsWith("GIF8")
        || start.startsWith("BM")
        || start.startsWith("II*\0")
        || start.startsWith("MM\0*")
        || (start.startsWith("RIFF") && start.startsWith("WEBP", 8))
        || (start.startsWith("ftyp", 4) && HEIF_BRANDS.contains(start.substring(8, 12)));
  }
}

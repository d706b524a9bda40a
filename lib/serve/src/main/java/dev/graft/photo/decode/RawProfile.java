package dev.graft.photo.decode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * EXIF data as text in a PNG, as ImageMagick wrote them before there was a chunk for them: behind a
 * keyword come a line with the profile's name, one with its length in bytes, and lines of
 * hexadecimal digits.
 */
final class RawProfile {

  private static final String KEYWORD = "Raw profile type exif\0";
  private static final String EXIF = "Exif\0\0";

  /** EXIF data are 64 KB at most, where JPEG has them; two digits a byte, and the line breaks. */
  private static final int MAX_TEXT = 160 << 10;

  private RawProfile() {}

  /**
   * Whether a text chunk is such a profile.
   *
   * @param at where its contents begin
   */
  static boolean isAt(byte[] file, int at) {
    return Bytes.matches(file, at, KEYWORD);
  }

  /**
   * The orientation in such a tEXt or zTXt chunk.
   *
   * @param at where its contents begin, behind its type
   * @param length of them
   */
  static int orientation(byte[] file, int at, int length) {
    int start = at + KEYWORD.length();
    boolean packed = file[at - 4] == 'z';
    byte[] text =
        packed
            ? inflated(file, start + 1, at + length) // behind the number of the method
            : Arrays.copyOfRange(file, start, Math.min(at + length, start + MAX_TEXT));
    byte[] profile = bytes(new String(text, StandardCharsets.ISO_8859_1));
    int header = Bytes.matches(profile, 0, EXIF) ? EXIF.length() : 0;
    return Exif.orientation(profile, header, profile.length);
  }

  /** As much as is there and intact. */
  private static byte[] inflated(byte[] file, int from, int to) {
    byte[] text = new byte[MAX_TEXT];
    int filled = 0;
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(file, from, Math.max(0, to - from));
      int n = 1;
      while (n > 0 && filled < text.length) {
        n = inflater.inflate(text, filled, text.length - filled);
        filled += n;
      }
    } catch (DataFormatException e) {
      // Damaged metadata is no reason to refuse a photo.
    } finally {
      inflater.end();
    }
    return Arrays.copyOf(text, filled);
  }

  /** What the digits behind the third line break stand for, up to the first that is none. */
  private static byte[] bytes(String text) {
    int at = 0;
    for (int line = 0; line < 3; line++) {
      at = text.indexOf('\n', at) + 1;
      if (at == 0) {
        return new byte[0];
      }
    }
    byte[] bytes = new byte[(text.length() - at) / 2];
    int digits = 0;
    for (; at < text.length() && digits < 2 * bytes.length; at++) {
      int digit = Character.digit(text.charAt(at), 16);
      if (digit >= 0) {
        bytes[digits >> 1] |= (byte) (digit << (digits % 2 == 0 ? 4 : 0));
        digits++;
      } else if (!Character.isWhitespace(text.charAt(at))) {
        break;
      }
    }
    return Arrays.copyOf(bytes, digits / 2);
  }
}

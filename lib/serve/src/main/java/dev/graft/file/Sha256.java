package dev.graft.file;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** SHA-256 checksums, spelled as 64 lower-case hexadecimal digits wherever they are written. */
public final class Sha256 {

  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  private Sha256() {}

  /** The checksum of these bytes. */
  public static String of(byte[] bytes) {
    return hex(digest().digest(bytes));
  }

  /** The checksum of these lines in UTF-8, with a line feed between any two. */
  public static String ofLines(String... lines) {
    return of(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }

  /** For what is added up piece by piece; {@link #hex} spells the result. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** A digest's bytes as it is written. */
  public static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }

  /** Whether this is how a checksum is written. */
  public static boolean isHex(String value) {
    return value != null && HEX.matcher(value).matches();
  }

  /**
   * Checks how a checksum is written.
   *
   * @param name what it is the checksum of, for the message
   * @throws IllegalArgumentException if it is anything but 64 lower-case hexadecimal digits
   */
  public static String require(String value, String name) {
    if (!isHex(value)) {
      throw new IllegalArgumentException(
          "expected 64 lower-case hexadecimal digits as " + name + ", got " + value);
    }
    return value;
  }
}

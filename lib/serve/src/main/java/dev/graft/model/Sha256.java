package dev.graft.model;

import java.util.regex.Pattern;

/** The one spelling of checksums in metadata. */
final class Sha256 {

  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  private Sha256() {}

  static void require(String value, String name) {
    if (value == null || !HEX.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "expected 64 lower-case hexadecimal digits as " + name + ", got " + value);
    }
  }
}

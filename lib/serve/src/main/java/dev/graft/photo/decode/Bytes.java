package dev.graft.photo.decode;

/** Numbers inside file headers; an index beyond the file is an IndexOutOfBoundsException. */
public final class Bytes {

  private Bytes() {}

  public static int uint8(byte[] b, int at) {
    return b[at] & 0xff;
  }

  public static int uint16be(byte[] b, int at) {
    return (uint8(b, at) << 8) | uint8(b, at + 1);
  }

  public static int uint16le(byte[] b, int at) {
    return (uint8(b, at + 1) << 8) | uint8(b, at);
  }

  public static int uint24le(byte[] b, int at) {
    return (uint8(b, at + 2) << 16) | uint16le(b, at);
  }

  static int int32be(byte[] b, int at) {
    return (uint16be(b, at) << 16) | uint16be(b, at + 2);
  }

  public static int int32le(byte[] b, int at) {
    return (uint16le(b, at + 2) << 16) | uint16le(b, at);
  }

  public static long uint32be(byte[] b, int at) {
    return int32be(b, at) & 0xffffffffL;
  }

  public static long uint32le(byte[] b, int at) {
    return int32le(b, at) & 0xffffffffL;
  }

  /** Whether the Latin-1 characters of {@code magic} stand at {@code at}. */
  public static boolean matches(byte[] b, int at, String magic) {
    if (at + magic.length() > b.length) {
      return false;
    }
    for (int i = 0; i < magic.length(); i++) {
      if (uint8(b, at + i) != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}

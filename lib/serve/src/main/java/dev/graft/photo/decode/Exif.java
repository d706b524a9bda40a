package dev.graft.photo.decode;

/**
 * The one thing that matters here of a photo's EXIF data. Read by hand: a general EXIF reader loads
 * every tag, and a few kilobytes of tags that all name the same block can fill the memory.
 */
public final class Exif {

  public static final int UPRIGHT = 1;

  private static final int ORIENTATION = 274;

  private Exif() {}

  /**
   * How the photo must be turned to be upright.
   *
   * @param at where the EXIF data's TIFF header begins, behind the "Exif" of JPEG
   * @param end where they end
   * @return 1 to 8; 1 where the tag is missing, damaged or has another value
   */
  public static int orientation(byte[] file, int at, int end) {
    boolean big = Bytes.matches(file, at, "MM\0*");
    if (end - at < 8 || !(big || Bytes.matches(file, at, "II*\0"))) {
      return UPRIGHT;
    }
    long directory = at + (big ? Bytes.uint32be(file, at + 4) : Bytes.uint32le(file, at + 4));
    if (directory + 2 > end) {
      return UPRIGHT;
    }
    int entries = uint16(file, (int) directory, big);
    for (int i = 0, e = (int) directory + 2; i < entries && e + 12 <= end; i++, e += 12) {
      if (uint16(file, e, big) == ORIENTATION) {
        int type = uint16(file, e + 2, big);
        return switch (type) {
          case 1 -> valid(Bytes.uint8(file, e + 8));
          case 3 -> valid(uint16(file, e + 8, big));
          case 4 -> valid(big ? Bytes.int32be(file, e + 8) : Bytes.int32le(file, e + 8));
          default -> UPRIGHT;
        };
      }
    }
    return UPRIGHT;
  }

  public static int valid(int orientation) {
    return orientation >= 1 && orientation <= 8 ? orientation : UPRIGHT;
  }

  /** Whether what is left in the upright photo comes from the end of a stored row or column. */
  public static boolean mirrorsColumns(int orientation) {
    return orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  }

  /** Whether what is at the top of the upright photo comes from the end. */
  public static boolean mirrorsRows(int orientation) {
    return orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  }

  private static int uint16(byte[] file, int at, boolean big) {
    return big ? Bytes.uint16be(file, at) : Bytes.uint16le(file, at);
  }
}

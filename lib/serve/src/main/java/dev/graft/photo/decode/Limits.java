package dev.graft.photo.decode;

import dev.graft.error.ErrorCode;

/**
 * What a photo may cost, checked on its header before anything is decoded.
 *
 * @param maxPixels the most pixels a photo may have
 * @param claim on the memory that decoding takes; null where nobody else decodes
 */
public record Limits(long maxPixels, MemoryClaim claim) {

  public Limits {
    if (maxPixels < 1) {
      throw new IllegalArgumentException("expected a limit of at least 1 pixel, got " + maxPixels);
    }
  }

  public Limits(long maxPixels) {
    this(maxPixels, null);
  }

  public Limits withClaim(MemoryClaim newClaim) {
    return new Limits(maxPixels, newClaim);
  }

  /**
   * Refuses a photo that costs too much, and waits for the memory of one that does not.
   *
   * @param bytes memory that decoding needs beside the file itself
   * @throws BadPhotoException if the size is zero, over the limit, or needs more memory than a
   *     photo gets
   */
  public void check(PhotoFormat format, long width, long height, long bytes)
      throws BadPhotoException {
    checkSize(format, width, height);
    if (bytes > MemoryClaim.MOST_OF_DECODING) {
      throw new BadPhotoException(
          ErrorCode.OUT_OF_MEMORY,
          "%d x %d pixels of this %s need %d MB of memory, but of the %d MB that Java may use a photo gets %d; raise -Xmx or make the photo smaller"
              .formatted(
                  width,
                  height,
                  format,
                  bytes >> 20,
                  Runtime.getRuntime().maxMemory() >> 20,
                  MemoryClaim.MOST_OF_DECODING >> 20));
    }
    if (claim != null) {
      claim.take(bytes);
    }
  }

  public void checkSize(PhotoFormat format, long width, long height) throws BadPhotoException {
    if (width < 1 || height < 1) {
      throw BadPhotoException.corrupt(
          format, "its header claims %d x %d pixels".formatted(width, height));
    }
    if (width > maxPixels / height) {
      throw new BadPhotoException(
          ErrorCode.PHOTO_TOO_LARGE,
          "too large: the %s header claims %d x %d pixels, the limit is %.1f megapixels; make it smaller or leave it out"
              .formatted(format, width, height, maxPixels / 1e6));
    }
    // A pixel takes up to 4 bytes of an array, which has an int for its size.
    if (4 * width * height > Integer.MAX_VALUE - 8L) {
      throw new BadPhotoException(
          ErrorCode.PHOTO_TOO_LARGE,
          "too large: %d x %d pixels do not fit in an array; make it smaller or leave it out"
              .formatted(width, height));
    }
  }
}

package dev.graft.photo.spi;

import dev.graft.photo.PhotoReader;
import java.util.Optional;

/**
 * Decodes JPEGs at a half, a quarter or an eighth of their size by leaving high frequencies out,
 * which libjpeg calls scaling in the DCT domain: for a large photo that a model sees small, much
 * faster than decoding all of it. {@link PhotoReader} looks for an implementation on the class path
 * with {@link java.util.ServiceLoader}, uses the first it finds, and does without where there is
 * none. The artifact graft-jpeg has one.
 *
 * <p>Implementations are thread-safe, and cheap to make: a native library is loaded by the first
 * call of a method.
 */
public interface ScaledJpegDecoder {

  /** The implementation that is installed; it may have a {@link #problem()}. */
  static Optional<ScaledJpegDecoder> installed() {
    return InstalledJpegDecoder.FOUND;
  }

  /** The library and its version; another one whenever the samples may be others. */
  String name();

  /** Why it cannot be used on this machine, or empty: part of a sentence for the user. */
  Optional<String> problem();

  /**
   * Decodes a JPEG whose segments have been checked. Anything that is not right about its data, or
   * gives reason to a mere warning, is an empty result: the caller then decodes it otherwise, and
   * finds the words for what is wrong.
   *
   * @param jpeg 8 bits a sample, Huffman-coded, baseline or progressive, grey or YCbCr; from the
   *     start of the image to its end, and only the segments that make the picture. Not changed
   * @param length how many of the bytes are the JPEG
   * @param width of the whole photo in pixels, as stored
   * @param height of the whole photo in pixels, as stored
   * @param bands 1 for grey, 3 for colours
   * @param reduction 2, 4 or 8
   * @return unsigned samples {@code [ceil(height / reduction), ceil(width / reduction), bands]},
   *     grey or RGB, rows from the top
   */
  Optional<byte[]> decode(byte[] jpeg, int length, int width, int height, int bands, int reduction);
}

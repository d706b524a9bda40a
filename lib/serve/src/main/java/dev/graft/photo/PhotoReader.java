package dev.graft.photo;

import dev.graft.error.ErrorCode;
import dev.graft.file.Sha256;
import dev.graft.photo.decode.BadPhotoException;
import dev.graft.photo.decode.BmpDecoder;
import dev.graft.photo.decode.DecodedPhoto;
import dev.graft.photo.decode.GifDecoder;
import dev.graft.photo.decode.JpegDecoder;
import dev.graft.photo.decode.Limits;
import dev.graft.photo.decode.MemoryClaim;
import dev.graft.photo.decode.PhotoFormat;
import dev.graft.photo.decode.PngDecoder;
import dev.graft.photo.spi.ScaledJpegDecoder;
import dev.graft.photo.tiff.TiffDecoder;
import dev.graft.photo.webp.WebpDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Reads photos: JPEG, PNG, GIF, BMP, TIFF and WebP, known by their bytes and never by their name.
 *
 * <p>The pixels equal those of Pillow's {@code
 * ImageOps.exif_transpose(Image.open(f)).convert("RGB")} to within 1 level, so a model sees in Java
 * what it sees in Python:
 *
 * <ul>
 *   <li>turned upright by the EXIF orientation (JPEG, the eXIf chunk of PNG, WebP, TIFF's own tag);
 *       a value outside 1..8 is ignored;
 *   <li>transparent parts over white, rounded to the nearest; embedded colour profiles not applied;
 *   <li>CMYK and YCCK by the plain formula, grey into all three channels;
 *   <li>16-bit samples by their high byte, where Pillow does so for colours but cuts grey off at
 *       255;
 *   <li>the first frame of an animation on its whole screen, the first page of a TIFF file.
 * </ul>
 *
 * Truncated or corrupt picture data is an error; damaged metadata is not.
 *
 * <p>A JPEG that is brought to a much smaller size may be decoded small at once, by the {@link
 * ScaledJpegDecoder} that is installed: several times faster, and within 2 levels of the above on
 * average over a photo's pixels. {@link #withExactDecoding()} does without.
 *
 * <p>Memory, for each photo being read: the file itself (JPEG and TIFF: twice), 3 bytes a pixel
 * (grey JPEG and PNG: 1, CMYK JPEG: 4; besides, GIF: 1 more, WebP: 5 more, TIFF: as many more as it
 * stores, unless it stores 8-bit RGB), and the result. A progressive JPEG takes up to 6 bytes a
 * pixel outside the heap besides. A JPEG that is decoded small needs less in the heap, and outside
 * it what the {@link ScaledJpegDecoder} says. All this is checked on the header, before decoding: a
 * photo above the limit of pixels, of more than 1 GiB, or in need of more memory than a quarter of
 * Java's for its file and three eighths for the rest, is refused. Photos that are read at the same
 * time share these parts: where they are spent, a photo waits. Where Java runs out of memory
 * nevertheless, that is the failure of the photo that asked for it.
 *
 * <p>Thread-safe: one reader serves all threads. It keeps nothing between calls and writes nothing
 * to disk. An interrupt does not stop it, and stays set.
 */
public final class PhotoReader {

  private static final long DEFAULT_MAX_PIXELS = 200_000_000;
  private static final long MAX_FILE_BYTES = 1L << 30;

  /** The first bytes of a file, enough to tell what it is. */
  private static final int START = 64;

  private final Limits limits;
  private final ScaledJpegDecoder scaled; // null: all is decoded exactly

  private PhotoReader(Limits limits, ScaledJpegDecoder scaled) {
    this.limits = limits;
    this.scaled = scaled;
  }

  /** A reader with the default limit of 200 megapixels. */
  public static PhotoReader create() {
    return new PhotoReader(
        new Limits(DEFAULT_MAX_PIXELS), ScaledJpegDecoder.installed().orElse(null));
  }

  /**
   * A reader that refuses photos of more than {@code maxPixels} pixels (width times height).
   *
   * @throws IllegalArgumentException if {@code maxPixels} is less than 1
   */
  public PhotoReader withMaxPixels(long maxPixels) {
    return new PhotoReader(new Limits(maxPixels), scaled);
  }

  /** A reader that decodes every photo exactly, whatever is installed. */
  public PhotoReader withExactDecoding() {
    return new PhotoReader(limits, null);
  }

  /**
   * What decides the pixels of large JPEGs beside the photo and the preprocessing: {@code exact},
   * or the decoder that makes them smaller. For whoever keeps what was made of pixels, and must not
   * mix the two. May load the decoder.
   */
  public String decoding() {
    return scaled == null || scaled.problem().isPresent()
        ? "exact"
        : "%s, %s times".formatted(scaled.name(), Resize.REDUCED_MARGIN);
  }

  /**
   * Whether a file is meant to be a photo, by its first bytes and never by its name; an empty file
   * is not.
   *
   * @throws IOException if it cannot be read
   */
  public static boolean isPhoto(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return isPhoto(in.readNBytes(START));
    }
  }

  /**
   * Whether a file that starts with these bytes is meant to be a photo. True for the formats that
   * this class reads and for those that it knows and refuses (HEIC, AVIF, BigTIFF): such a photo is
   * to be reported, not to be passed over.
   *
   * @param start the first bytes, at least 64 where the file has as many
   */
  public static boolean isPhoto(byte[] start) {
    return PhotoFormat.isPhoto(start);
  }

  /**
   * Reads a photo upright, at its own size.
   *
   * @throws PhotoException if the file is no complete photo of a known format within the limits
   */
  public Pixels read(Path photo) throws PhotoException {
    return read(photo, null);
  }

  /**
   * Reads a photo upright and brings it to the size and colours that a model expects.
   *
   * @param preprocessing null for the photo's own size and colours; grey is made before resizing
   * @throws PhotoException if the file is no complete photo of a known format within the limits
   */
  public Pixels read(Path photo, PhotoPreprocessing preprocessing) throws PhotoException {
    return readFile(photo, null, preprocessing);
  }

  /**
   * The same for a photo whose bytes are known: what keeps anything that was made of it under the
   * name of these bytes must not be given another's pixels. The bytes that are decoded are those
   * that are looked at.
   *
   * @param sha256 of the file's bytes, lower-case hexadecimal
   * @throws PhotoException also if the file has other bytes by now
   */
  public Pixels readUnchanged(Path photo, String sha256, PhotoPreprocessing preprocessing)
      throws PhotoException {
    return readFile(photo, Objects.requireNonNull(sha256, "sha256"), preprocessing);
  }

  /**
   * @param sha256 null where any bytes are right
   */
  private Pixels readFile(Path photo, String sha256, PhotoPreprocessing preprocessing)
      throws PhotoException {
    Objects.requireNonNull(photo, "photo");
    try (MemoryClaim claim = MemoryClaim.onFile()) {
      byte[] bytes = bytes(photo, claim);
      if (sha256 != null && !sha256.equals(Sha256.of(bytes))) {
        throw new PhotoException(
            ErrorCode.FILE_UNREADABLE,
            photo.toString(),
            "has changed since it was listed; run again when it is complete");
      }
      return read(bytes, photo.toString(), preprocessing);
    } catch (OutOfMemoryError e) {
      throw outOfMemory(photo.toString(), e);
    }
  }

  /**
   * The same for a photo in memory.
   *
   * @param encoded the bytes of an image file; they are not changed
   * @param name what error messages call it
   * @param preprocessing null for the photo's own size and colours
   */
  public Pixels read(byte[] encoded, String name, PhotoPreprocessing preprocessing)
      throws PhotoException {
    Objects.requireNonNull(encoded, "encoded");
    Objects.requireNonNull(name, "name");
    try (MemoryClaim claim = MemoryClaim.onDecoding()) {
      Resize resize = preprocessing == null ? null : preprocessing.resize();
      return read(decode(encoded, name, resize, limits.withClaim(claim)), preprocessing);
    } catch (OutOfMemoryError e) {
      throw outOfMemory(name, e);
    }
  }

  /**
   * The same for a photo from a stream, which is read to its end.
   *
   * @param encoded gives the bytes of an image file; stays the caller's to close
   * @throws PhotoException also if the stream cannot be read
   */
  public Pixels read(InputStream encoded, String name, PhotoPreprocessing preprocessing)
      throws PhotoException {
    Objects.requireNonNull(encoded, "encoded");
    Objects.requireNonNull(name, "name");
    long most = Math.min(MAX_FILE_BYTES, MemoryClaim.MOST_OF_FILES);
    byte[] bytes;
    try {
      bytes = encoded.readNBytes((int) most + 1);
    } catch (OutOfMemoryError e) {
      throw outOfMemory(name, e);
    } catch (IOException e) {
      throw new PhotoException(
          ErrorCode.FILE_UNREADABLE, name, "cannot be read (%s)".formatted(e.getMessage()), e);
    }
    if (bytes.length > most) {
      throw new PhotoException(
          ErrorCode.PHOTO_TOO_LARGE,
          name,
          "more than %d MB; raise -Xmx or leave it out".formatted(most >> 20));
    }
    return read(bytes, name, preprocessing);
  }

  private static Pixels read(DecodedPhoto photo, PhotoPreprocessing preprocessing) {
    if (preprocessing == null) {
      return pixels(photo.uprightWidth(), photo.uprightHeight(), photo.bands(), photo.upright());
    }
    if (preprocessing.colorMode() == ColorMode.GRAYSCALE) {
      photo = gray(photo);
    }
    Resize resize = preprocessing.resize();
    return pixels(resize.width(), resize.height(), photo.bands(), resize.samples(photo));
  }

  /** Changes the samples in place to {@link ColorMode#luma}. */
  private static DecodedPhoto gray(DecodedPhoto photo) {
    if (photo.bands() == 1) {
      return photo;
    }
    byte[] samples = photo.samples();
    for (int i = 0, p = 0, n = photo.width() * photo.height(); i < n; i++, p += 3) {
      samples[i] =
          (byte) ColorMode.luma(samples[p] & 0xff, samples[p + 1] & 0xff, samples[p + 2] & 0xff);
    }
    return photo.madeGray();
  }

  private static Pixels pixels(int width, int height, int bands, byte[] samples) {
    if (bands == 3) {
      return new Pixels(width, height, samples);
    }
    byte[] rgb = new byte[3 * samples.length];
    for (int i = 0, to = 0; i < samples.length; i++) {
      rgb[to++] = samples[i];
      rgb[to++] = samples[i];
      rgb[to++] = samples[i];
    }
    return new Pixels(width, height, rgb);
  }

  /**
   * @param resize what will be made of the photo; null where all of its pixels are wanted
   */
  private DecodedPhoto decode(byte[] encoded, String name, Resize resize, Limits limits)
      throws PhotoException {
    try {
      return switch (PhotoFormat.of(encoded)) {
        case JPEG -> JpegDecoder.decode(encoded, limits, smaller(resize));
        case PNG -> PngDecoder.decode(encoded, limits);
        case GIF -> GifDecoder.decode(encoded, limits);
        case BMP -> BmpDecoder.decode(encoded, limits);
        case TIFF -> TiffDecoder.decode(encoded, limits);
        case WEBP -> WebpDecoder.decode(encoded, limits);
      };
    } catch (BadPhotoException e) {
      throw new PhotoException(e.code(), name, e.getMessage(), e.getCause());
    }
  }

  /** How a JPEG may be decoded small; null where all of its pixels are wanted. */
  private JpegDecoder.Smaller smaller(Resize resize) {
    return resize == null || scaled == null
        ? null
        : new JpegDecoder.Smaller(scaled, resize::reduction);
  }

  private static byte[] bytes(Path photo, MemoryClaim claim) throws PhotoException {
    String name = photo.toString();
    if (Files.isDirectory(photo)) {
      throw new PhotoException(
          ErrorCode.FILE_UNREADABLE, name, "is a folder, expected a photo; name the files in it");
    }
    if (Files.exists(photo) && !Files.isRegularFile(photo)) {
      throw new PhotoException(
          ErrorCode.FILE_UNREADABLE, name, "is no regular file, expected a photo");
    }
    try (InputStream input = Files.newInputStream(photo)) {
      long size = Files.size(photo);
      if (size > MAX_FILE_BYTES) {
        throw tooLong(name);
      }
      if (size > MemoryClaim.MOST_OF_FILES) {
        throw new PhotoException(
            ErrorCode.OUT_OF_MEMORY,
            name,
            "a file of %d MB, but of the %d MB that Java may use a file gets %d; raise -Xmx or leave it out"
                .formatted(
                    size >> 20,
                    Runtime.getRuntime().maxMemory() >> 20,
                    MemoryClaim.MOST_OF_FILES >> 20));
      }
      claim.take(size);
      byte[] bytes = new byte[(int) size];
      if (input.readNBytes(bytes, 0, bytes.length) < size || input.read() >= 0) {
        throw new PhotoException(
            ErrorCode.FILE_UNREADABLE,
            name,
            "changes while it is read; try again when it is complete");
      }
      return bytes;
    } catch (PhotoException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new PhotoException(ErrorCode.FILE_NOT_FOUND, name, "no such file; check the path", e);
    } catch (AccessDeniedException e) {
      throw new PhotoException(
          ErrorCode.FILE_UNREADABLE, name, "no permission to read it; change the file's rights", e);
    } catch (IOException e) {
      throw new PhotoException(
          ErrorCode.FILE_UNREADABLE, name, "cannot be read (%s)".formatted(e.getMessage()), e);
    }
  }

  /** Where there was less than the limits allow, it is still this photo's failure alone. */
  private static PhotoException outOfMemory(String name, OutOfMemoryError e) {
    return new PhotoException(
        ErrorCode.OUT_OF_MEMORY,
        name,
        "needs more memory than Java has left of its %d MB; raise -Xmx or leave it out"
            .formatted(Runtime.getRuntime().maxMemory() >> 20),
        e);
  }

  private static PhotoException tooLong(String name) {
    return new PhotoException(
        ErrorCode.PHOTO_TOO_LARGE,
        name,
        "a file of more than %d MB; leave it out".formatted(MAX_FILE_BYTES >> 20));
  }
}

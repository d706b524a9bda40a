package dev.graft.photo.decode;

import java.io.IOException;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;

/**
 * Decoders of other people, which answer damaged data with whatever they stumble over. Here alone
 * that is taken for the photo's fault: what Graft's own code throws unforeseen is a bug of Graft.
 */
public final class Plugins {

  private Plugins() {}

  /** What is asked of a decoder. */
  public interface Decoding<T> {

    T decode() throws IOException;
  }

  /** What is asked of a reader of ImageIO. */
  public interface Reading<T> {

    T read(ImageReader reader) throws IOException;
  }

  /**
   * Decodes.
   *
   * @throws BadPhotoException if the decoder throws anything but an error of the machine, such as
   *     that there is no memory left
   */
  public static <T> T decode(PhotoFormat format, Decoding<T> decoding) throws BadPhotoException {
    try {
      return decoding.decode();
    } catch (BadPhotoException e) {
      throw e;
    } catch (IOException | RuntimeException | StackOverflowError | AssertionError e) {
      if (e.getCause() instanceof OutOfMemoryError error) {
        throw error; // dressed up by the decoder
      }
      String said = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      String detail = said.replaceAll("\\p{Cntrl}+", " "); // perhaps a piece of the file
      BadPhotoException problem =
          isUnknown(detail)
              ? BadPhotoException.unsupported("%s (%s)".formatted(format, detail))
              : BadPhotoException.corrupt(format, detail);
      throw new BadPhotoException(problem.code(), problem.getMessage(), e);
    }
  }

  /** Decodes with a reader of ImageIO, and lets it and the input go. */
  public static <T> T read(
      ImageReaderSpi plugin, ImageInputStream input, PhotoFormat format, Reading<T> reading)
      throws BadPhotoException {
    return decode(
        format,
        () -> {
          ImageReader reader = plugin.createReaderInstance();
          try (input) {
            reader.setInput(input, true, true);
            return reading.read(reader);
          } finally {
            reader.dispose();
          }
        });
  }

  /** Whether a decoder's words tell of what it does not know rather than of damage. */
  private static boolean isUnknown(String detail) {
    String lower = detail.toLowerCase(Locale.ROOT);
    return Stream.of("support", "implement", "legal restrictions").anyMatch(lower::contains);
  }
}

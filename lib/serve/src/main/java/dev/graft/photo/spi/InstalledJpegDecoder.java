package dev.graft.photo.spi;

import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Looks for a {@link ScaledJpegDecoder} once, on first use. */
final class InstalledJpegDecoder {

  static final Optional<ScaledJpegDecoder> FOUND = find();

  private InstalledJpegDecoder() {}

  /** By Graft's own class loader: the same for all threads, whatever their context loader. */
  private static Optional<ScaledJpegDecoder> find() {
    try {
      return ServiceLoader.load(
              ScaledJpegDecoder.class, InstalledJpegDecoder.class.getClassLoader())
          .findFirst();
    } catch (ServiceConfigurationError e) {
      // One that cannot even be made, of another version perhaps: to be told, not to stop at.
      return Optional.of(new Unusable(String.valueOf(e.getMessage())));
    }
  }

  private record Unusable(String why) implements ScaledJpegDecoder {

    @Override
    public String name() {
      return "another JPEG decoder";
    }

    @Override
    public Optional<String> problem() {
      return Optional.of(why);
    }

    @Override
    public Optional<byte[]> decode(
        byte[] jpeg, int length, int width, int height, int bands, int reduction) {
      return Optional.empty();
    }
  }
}

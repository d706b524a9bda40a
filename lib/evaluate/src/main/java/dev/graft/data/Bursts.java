package dev.graft.data;

import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import com.drew.metadata.exif.ExifSubIFDDirectory;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;

/** Finds photos that one camera has taken within seconds. */
final class Bursts {

  /** How much later than the one before a photo of a burst may be. */
  static final Duration GAP = Duration.ofSeconds(10);

  private static final TimeZone UTC = TimeZone.getTimeZone("UTC"); // the same on every machine

  private Bursts() {}

  /**
   * When a camera has taken a photo.
   *
   * @param camera maker and model
   */
  record Capture(String camera, Instant time) {}

  /** A photo and when it was taken. */
  private record Taken(LabeledPhoto photo, Capture capture) {}

  /**
   * The photos, each in the group of its burst, which has the checksum of its first photo. Photos
   * without capture time or camera are alone.
   */
  static List<LabeledPhoto> group(List<LabeledPhoto> photos) {
    List<Taken> taken = new ArrayList<>();
    for (LabeledPhoto photo : photos) {
      capture(photo).ifPresent(capture -> taken.add(new Taken(photo, capture)));
    }
    taken.sort(
        Comparator.comparing((Taken one) -> one.capture.camera)
            .thenComparing(one -> one.capture.time)
            .thenComparing(one -> one.photo.sha256()));
    Map<String, String> groups = new HashMap<>();
    Taken before = null;
    String group = null;
    for (Taken one : taken) {
      if (before == null || !isNext(before.capture, one.capture)) {
        group = one.photo.sha256();
      }
      groups.put(one.photo.sha256(), group);
      before = one;
    }
    return photos.stream()
        .map(photo -> photo.inGroup(groups.getOrDefault(photo.sha256(), photo.sha256())))
        .toList();
  }

  private static boolean isNext(Capture one, Capture next) {
    return one.camera.equals(next.camera)
        && Duration.between(one.time, next.time).compareTo(GAP) <= 0;
  }

  private static Optional<Capture> capture(LabeledPhoto photo) {
    return metadata(photo.path()).flatMap(Bursts::capture);
  }

  private static Optional<Metadata> metadata(Path photo) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(photo))) {
      return Optional.of(JpegMetadataReader.readMetadata(in, List.of(new ExifReader())));
    } catch (JpegProcessingException | IOException | RuntimeException | OutOfMemoryError e) {
      // No JPEG, or one whose EXIF data are damaged or made to fill the memory: nothing tells when
      // it was taken. What is wrong with the photo shows when it is decoded.
      return Optional.empty();
    }
  }

  private static Optional<Capture> capture(Metadata metadata) {
    ExifIFD0Directory camera = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
    ExifSubIFDDirectory exposure = metadata.getFirstDirectoryOfType(ExifSubIFDDirectory.class);
    if (camera == null || exposure == null) {
      return Optional.empty();
    }
    String maker = camera.getString(ExifIFD0Directory.TAG_MAKE);
    String model = camera.getString(ExifIFD0Directory.TAG_MODEL);
    Date time = exposure.getDateOriginal(UTC); // with the parts of a second
    return time == null || (maker == null && model == null)
        ? Optional.empty()
        : Optional.of(new Capture(maker + " " + model, time.toInstant()));
  }
}

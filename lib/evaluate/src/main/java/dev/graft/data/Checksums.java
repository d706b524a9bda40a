package dev.graft.data;

import dev.graft.engine.ReadAhead;
import dev.graft.file.FileProblem;
import dev.graft.file.Sha256;
import dev.graft.photo.PhotoReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tells photos from other files by their first bytes, and reads each once for its SHA-256. */
final class Checksums {

  private static final int THREADS = 4;

  /** A file that may be a photo of these classes. */
  record Candidate(Path file, List<Integer> labels) {}

  /** Either a checksum, or a reason why this is no photo, or a failure. */
  private record Hashed(Candidate candidate, String sha256, String reason, IOException failure) {}

  private Checksums() {}

  /**
   * Computes them.
   *
   * @param named whether somebody named each of the files, so that one which is no photo has failed
   *     rather than being passed over
   * @param skipped gets what is no photo
   * @param unreadable gets what cannot be read, where that is no error
   */
  static List<LabeledPhoto> of(
      List<Candidate> candidates,
      boolean named,
      LabeledFolderOptions options,
      List<Skipped> skipped,
      List<Skipped> unreadable)
      throws IOException {
    List<LabeledPhoto> photos = new ArrayList<>();
    try (ReadAhead<Candidate, Hashed> all =
        ReadAhead.of(candidates.iterator(), THREADS, 16 * THREADS, Checksums::hash)) {
      while (all.hasNext()) {
        Hashed hashed = all.next();
        Path file = hashed.candidate.file;
        if (hashed.sha256 != null) {
          photos.add(new LabeledPhoto(file, hashed.candidate.labels, hashed.sha256));
        } else if (hashed.failure == null && !named) {
          skipped.add(new Skipped(file, hashed.reason));
        } else {
          DataException failure =
              hashed.failure == null
                  ? new DataException(file, hashed.reason)
                  : cannotRead(file, hashed.failure);
          if (!options.skipUnreadable()) {
            throw failure;
          }
          unreadable.add(new Skipped(file, failure.reason()));
        }
      }
    }
    return photos;
  }

  private static Hashed hash(Candidate candidate) {
    try (InputStream in = Files.newInputStream(candidate.file)) {
      byte[] buffer = new byte[1 << 16];
      int n = in.readNBytes(buffer, 0, buffer.length);
      if (n == 0) {
        return new Hashed(candidate, null, "empty", null);
      }
      if (!PhotoReader.isPhoto(Arrays.copyOf(buffer, n))) {
        return new Hashed(candidate, null, "not a photo", null);
      }
      MessageDigest sha256 = Sha256.digest();
      for (; n > 0; n = in.read(buffer)) {
        sha256.update(buffer, 0, n);
      }
      return new Hashed(candidate, Sha256.hex(sha256.digest()), null, null);
    } catch (IOException e) {
      return new Hashed(candidate, null, null, e);
    }
  }

  static DataException cannotRead(Path path, IOException cause) {
    return new DataException(path, "cannot be read: " + FileProblem.reason(cause), cause);
  }
}

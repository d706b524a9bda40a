package dev.graft.train;

import dev.graft.model.AtomicFile;
import dev.graft.photo.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Features of photos on disk, so that a backbone sees a photo once; and backbones that were
 * quantised. An entry's name is a hash of all that decides its content (the photo's bytes, how they
 * are decoded, preprocessing, backbone), so an entry is never out of date and a renamed photo keeps
 * its own.
 *
 * <p>Any number of processes may share a folder: entries appear whole, by an atomic move, and carry
 * a checksum. An entry that is damaged counts as missing. The entries used least recently go when
 * the folder outgrows its bound. A folder that cannot be written is reported by {@link #problem()}
 * and training goes on without it. Thread-safe.
 */
public final class FeatureCache implements AutoCloseable {

  private static final String SUFFIX = ".features";
  private static final String BACKBONE_SUFFIX = ".backbone";
  private static final Pattern ENTRY = Pattern.compile("[0-9a-f]{64}\\.(features|backbone)");
  private static final int DEPTH = 2; // folder of an entry, entry
  private static final int MAGIC = 0x47524654; // "GRFT"
  private static final int HEADER_BYTES = 16;
  private static final Duration ABANDONED = Duration.ofHours(1);

  private final Path directory; // null: no cache
  private final long maxBytes;
  private long writtenSinceTrim;
  private String problem;

  private FeatureCache(Path directory, long maxBytes) {
    this.directory = directory;
    this.maxBytes = maxBytes;
  }

  /** A cache that keeps nothing. */
  public static FeatureCache none() {
    return new FeatureCache(null, 0);
  }

  /**
   * A cache in a folder, which is made when the first entry is written.
   *
   * @param maxBytes the size at which the entries used least recently are deleted
   */
  public static FeatureCache in(Path directory, long maxBytes) {
    if (maxBytes < 1) {
      throw new IllegalArgumentException("expected a bound of at least 1 byte, got " + maxBytes);
    }
    return new FeatureCache(directory, maxBytes);
  }

  /** A cache of at most 4 GiB: the features of 40,000 photos from VGG16. */
  public static FeatureCache in(Path directory) {
    return in(directory, 4L << 30);
  }

  /** The folder {@code features} of {@link CacheFolder#ofUser()}. */
  public static Path defaultDirectory() {
    return CacheFolder.ofUser().resolve("features");
  }

  /** A hash of all that decides the features of a photo. */
  static String key(String... parts) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(String.join("\n", parts).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  Optional<float[]> get(String key, int length) {
    return content(key, SUFFIX)
        .filter(content -> content.remaining() == 4L * length)
        .map(
            content -> {
              float[] features = new float[length];
              content.asFloatBuffer().get(features);
              return features;
            });
  }

  void put(String key, float[] features) {
    byte[] entry = new byte[HEADER_BYTES + 4 * features.length];
    content(entry).asFloatBuffer().put(features);
    put(key, SUFFIX, entry);
  }

  /** A quantised backbone, as a model file. */
  Optional<byte[]> getBackbone(String key) {
    return content(key, BACKBONE_SUFFIX)
        .map(
            content -> {
              byte[] model = new byte[content.remaining()];
              content.get(model);
              return model;
            });
  }

  void putBackbone(String key, byte[] model) {
    byte[] entry = new byte[HEADER_BYTES + model.length];
    content(entry).put(model);
    put(key, BACKBONE_SUFFIX, entry);
  }

  private Optional<ByteBuffer> content(String key, String suffix) {
    if (directory == null) {
      return Optional.empty();
    }
    Path entry = entry(key, suffix);
    try {
      Optional<ByteBuffer> content = decode(Files.readAllBytes(entry));
      if (content.isPresent()) {
        Files.setLastModifiedTime(entry, FileTime.from(Instant.now()));
      }
      return content;
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      report("cannot read", e);
      return Optional.empty();
    }
  }

  /**
   * @param bytes room for the header, and the content
   */
  private void put(String key, String suffix, byte[] bytes) {
    if (directory == null || problem().isPresent()) {
      return;
    }
    Path entry = entry(key, suffix);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0, MAGIC)
        .putInt(4, bytes.length - HEADER_BYTES)
        .putLong(8, checksum(bytes));
    try {
      Files.createDirectories(entry.getParent());
      AtomicFile.write(entry, bytes);
    } catch (IOException e) {
      report("cannot write", e);
      return;
    }
    if (countWritten(bytes.length)) {
      trim();
    }
  }

  /** Why the folder is not in use, if it cannot be read or written; a sentence for the user. */
  public synchronized Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** Brings the folder below its bound. */
  @Override
  public void close() {
    boolean written;
    synchronized (this) {
      written = writtenSinceTrim > 0;
    }
    if (written) {
      trim();
    }
  }

  private Path entry(String key, String suffix) {
    return directory.resolve(key.substring(0, 2)).resolve(key + suffix);
  }

  /** What is behind the header. */
  private static ByteBuffer content(byte[] entry) {
    return ByteBuffer.wrap(entry).position(HEADER_BYTES).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Optional<ByteBuffer> decode(byte[] entry) {
    ByteBuffer bytes = ByteBuffer.wrap(entry).order(ByteOrder.LITTLE_ENDIAN);
    if (entry.length < HEADER_BYTES
        || bytes.getInt(0) != MAGIC
        || bytes.getInt(4) != entry.length - HEADER_BYTES
        || bytes.getLong(8) != checksum(entry)) {
      return Optional.empty();
    }
    return Optional.of(content(entry));
  }

  private static long checksum(byte[] entry) {
    CRC32C crc = new CRC32C();
    crc.update(entry, HEADER_BYTES, entry.length - HEADER_BYTES);
    return crc.getValue();
  }

  private synchronized boolean countWritten(long bytes) {
    writtenSinceTrim += bytes;
    return writtenSinceTrim > maxBytes / 4;
  }

  private synchronized void report(String what, IOException cause) {
    if (problem == null) {
      problem =
          "the feature cache "
              + directory
              + " is not used: "
              + what
              + ": "
              + FileProblem.reason(cause);
    }
  }

  private record Entry(Path file, long bytes, FileTime used) {}

  private synchronized void trim() {
    writtenSinceTrim = 0;
    List<Entry> entries = new ArrayList<>();
    FileTime abandoned = FileTime.from(Instant.now().minus(ABANDONED));
    try {
      Files.walkFileTree(
          directory,
          EnumSet.noneOf(FileVisitOption.class),
          DEPTH,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              String name = file.getFileName().toString();
              if (ENTRY.matcher(name).matches()) {
                entries.add(new Entry(file, attributes.size(), attributes.lastModifiedTime()));
              } else if ((name.contains(SUFFIX + ".") || name.contains(BACKBONE_SUFFIX + "."))
                  && name.endsWith(AtomicFile.SUFFIX)
                  && attributes.lastModifiedTime().compareTo(abandoned) < 0) {
                Files.deleteIfExists(file); // left by a process that was killed
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE; // another process trims too
              }
              throw e;
            }
          });
      long total = entries.stream().mapToLong(Entry::bytes).sum();
      entries.sort(Comparator.comparing(Entry::used));
      for (Entry entry : entries) {
        if (total <= maxBytes) {
          break;
        }
        Files.deleteIfExists(entry.file());
        total -= entry.bytes();
      }
    } catch (IOException e) {
      report("cannot trim", e);
    }
  }
}

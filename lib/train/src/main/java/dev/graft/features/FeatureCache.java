package dev.graft.features;

import dev.graft.file.AtomicFile;
import dev.graft.file.FileProblem;
import dev.graft.file.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Features of photos on disk, so that a backbone sees a photo once; and backbones that were
 * quantized. An entry's name is a hash of all that decides its content (the photo's bytes, how they
 * are decoded, preprocessing, backbone), so an entry is never out of date and a renamed photo keeps
 * its own.
 *
 * <p>Any number of processes may share a folder: entries appear whole, by an atomic move, and carry
 * a checksum of their content and their name. An entry that is damaged, or another's under this
 * name, counts as missing. The entries used least recently go when the folder outgrows its bound.
 * From a folder that cannot be written, or only in parts, what can be read is read, and what can be
 * stored is stored; {@link #problem()} tells of the rest. Thread-safe.
 */
public final class FeatureCache implements AutoCloseable {

  /** 4 GiB: the features of 40,000 photos from VGG16. */
  public static final long USUAL_BYTES = 4L << 30;

  private static final String SUFFIX = ".features";
  private static final String BACKBONE_SUFFIX = ".backbone";
  private static final Pattern ENTRY = Pattern.compile("[0-9a-f]{64}\\.(features|backbone)");
  private static final int DEPTH = 2; // folder of an entry, entry
  private static final int MAGIC = 0x47524632; // "GRF2": "GRFT" had no name in the checksum
  private static final int HEADER_BYTES = 16;
  private static final Duration ABANDONED = Duration.ofHours(1);

  private final Path directory; // null: no cache
  private final long maxBytes;
  private long writtenSinceTrim;
  private int unread;
  private int unstored;
  private boolean untrimmed;
  private IOException firstFailure;

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
    return new FeatureCache(directory, requireBound(maxBytes));
  }

  /**
   * The number, if it can be a cache's size in bytes.
   *
   * @throws IllegalArgumentException if not
   */
  public static long requireBound(long maxBytes) {
    if (maxBytes < 1) {
      throw new IllegalArgumentException("expected a bound of at least 1 byte, got " + maxBytes);
    }
    return maxBytes;
  }

  /** The same, of at most {@link #USUAL_BYTES}. */
  public static FeatureCache in(Path directory) {
    return in(directory, USUAL_BYTES);
  }

  /** The folder {@code features} of {@link CacheFolder#ofUser()}. */
  public static Path defaultDirectory() {
    return CacheFolder.ofUser().resolve("features");
  }

  /** A hash of all that decides the features of a photo. */
  public static String key(String... parts) {
    return Sha256.ofLines(parts);
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

  /** A quantized backbone, as a model file. */
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
    try (SeekableByteChannel file = Files.newByteChannel(entry)) {
      Optional<ByteBuffer> content = read(file, key);
      if (content.isPresent()) {
        touch(entry);
      }
      return content;
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      failedToRead(e);
      return Optional.empty();
    }
  }

  /** Notes that an entry is in use; in a folder of somebody else it may keep its old time. */
  private static void touch(Path entry) {
    try {
      Files.setLastModifiedTime(entry, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // What was read is as good: it only looks older than it is when the folder outgrows its
      // bound.
    }
  }

  /**
   * @param bytes room for the header, and the content
   */
  private void put(String key, String suffix, byte[] bytes) {
    if (directory == null) {
      return;
    }
    Path entry = entry(key, suffix);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0, MAGIC)
        .putInt(4, bytes.length - HEADER_BYTES)
        .putLong(8, checksum(key, content(bytes)));
    try {
      Files.createDirectories(entry.getParent());
      AtomicFile.write(entry, bytes);
    } catch (IOException e) {
      failedToStore(e);
      return;
    }
    if (countWritten(bytes.length)) {
      trim();
    }
  }

  /** What could not be read or stored, and why, if anything; a sentence for the user. */
  public synchronized Optional<String> problem() {
    if (firstFailure == null) {
      return Optional.empty();
    }
    List<String> failures = new ArrayList<>();
    if (unread > 0) {
      failures.add(entries(unread) + " could not be read");
    }
    if (unstored > 0) {
      failures.add(entries(unstored) + " could not be stored");
    }
    if (untrimmed) {
      failures.add("old entries could not be deleted");
    }
    return Optional.of(
        "the feature cache %s: %s (%s)"
            .formatted(directory, String.join(", ", failures), FileProblem.reason(firstFailure)));
  }

  private static String entries(int n) {
    return n == 1 ? "1 entry" : n + " entries";
  }

  private synchronized void failedToRead(IOException cause) {
    unread++;
    keepFirst(cause);
  }

  private synchronized void failedToStore(IOException cause) {
    unstored++;
    keepFirst(cause);
  }

  private synchronized void failedToTrim(IOException cause) {
    untrimmed = true;
    keepFirst(cause);
  }

  private void keepFirst(IOException cause) {
    if (firstFailure == null) {
      firstFailure = cause;
    }
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

  /** The header is looked at first: what is no entry may be of any size. */
  private static Optional<ByteBuffer> read(SeekableByteChannel file, String key)
      throws IOException {
    ByteBuffer header = read(file, HEADER_BYTES);
    if (header.remaining() < HEADER_BYTES
        || header.getInt(0) != MAGIC
        || header.getInt(4) < 0
        || header.getInt(4) != file.size() - HEADER_BYTES) {
      return Optional.empty();
    }
    ByteBuffer content = read(file, header.getInt(4));
    return header.getLong(8) == checksum(key, content) ? Optional.of(content) : Optional.empty();
  }

  /** Fewer bytes where there are no more. */
  private static ByteBuffer read(SeekableByteChannel file, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining() && file.read(buffer) >= 0) {}
    return buffer.flip();
  }

  private static long checksum(String key, ByteBuffer content) {
    CRC32C crc = new CRC32C();
    crc.update(key.getBytes(StandardCharsets.US_ASCII));
    crc.update(content.duplicate());
    return crc.getValue();
  }

  private synchronized boolean countWritten(long bytes) {
    writtenSinceTrim += bytes;
    return writtenSinceTrim > maxBytes / 4;
  }

  /** Whether it is gone; what cannot be deleted, as another user's, does not keep the others. */
  private boolean delete(Path file) {
    try {
      Files.deleteIfExists(file);
      return true;
    } catch (IOException e) {
      failedToTrim(e);
      return false;
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
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              String name = file.getFileName().toString();
              if (ENTRY.matcher(name).matches()) {
                entries.add(new Entry(file, attributes.size(), attributes.lastModifiedTime()));
              } else if ((name.contains(SUFFIX + ".") || name.contains(BACKBONE_SUFFIX + "."))
                  && name.endsWith(AtomicFile.SUFFIX)
                  && attributes.lastModifiedTime().compareTo(abandoned) < 0) {
                delete(file); // left by a process that was killed
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              if (!(e instanceof NoSuchFileException)) { // else another process trims too
                failedToTrim(e);
              }
              return FileVisitResult.CONTINUE;
            }
          });
      long total = entries.stream().mapToLong(Entry::bytes).sum();
      entries.sort(Comparator.comparing(Entry::used));
      for (Entry entry : entries) {
        if (total <= maxBytes) {
          break;
        }
        total -= delete(entry.file()) ? entry.bytes() : 0;
      }
    } catch (IOException e) {
      failedToTrim(e);
    }
  }
}

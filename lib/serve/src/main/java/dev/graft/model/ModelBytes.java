package dev.graft.model;

import dev.graft.error.ErrorCode;
import dev.graft.file.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.CRC32;

/**
 * The bytes of a model file, read once and checked: whoever needs to know what a file says of
 * itself and to run it takes both from the same bytes, whatever becomes of the file. Immutable.
 *
 * <p>They lie outside Java's heap, as ONNX Runtime takes them from there without another copy.
 */
public final class ModelBytes {

  /** The key of the checksum in a file's metadata. */
  public static final String CHECKSUM = "graft.checksum";

  private final Path file;
  private final ByteBuffer bytes;
  private final int crc32;
  private final Map<String, String> metadata;
  private final boolean inMemory;

  private ModelBytes(Path file, ByteBuffer bytes, boolean allowChanged, boolean inMemory)
      throws ModelException {
    this.file = file;
    this.inMemory = inMemory;
    this.bytes = bytes;
    int end = Math.max(0, bytes.limit() - ModelChecksum.LENGTH);
    CRC32 crc = new CRC32();
    crc.update(bytes.slice(0, end));
    byte[] right = ModelChecksum.entry((int) crc.getValue());
    byte[] last = new byte[bytes.limit() - end];
    bytes.get(end, last);
    crc.update(last);
    crc32 = (int) crc.getValue();
    boolean intact = allowChanged || Arrays.equals(last, right);
    if (!intact && ModelChecksum.resembles(last)) {
      throw damaged();
    }
    metadata = OnnxMetadata.read(bytes, file);
    if (!intact && metadata.containsKey(CHECKSUM)) {
      throw damaged(); // something was written behind it
    }
  }

  private ModelException damaged() {
    return new ModelException(
        ErrorCode.MODEL_DAMAGED,
        file,
        "damaged, or changed by another tool: its checksum is not that of its bytes; copy it again,"
            + " or open it with --allow-changed (ClassifierOptions.withAllowChanged) if the change"
            + " was meant");
  }

  /**
   * Reads a file that is as Graft wrote it.
   *
   * @throws ModelException if it is missing, cannot be read, is not ONNX, truncated, larger than 2
   *     GiB or than Java may take, or if its checksum is not that of its bytes
   */
  public static ModelBytes read(Path file) throws ModelException {
    return read(file, false);
  }

  /**
   * The same.
   *
   * @param allowChanged whether a file that is not as Graft wrote it is taken too. Files of Graft
   *     0.1 without a checksum always are
   */
  public static ModelBytes read(Path file, boolean allowChanged) throws ModelException {
    return new ModelBytes(file, bytes(Objects.requireNonNull(file, "file")), allowChanged, false);
  }

  /**
   * Takes bytes that were read already, and copies them.
   *
   * @param model a whole ONNX file
   * @param file that they come from, named in error messages
   * @throws ModelException if they are not ONNX, truncated, or not as Graft wrote them
   */
  public static ModelBytes of(byte[] model, Path file) throws ModelException {
    return of(model, file, false);
  }

  /**
   * The same.
   *
   * @param allowChanged as for {@link #read(Path, boolean)}
   */
  public static ModelBytes of(byte[] model, Path file, boolean allowChanged) throws ModelException {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(file, "file");
    ByteBuffer bytes = allocate(file, model.length).put(model).flip();
    return new ModelBytes(file, bytes.asReadOnlyBuffer(), allowChanged, true);
  }

  private static ByteBuffer bytes(Path file) throws ModelException {
    if (Files.isDirectory(file)) {
      throw new ModelException(
          ErrorCode.FILE_UNREADABLE,
          file,
          "a folder; expected a model file, as graft train writes it (.onnx)");
    }
    if (Files.notExists(file)) {
      throw new ModelException(ErrorCode.FILE_NOT_FOUND, file, "no such file");
    }
    if (!Files.isRegularFile(file)) {
      throw new ModelException(
          ErrorCode.FILE_UNREADABLE, file, "not a regular file; expected a model file (.onnx)");
    }
    try (SeekableByteChannel in = Files.newByteChannel(file)) {
      long size = in.size();
      if (size > Integer.MAX_VALUE) {
        throw new ModelException(
            ErrorCode.NOT_A_MODEL,
            file,
            "it has %d bytes; expected a model file of at most 2 GiB".formatted(size));
      }
      ByteBuffer bytes = allocate(file, (int) size);
      while (bytes.hasRemaining()) {
        if (in.read(bytes) < 0) {
          throw new ModelException(
              ErrorCode.FILE_UNREADABLE, file, "it became shorter while it was read; try again");
        }
      }
      return bytes.flip().asReadOnlyBuffer();
    } catch (ModelException e) {
      throw e;
    } catch (AccessDeniedException e) {
      throw new ModelException(
          ErrorCode.FILE_UNREADABLE, file, "cannot be read: permission denied", e);
    } catch (IOException e) {
      throw new ModelException(
          ErrorCode.FILE_UNREADABLE, file, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static ByteBuffer allocate(Path file, int size) throws ModelException {
    try {
      return ByteBuffer.allocateDirect(size);
    } catch (OutOfMemoryError e) {
      throw new ModelException(
          ErrorCode.OUT_OF_MEMORY,
          file,
          ("its %d bytes are more than Java may take beside its heap; give it more, as in java"
                  + " -XX:MaxDirectMemorySize=%dm")
              .formatted(size, 2 * (size >> 20) + 64),
          e);
    }
  }

  /**
   * Writes a model file, its checksum behind it.
   *
   * @param model a whole ONNX file, described by {@link ModelFile#toMetadata()}, without a checksum
   * @param overwrite whether a file of that name is replaced
   * @throws FileAlreadyExistsException if it is not, and there is one
   */
  public static void write(Path target, byte[] model, boolean overwrite) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(model);
    try (AtomicFile file = AtomicFile.create(target)) {
      file.out().write(model);
      file.out().write(ModelChecksum.entry((int) crc.getValue()));
      file.commit(overwrite);
    }
  }

  /** The file that they were read from. */
  public Path file() {
    return file;
  }

  /**
   * Gives the same bytes again later without keeping them, where they come from a file: they are
   * read again, and empty where it has others by then. Those that were in memory are kept.
   */
  public Supplier<Optional<ModelBytes>> again() {
    if (inMemory) {
      return () -> Optional.of(this);
    }
    Path path = file;
    long fingerprint = fingerprint();
    return () -> {
      try {
        return Optional.of(read(path, true)).filter(read -> read.fingerprint() == fingerprint);
      } catch (ModelException e) {
        return Optional.empty(); // deleted, or no model any more
      }
    };
  }

  /** How many there are. */
  public int size() {
    return bytes.limit();
  }

  /** All of them, read-only, direct. */
  public ByteBuffer buffer() {
    return bytes.duplicate();
  }

  /** Tells other bytes apart: their number and a CRC-32 of all of them. */
  public long fingerprint() {
    return (long) bytes.limit() << 32 | Integer.toUnsignedLong(crc32);
  }

  /**
   * What the file says about itself.
   *
   * @throws ModelException as {@link ModelFile#parse}
   */
  public ModelFile describe() throws ModelException {
    return ModelFile.parse(metadata, file);
  }
}

package dev.graft.model;

import dev.graft.photo.FileProblem;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A file that appears whole or not at all: it is written beside its place and moved there by {@link
 * #commit}. Closed without that, it leaves nothing.
 */
public final class AtomicFile implements AutoCloseable {

  /** How the names of unfinished files end. */
  public static final String SUFFIX = ".part";

  private final Path target;
  private final Path temporary;
  private final OutputStream out;

  private AtomicFile(Path target, Path temporary, OutputStream out) {
    this.target = target;
    this.temporary = temporary;
    this.out = out;
  }

  /**
   * Starts to write a file.
   *
   * @throws IOException if its folder does not exist or cannot be written
   */
  public static AtomicFile create(Path target) throws IOException {
    Path temporary =
        target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + SUFFIX);
    try {
      OutputStream file = Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW);
      return new AtomicFile(
          target, temporary, new BufferedOutputStream(new NamedOutput(file, target)));
    } catch (IOException e) {
      throw cannotWrite(target, e);
    }
  }

  /** Writes a whole file, in place of one of that name. */
  public static void write(Path target, byte[] content) throws IOException {
    try (AtomicFile file = create(target)) {
      file.out().write(content);
      file.commit();
    }
  }

  /** Takes the content; {@link #commit} closes it. */
  public OutputStream out() {
    return out;
  }

  /** Moves the file into place, over one of that name. */
  public void commit() throws IOException {
    out.close();
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw cannotWrite(target, e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      out.close(); // fails again where writing has failed
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Names the file that the user asked for, not the unfinished one. */
  private static IOException cannotWrite(Path target, IOException cause) {
    String file = target.toString();
    IOException named;
    if (cause instanceof NoSuchFileException) {
      named =
          new NoSuchFileException(file, null, "the folder it is to be written to does not exist");
    } else if (cause instanceof AccessDeniedException) {
      named = new AccessDeniedException(file, null, FileProblem.reason(cause));
    } else {
      named = new FileSystemException(file, null, FileProblem.reason(cause));
    }
    named.initCause(cause);
    return named;
  }

  /** Names the file in what the system says, say when the disk is full. */
  private static final class NamedOutput extends FilterOutputStream {

    private final Path target;

    NamedOutput(OutputStream file, Path target) {
      super(file);
      this.target = target;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      try {
        out.write(bytes, from, length);
      } catch (IOException e) {
        throw cannotWrite(target, e);
      }
    }
  }
}

package dev.graft.model;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
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
    return new AtomicFile(
        target,
        temporary,
        new BufferedOutputStream(Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW)));
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
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    out.close();
    Files.deleteIfExists(temporary);
  }
}

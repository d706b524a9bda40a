package dev.graft.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.graft.shutdown.Shutdown;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CancellationException;

/**
 * A file that appears whole or not at all: it is written beside its place and moved there by {@link
 * #commit}. Closed without that, it leaves nothing; nor does a process that ends before (but for
 * one that is killed), see {@link Shutdown}.
 */
public final class AtomicFile implements AutoCloseable {

  /** How the names of unfinished files end. */
  public static final String SUFFIX = ".part";

  /** What processes that are at work do not leave alone for so long. */
  private static final Duration ABANDONED = Duration.ofHours(1);

  private static final String NOT_REGULAR =
      "not a regular file; expected the name of a file to write";
  private static final int MOST_LINKS = 40; // as Linux

  /** Of a name, on all usual file systems. */
  private static final int MOST_BYTES = 255;

  private final Path target;
  private final Path place; // target, or where it leads as a link
  private final Path temporary;
  private final Shutdown.Work unfinished;
  private final OutputStream out;

  private AtomicFile(
      Path target, Path place, Path temporary, Shutdown.Work unfinished, OutputStream out) {
    this.target = target;
    this.place = place;
    this.temporary = temporary;
    this.unfinished = unfinished;
    this.out = out;
  }

  /**
   * Starts to write a file. Through a symbolic link, what the link names is written.
   *
   * @throws IOException if its folder does not exist or cannot be written, or there is something of
   *     that name that is no regular file: a folder, or a device such as {@code /dev/null}, which
   *     must not become a file
   * @throws CancellationException if the process is ending
   */
  public static AtomicFile create(Path target) throws IOException {
    checkReplaceable(target);
    try {
      Path place = behindLinks(target);
      Path temporary = place.resolveSibling(prefix(place) + UUID.randomUUID() + SUFFIX);
      int tooMany = temporary.getFileName().toString().getBytes(UTF_8).length - MOST_BYTES;
      if (tooMany > 0) {
        throw new FileSystemException(
            target.toString(),
            null,
            "its name is too long, as an unfinished file of a longer one is written first; expected %d bytes less"
                .formatted(tooMany));
      }
      Shutdown.Work creating = Shutdown.begin(() -> {}); // over in no time
      try {
        OutputStream file = Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW);
        return registered(target, place, temporary, file);
      } finally {
        creating.close();
      }
    } catch (IOException e) {
      throw cannotWrite(target, e);
    }
  }

  /** Has the end of the process delete the file, unless it has begun: then it is deleted now. */
  private static AtomicFile registered(Path target, Path place, Path temporary, OutputStream file)
      throws IOException {
    try {
      Shutdown.Work unfinished = Shutdown.beginUnfinished(() -> delete(temporary));
      OutputStream out = new BufferedOutputStream(new NamedOutput(file, target));
      return new AtomicFile(target, place, temporary, unfinished, out);
    } catch (CancellationException e) {
      file.close();
      throw e;
    }
  }

  private static void delete(Path unfinished) {
    try {
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      // The process ends, and there is nobody to tell; deleteAbandoned tries again.
    }
  }

  /** Writes a whole file, in place of one of that name. */
  public static void write(Path target, byte[] content) throws IOException {
    write(target, content, true);
  }

  /**
   * The same.
   *
   * @param overwrite as for {@link #commit(boolean)}
   */
  public static void write(Path target, byte[] content, boolean overwrite) throws IOException {
    try (AtomicFile file = create(target)) {
      file.out().write(content);
      file.commit(overwrite);
    }
  }

  /**
   * Fails where {@link #create} would because of what has that name.
   *
   * @throws IOException if it is no regular file
   */
  public static void checkReplaceable(Path target) throws IOException {
    if (Files.isDirectory(target)) {
      throw new FileSystemException(
          target.toString(), null, "a folder; expected the name of a file to write");
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new FileSystemException(target.toString(), null, NOT_REGULAR);
    }
    try {
      behindLinks(target);
    } catch (IOException e) {
      throw cannotWrite(target, e);
    }
  }

  /**
   * Deletes unfinished files of that name which killed processes have left: those that nobody has
   * written to for an hour. Does what it can; a folder that is not there has none.
   */
  public static void deleteAbandoned(Path target) {
    FileTime abandoned = FileTime.from(Instant.now().minus(ABANDONED));
    try {
      Path place = behindLinks(target).toAbsolutePath();
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(place.getParent(), file -> isUnfinished(file, place))) {
        for (Path file : files) {
          if (Files.getLastModifiedTime(file).compareTo(abandoned) < 0) {
            Files.deleteIfExists(file);
          }
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // What cannot be listed or deleted stays: it is in nobody's way.
    }
  }

  private static String prefix(Path place) {
    return "." + place.getFileName() + ".";
  }

  private static boolean isUnfinished(Path file, Path place) {
    String name = file.getFileName().toString();
    int random = UUID.randomUUID().toString().length();
    return name.startsWith(prefix(place))
        && name.endsWith(SUFFIX)
        && name.length() == prefix(place).length() + random + SUFFIX.length();
  }

  private static Path behindLinks(Path target) throws IOException {
    Path place = target;
    for (int links = 0; Files.isSymbolicLink(place); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemLoopException(target.toString());
      }
      // What /dev/stdout leads to may be a file, but one that somebody else has open.
      if (place.toAbsolutePath().getParent().toRealPath().startsWith("/proc")) {
        throw new FileSystemException(target.toString(), null, NOT_REGULAR);
      }
      place = place.resolveSibling(Files.readSymbolicLink(place));
    }
    return place;
  }

  /** Takes the content; {@link #commit} closes it. */
  public OutputStream out() {
    return out;
  }

  /** Moves the file into place, over one of that name. */
  public void commit() throws IOException {
    commit(true);
  }

  /**
   * The same.
   *
   * @param overwrite whether over one of that name
   * @throws FileAlreadyExistsException if there is one that must stay
   * @throws CancellationException if the process is ending
   */
  public void commit(boolean overwrite) throws IOException {
    out.close();
    Shutdown.Work moving = Shutdown.begin(() -> {}); // over in no time
    try {
      if (overwrite) {
        Files.move(temporary, place, StandardCopyOption.ATOMIC_MOVE);
      } else {
        moveToAFreePlace();
      }
    } catch (FileAlreadyExistsException e) {
      throw new FileAlreadyExistsException(target.toString());
    } catch (IOException e) {
      Shutdown.requireNotBegun(); // or it is no longer there
      throw cannotWrite(target, e);
    } finally {
      moving.close();
    }
  }

  /** A link looks and takes the name in one step, which a move does not: of two, one fails. */
  private void moveToAFreePlace() throws IOException {
    try {
      Files.createLink(place, temporary); // closing deletes the other name
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      Files.move(temporary, place); // a file system without links
    }
  }

  @Override
  public void close() throws IOException {
    try {
      out.close(); // fails again where writing has failed
    } finally {
      try {
        Files.deleteIfExists(temporary);
      } finally {
        unfinished.close();
      }
    }
  }

  /** Names the file that the user asked for, not the unfinished one. */
  private static IOException cannotWrite(Path target, IOException cause) {
    String file = target.toString();
    IOException named;
    if (cause instanceof FileSystemLoopException) {
      named = new FileSystemException(file, null, "a loop of symbolic links; remove one of them");
    } else if (cause instanceof NoSuchFileException) {
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

package dev.graft.features;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Where Graft keeps what it can make again: features, and native libraries out of their jars. */
public final class CacheFolder {

  private static final Path SELF = Path.of("/proc/self"); // belongs to this process's user

  private CacheFolder() {}

  /**
   * The user's own: {@code $XDG_CACHE_HOME/graft} or the platform's custom. Who has no home folder
   * that can be written has one among the temporary files.
   *
   * @throws UncheckedIOException if that folder is not the user's own; libraries are loaded from it
   */
  public static Path ofUser() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isBlank()) {
      return Path.of(xdg, "graft");
    }
    Path custom = custom();
    return canBeWritten(custom) ? custom : amongTemporaryFiles();
  }

  private static Path custom() {
    String os = System.getProperty("os.name");
    String local = System.getenv("LOCALAPPDATA");
    if (os.startsWith("Windows") && local != null) {
      return Path.of(local, "graft");
    }
    Path home = Path.of(System.getProperty("user.home"));
    return os.startsWith("Mac")
        ? home.resolve("Library").resolve("Caches").resolve("graft")
        : home.resolve(".cache").resolve("graft");
  }

  /** Whether it is there, or could be made, and files in it. A home folder is never made. */
  private static boolean canBeWritten(Path folder) {
    Path home = Path.of(System.getProperty("user.home"));
    Path nearest = folder;
    while (!Files.exists(nearest) && !nearest.equals(home) && nearest.getParent() != null) {
      nearest = nearest.getParent();
    }
    return nearest.isAbsolute() && Files.isWritable(nearest);
  }

  private static Path amongTemporaryFiles() {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"), "graft-cache-" + user());
    try {
      try {
        Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException e) {
        if (!isOwn(folder)) {
          throw new FileSystemException(
              folder.toString(),
              null,
              "it is not a folder that belongs to you alone; set XDG_CACHE_HOME to one");
        }
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Anyone may make folders there: what another user has put into it must not be loaded. */
  private static boolean isOwn(Path folder) throws IOException {
    return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        && Files.isWritable(folder)
        && PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)).endsWith("------")
        && (!Files.exists(SELF) || Files.getOwner(folder).equals(Files.getOwner(SELF)));
  }

  /** A number where there is no name. */
  private static String user() {
    try {
      return Files.getOwner(SELF).getName();
    } catch (IOException e) {
      return System.getProperty("user.name"); // no Linux
    }
  }
}

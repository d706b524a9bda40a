package dev.graft.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a command is told to write. */
final class OutputFile {

  private OutputFile() {}

  /**
   * Fails before the work where writing would fail after it.
   *
   * @throws FileSystemException if no file can be written there
   */
  static void check(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null) {
      throw new FileSystemException(
          file.toString(), null, "a folder; expected the name of a file to write");
    }
    if (!Files.isDirectory(folder)) {
      throw new FileSystemException(
          file.toString(), null, "there is no folder " + file.getParent() + "; make it first");
    }
    if (!Files.isWritable(folder)) {
      throw new FileSystemException(
          file.toString(), null, "its folder cannot be written; choose another");
    }
  }
}

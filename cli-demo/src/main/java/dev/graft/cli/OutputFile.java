package dev.graft.cli;

import dev.graft.model.AtomicFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a command is told to write. */
final class OutputFile {

  private OutputFile() {}

  /**
   * Fails before the work where writing would fail after it, and clears away what a killed run has
   * left of this file.
   *
   * @throws FileSystemException if no file can be written there
   */
  static void check(Path file) throws IOException {
    AtomicFile.checkReplaceable(file);
    Path folder = file.toAbsolutePath().getParent(); // there is one: the root is a folder
    if (!Files.isDirectory(folder)) {
      throw new FileSystemException(
          file.toString(), null, "there is no folder " + file.getParent() + "; make it first");
    }
    if (!Files.isWritable(folder)) {
      throw new FileSystemException(
          file.toString(), null, "its folder cannot be written; choose another");
    }
    AtomicFile.deleteAbandoned(file);
  }
}

package dev.graft.file;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Something found in a folder.
 *
 * @param reason why it is not to be used, without its name; null for files and folders
 */
public record FolderEntry(Path path, Kind kind, String reason) {

  /** What it is. */
  public enum Kind {
    /** A file, a photo or not. */
    FILE,
    /** A folder to look into. */
    FOLDER,
    /** Hidden, as the file system has it. */
    HIDDEN,
    /** A file or folder of a name of {@link MachineMade}: nothing that a person put there. */
    MACHINE_MADE,
    /** A link that is not followed, a pipe, a device. */
    PASSED_OVER,
    /** A folder or file that cannot be looked at. */
    UNREADABLE
  }

  public FolderEntry {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(kind, "kind");
    if ((reason == null) != (kind == Kind.FILE || kind == Kind.FOLDER)) {
      throw new IllegalArgumentException(
          "expected a reason for what is not used and only for that, got %s for %s"
              .formatted(reason, kind));
    }
  }
}

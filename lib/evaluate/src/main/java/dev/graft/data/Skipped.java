package dev.graft.data;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A file or folder that was not used.
 *
 * @param reason why, without its name
 */
public record Skipped(Path path, String reason) {

  public Skipped {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(reason, "reason");
  }

  @Override
  public String toString() {
    return path + ": " + reason;
  }
}

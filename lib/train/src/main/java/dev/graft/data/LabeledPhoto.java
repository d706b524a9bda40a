package dev.graft.data;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A photo and its class.
 *
 * @param label the index of the class among {@link LabeledFolder#classes()}
 * @param sha256 of the file's bytes, lower-case hexadecimal
 */
public record LabeledPhoto(Path path, int label, String sha256) {

  public LabeledPhoto {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(sha256, "sha256");
  }
}

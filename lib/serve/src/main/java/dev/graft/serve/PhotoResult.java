package dev.graft.serve;

import java.nio.file.Path;

/** What became of one photo of many: there is one for every input. */
public sealed interface PhotoResult {

  /** The photo, as it was given. */
  Path path();

  record Classified(Path path, Prediction prediction) implements PhotoResult {}

  /**
   * A photo that could not be read.
   *
   * @param reason what is wrong with it, without its name
   */
  record Failed(Path path, String reason) implements PhotoResult {}
}

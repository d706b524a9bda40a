package dev.graft.train;

import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.testing.Project;
import java.io.IOException;
import java.nio.file.Path;

/** A few of the sample photos, of two classes, in a folder of their own. */
final class SamplePhotos {

  private SamplePhotos() {}

  /** The photos number {@code from} to {@code from + n - 1} of each class, all to learn from. */
  static LabeledFolder copy(Path root, int from, int n) throws IOException {
    Project.samples(root, from, n, "birds", "household");
    return LabeledFolder.open(root, LabeledFolderOptions.defaults().withValidationSplit(0));
  }
}

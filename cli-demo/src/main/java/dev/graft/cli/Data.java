package dev.graft.cli;

import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** Opens folders of labelled photos and says on standard error what is odd about them. */
final class Data {

  /** A Mac leaves one hidden file beside every photo: nobody reads thousands of lines. */
  private static final int LISTED = 20;

  private Data() {}

  static LabeledFolder open(Path path, LabeledFolderOptions options, PrintWriter err)
      throws IOException {
    LabeledFolder folder = LabeledFolder.open(path, options);
    print(path, folder.skipped().stream().map(file -> file + "; passed over").toList(), err);
    print(path, folder.warnings(), err);
    return folder;
  }

  private static void print(Path path, List<String> lines, PrintWriter err) {
    lines.stream().limit(LISTED).forEach(line -> err.println("graft: " + line));
    if (lines.size() > LISTED) {
      err.println("graft: %s: and %d more like these".formatted(path, lines.size() - LISTED));
    }
  }
}

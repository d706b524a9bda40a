package dev.graft.cli.command;

import static java.util.stream.Collectors.partitioningBy;

import dev.graft.cli.output.FolderNotes;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.Skipped;
import dev.graft.file.MachineMade;
import dev.graft.model.Task;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Opens folders of labeled photos and says on standard error what is odd about them. */
public final class Data {

  private Data() {}

  /**
   * Finds out at once what opening would after it has read the folders before.
   *
   * @throws NoSuchFileException if there is no such folder or file
   */
  static void requireThere(Path data) throws NoSuchFileException {
    if (Files.notExists(data)) {
      throw new NoSuchFileException(data.toString(), null, "no such folder");
    }
  }

  static LabeledFolder open(Path path, LabeledFolderOptions options, PrintWriter err)
      throws IOException {
    LabeledFolder folder = LabeledFolder.open(path, options);
    tellOddities(folder, err);
    return folder;
  }

  /** The same, and says first what was taken for what. */
  static LabeledFolder openToLearn(Path path, LabeledFolderOptions options, PrintWriter err)
      throws IOException {
    LabeledFolder folder = LabeledFolder.open(path, options);
    err.println("graft: " + describe(folder));
    tellOddities(folder, err);
    return folder;
  }

  private static void tellOddities(LabeledFolder folder, PrintWriter err) {
    Map<Boolean, List<Skipped>> skipped =
        folder.skipped().stream()
            .collect(partitioningBy(file -> MachineMade.name(file.path()).isPresent()));
    FolderNotes.countMachineMade(skipped.get(true).stream().map(Skipped::path).toList(), err);
    FolderNotes.list(skipped.get(false).stream().map(file -> file + "; passed over").toList(), err);
    FolderNotes.list(folder.warnings(), err);
  }

  /**
   * Whether a file or the subfolders were taken for the labels is easily another than was meant.
   */
  private static String describe(LabeledFolder folder) {
    int photos = folder.photos().size();
    long labels = folder.countPerClass().values().stream().filter(n -> n > 0).count();
    if (folder.task() == Task.SINGLE_LABEL) {
      return "classes from the subfolders of %s: %d classes, %d photos"
          .formatted(folder.root(), labels, photos);
    }
    Path file = folder.labelsFile().orElseThrow();
    return "labels from %s: %d photos, %d labels, several a photo%s"
        .formatted(
            file,
            photos,
            labels,
            file.equals(folder.root())
                ? ""
                : "; without this file, subfolders would be the classes");
  }
}

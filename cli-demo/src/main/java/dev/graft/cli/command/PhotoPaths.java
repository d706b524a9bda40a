package dev.graft.cli.command;

import dev.graft.cli.output.FolderNotes;
import dev.graft.file.FolderEntry;
import dev.graft.file.FolderListing;
import dev.graft.file.MachineMade;
import dev.graft.photo.PhotoReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The photos that a command line names. A file that is named itself is taken for a photo, and one
 * of a folder if its first bytes are those of a photo.
 *
 * @param paths in the order in which they or their folders were named
 * @param unreadable those of them that are no photos but folders that cannot be listed, and why
 * @param machineMade files and folders of {@link MachineMade}
 * @param passedOver links, empty files and the like inside of folders
 * @param others how many files of folders are no photos
 */
record PhotoPaths(
    List<Path> paths,
    Map<Path, String> unreadable,
    List<Path> machineMade,
    List<FolderEntry> passedOver,
    int others) {

  static PhotoPaths list(List<Path> named, boolean followLinks) {
    FolderListing listing = new FolderListing(followLinks);
    List<Path> paths = new ArrayList<>();
    Map<Path, String> unreadable = new HashMap<>();
    List<Path> machineMade = new ArrayList<>();
    List<FolderEntry> passedOver = new ArrayList<>();
    int others = 0;
    for (Path path : named) {
      if (!Files.isDirectory(path)) {
        paths.add(path);
        continue;
      }
      for (FolderEntry entry : listing.below(path)) {
        switch (entry.kind()) {
          case FILE -> {
            if (isPhoto(entry.path())) {
              paths.add(entry.path());
            } else if (isEmpty(entry.path())) { // perhaps a photo that was never copied
              passedOver.add(new FolderEntry(entry.path(), FolderEntry.Kind.PASSED_OVER, "empty"));
            } else {
              others++;
            }
          }
          case UNREADABLE -> {
            paths.add(entry.path());
            unreadable.put(entry.path(), entry.reason());
          }
          case PASSED_OVER -> passedOver.add(entry);
          case MACHINE_MADE -> machineMade.add(entry.path());
          case HIDDEN, FOLDER -> {}
        }
      }
    }
    return new PhotoPaths(paths, unreadable, machineMade, passedOver, others);
  }

  /** Says what of the folders is not among the photos. */
  void tell(PrintWriter err) {
    FolderNotes.countMachineMade(machineMade, err);
    FolderNotes.list(
        passedOver.stream().map(p -> p.path() + ": " + p.reason() + "; passed over").toList(), err);
    if (others > 0) {
      err.println(
          others == 1
              ? "graft: passed over 1 file that is no photo"
              : "graft: passed over %d files that are no photos".formatted(others));
    }
  }

  private static boolean isEmpty(Path file) {
    try {
      return Files.size(file) == 0;
    } catch (IOException e) {
      return false; // gone since it was looked at, as any other file may be
    }
  }

  private static boolean isPhoto(Path file) {
    try {
      return PhotoReader.isPhoto(file);
    } catch (IOException e) {
      return true; // reading it will say what is wrong
    }
  }
}

package dev.graft.file;

import dev.graft.photo.PhotoReader;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is in a folder of photos, in an order that depends on neither the machine nor its language:
 * by the code points of the names in Unicode's composed form (NFC). Nothing is left out without an
 * entry that says why; a folder that is given is looked into whatever its name. Files are not
 * opened: {@link PhotoReader#isPhoto} tells photos from others. Immutable and thread-safe.
 */
public final class FolderListing {

  private static final Comparator<Path> BY_NAME =
      Comparator.comparing(FolderListing::name, FolderListing::compareCodePoints)
          .thenComparing(path -> path.getFileName().toString());

  private final boolean followLinks;

  /**
   * @param followLinks whether symbolic links to folders are followed; links to files always are
   */
  public FolderListing(boolean followLinks) {
    this.followLinks = followLinks;
  }

  /** A file's or folder's name in NFC. */
  public static String name(Path path) {
    return Normalizer.normalize(path.getFileName().toString(), Normalizer.Form.NFC);
  }

  /** What is directly in a folder; if that cannot be read, one entry for the folder itself. */
  public List<FolderEntry> entries(Path folder) {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(paths::add);
    } catch (DirectoryIteratorException e) {
      return List.of(unreadable(folder, e.getCause()));
    } catch (IOException e) {
      return List.of(unreadable(folder, e));
    }
    paths.sort(BY_NAME);
    return paths.stream().map(this::entry).toList();
  }

  /**
   * What is in a folder and the folders below it, each folder in the place of its name; no entry is
   * a {@link FolderEntry.Kind#FOLDER}.
   *
   * @param above folders that links must not lead to again
   */
  public List<FolderEntry> below(Path folder, Path... above) {
    List<FolderEntry> found = new ArrayList<>();
    Map<Path, Path> seen = new HashMap<>();
    for (Path other : above) {
      try {
        seen.put(other.toRealPath(), other);
      } catch (IOException e) {
        found.add(unreadable(other, e));
      }
    }
    walk(folder, seen, found);
    return found;
  }

  private void walk(Path folder, Map<Path, Path> seen, List<FolderEntry> found) {
    Path before;
    try {
      before = seen.putIfAbsent(folder.toRealPath(), folder);
    } catch (IOException e) {
      found.add(unreadable(folder, e));
      return;
    }
    if (before != null) {
      found.add(
          new FolderEntry(
              folder,
              FolderEntry.Kind.PASSED_OVER,
              "leads to " + before + " again: a loop of links, or a second link to one folder"));
      return;
    }
    for (FolderEntry entry : entries(folder)) {
      if (entry.kind() == FolderEntry.Kind.FOLDER) {
        walk(entry.path(), seen, found);
      } else {
        found.add(entry);
      }
    }
  }

  private FolderEntry entry(Path path) {
    if (MachineMade.name(path).isPresent()) {
      return new FolderEntry(path, FolderEntry.Kind.MACHINE_MADE, "made by a machine");
    }
    try {
      if (Files.isHidden(path)) {
        return new FolderEntry(path, FolderEntry.Kind.HIDDEN, "hidden");
      }
    } catch (IOException e) {
      return unreadable(path, e);
    }
    boolean link = Files.isSymbolicLink(path);
    if (link && !Files.exists(path)) {
      return new FolderEntry(path, FolderEntry.Kind.PASSED_OVER, "a link to nothing");
    }
    if (Files.isDirectory(path)) {
      return link && !followLinks
          ? new FolderEntry(
              path,
              FolderEntry.Kind.PASSED_OVER,
              "a link to a folder, which --follow-links (in Java: followLinks) would follow")
          : new FolderEntry(path, FolderEntry.Kind.FOLDER, null);
    }
    // A pipe would block who opens it.
    return Files.isRegularFile(path)
        ? new FolderEntry(path, FolderEntry.Kind.FILE, null)
        : new FolderEntry(path, FolderEntry.Kind.PASSED_OVER, "neither a file nor a folder");
  }

  private static FolderEntry unreadable(Path path, IOException cause) {
    return new FolderEntry(
        path, FolderEntry.Kind.UNREADABLE, "cannot be read: " + FileProblem.reason(cause));
  }

  /** The order of names: by code points, which for rare characters is not Java's own order. */
  public static int compareCodePoints(String a, String b) {
    return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
  }
}

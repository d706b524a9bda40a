package dev.graft.data;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The files of class folders, in an order that depends on neither the machine nor its language: by
 * the code points of the names in Unicode's composed form (NFC). What is left out is reported.
 */
final class FolderListing {

  private static final Set<String> SYSTEM_FILES =
      Set.of("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx");

  private static final Comparator<Path> BY_NAME =
      Comparator.comparing(FolderListing::name, FolderListing::compareCodePoints)
          .thenComparing(path -> path.getFileName().toString());

  private final boolean followLinks;
  private final List<SkippedFile> skipped;

  FolderListing(boolean followLinks, List<SkippedFile> skipped) {
    this.followLinks = followLinks;
    this.skipped = skipped;
  }

  /** A file's or folder's name in NFC: a folder's is its class. */
  static String name(Path path) {
    return Normalizer.normalize(path.getFileName().toString(), Normalizer.Form.NFC);
  }

  /** The class folders in {@code root}, sorted. */
  List<Path> classFolders(Path root) throws DataException {
    List<Path> folders = new ArrayList<>();
    for (Path path : list(root)) {
      if (wanted(path)) {
        if (Files.isDirectory(path)) {
          if (name(path).indexOf('\uFFFD') >= 0) {
            throw new DataException(
                path,
                "this class's name has letters that Java cannot read in the language settings of"
                    + " this system; set LC_ALL to a UTF-8 locale such as C.UTF-8");
          }
          folders.add(path);
        } else {
          skip(path, "beside the class folders; a photo belongs into the folder of its class");
        }
      }
    }
    return folders;
  }

  /** The files in a class folder and the folders below it, sorted. */
  List<Path> files(Path root, Path classFolder) throws DataException {
    List<Path> files = new ArrayList<>();
    Map<Path, Path> seen = new HashMap<>();
    seen.put(real(root), root);
    walk(classFolder, seen, files);
    return files;
  }

  private void walk(Path folder, Map<Path, Path> seen, List<Path> files) throws DataException {
    Path before = seen.putIfAbsent(real(folder), folder);
    if (before != null) {
      skip(
          folder, "leads to " + before + " again: a loop of links, or a second link to one folder");
      return;
    }
    for (Path path : list(folder)) {
      if (wanted(path)) {
        if (Files.isDirectory(path)) {
          walk(path, seen, files);
        } else {
          files.add(path);
        }
      }
    }
  }

  private boolean wanted(Path path) throws DataException {
    String name = path.getFileName().toString();
    if (isHidden(path)) {
      skip(path, "hidden");
    } else if (SYSTEM_FILES.contains(name.toLowerCase(Locale.ROOT))) {
      skip(path, "made by the operating system");
    } else if (Files.isSymbolicLink(path) && !Files.exists(path)) {
      skip(path, "a link to nothing");
    } else if (Files.isSymbolicLink(path) && Files.isDirectory(path) && !followLinks) {
      skip(path, "a link to a folder; set followLinks to read it");
    } else if (!Files.isDirectory(path) && !Files.isRegularFile(path)) {
      // A pipe would block who opens it.
      skip(path, "neither a file nor a folder");
    } else {
      return true;
    }
    return false;
  }

  private void skip(Path path, String reason) {
    skipped.add(new SkippedFile(path, reason));
  }

  private static List<Path> list(Path folder) throws DataException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(paths::add);
    } catch (DirectoryIteratorException e) {
      throw cannotRead(folder, e.getCause());
    } catch (IOException e) {
      throw cannotRead(folder, e);
    }
    paths.sort(BY_NAME);
    return paths;
  }

  private static Path real(Path path) throws DataException {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      throw cannotRead(path, e);
    }
  }

  private static boolean isHidden(Path path) throws DataException {
    try {
      return Files.isHidden(path);
    } catch (IOException e) {
      throw cannotRead(path, e);
    }
  }

  static DataException cannotRead(Path path, IOException cause) {
    String reason = cause.getMessage();
    if (cause instanceof AccessDeniedException) {
      reason = "permission denied";
    } else if (cause instanceof NoSuchFileException) {
      reason = "it is gone";
    } else if (cause instanceof FileSystemException e && e.getReason() != null) {
      reason = e.getReason();
    }
    return new DataException(path, "cannot be read: " + reason, cause);
  }

  private static int compareCodePoints(String a, String b) {
    return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
  }
}

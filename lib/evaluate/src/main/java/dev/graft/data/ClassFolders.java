package dev.graft.data;

import dev.graft.file.FolderEntry;
import dev.graft.file.FolderListing;
import dev.graft.model.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Single-label data: a folder with one folder for each class. */
final class ClassFolders {

  private ClassFolders() {}

  static FoundPhotos find(Path root, LabeledFolderOptions options) throws IOException {
    requireFolder(root);
    List<Skipped> skipped = new ArrayList<>();
    FolderListing listing = new FolderListing(options.followLinks());
    Map<String, Path> folders = byClass(root, classFolders(listing.entries(root), skipped));
    List<String> classes = options.classes();
    if (classes.isEmpty()) {
      classes = List.copyOf(folders.keySet());
      requireTwoClasses(root, folders, skipped);
    } else {
      for (Map.Entry<String, Path> folder : folders.entrySet()) {
        if (!classes.contains(folder.getKey())) {
          skipped.add(new Skipped(folder.getValue(), "not among the classes " + classes));
        }
      }
    }
    List<Checksums.Candidate> candidates = new ArrayList<>();
    for (int label = 0; label < classes.size(); label++) {
      Path folder = folders.get(classes.get(label));
      if (folder != null) {
        for (FolderEntry entry : listing.below(folder, root)) {
          if (entry.kind() == FolderEntry.Kind.FILE) {
            candidates.add(new Checksums.Candidate(entry.path(), List.of(label)));
          } else {
            skip(entry, skipped);
          }
        }
      }
    }
    List<Skipped> unreadable = new ArrayList<>();
    List<LabeledPhoto> photos = Checksums.of(candidates, false, options, skipped, unreadable);
    FoundPhotos found =
        new FoundPhotos(root, Task.SINGLE_LABEL, classes, photos, skipped, unreadable, List.of());
    requirePhotos(found, options, folders);
    return found;
  }

  private static void requireFolder(Path root) throws DataException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(root, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      throw new DataException(root, "no such folder", e);
    } catch (IOException e) {
      throw Checksums.cannotRead(root, e);
    }
    if (!attributes.isDirectory()) {
      throw new DataException(
          root, "a file; expected a folder with one folder for each class, or a labels.csv");
    }
  }

  private static List<Path> classFolders(List<FolderEntry> entries, List<Skipped> skipped)
      throws DataException {
    List<Path> folders = new ArrayList<>();
    for (FolderEntry entry : entries) {
      Path path = entry.path();
      switch (entry.kind()) {
        case FOLDER -> {
          if (FolderListing.name(path).indexOf('\uFFFD') >= 0) {
            throw new DataException(
                path,
                "this class's name has letters that Java cannot read in the language settings of"
                    + " this system; set LC_ALL to a UTF-8 locale such as C.UTF-8, or rename the"
                    + " folder where that is so already");
          }
          folders.add(path);
        }
        case FILE ->
            skipped.add(
                new Skipped(
                    path,
                    "beside the class folders; a photo belongs into the folder of its class"));
        default -> skip(entry, skipped);
      }
    }
    return folders;
  }

  private static void skip(FolderEntry entry, List<Skipped> skipped) throws DataException {
    if (entry.kind() == FolderEntry.Kind.UNREADABLE) {
      throw new DataException(entry.path(), entry.reason());
    }
    skipped.add(new Skipped(entry.path(), entry.reason()));
  }

  private static Map<String, Path> byClass(Path root, List<Path> folders) throws DataException {
    Map<String, Path> byClass = new LinkedHashMap<>();
    for (Path folder : folders) {
      Path other = byClass.put(FolderListing.name(folder), folder);
      if (other != null) {
        throw new DataException(
            root,
            "two class folders look alike: %s and %s are one name in Unicode; rename or merge them"
                .formatted(spelled(other), spelled(folder)));
      }
    }
    return byClass;
  }

  /** The name with all but ASCII as code points, to tell two that look the same. */
  private static String spelled(Path folder) {
    String name = folder.getFileName().toString();
    String points =
        name.codePoints()
            .mapToObj(c -> c < 128 ? Character.toString(c) : "<U+%04X>".formatted(c))
            .collect(Collectors.joining());
    return "'" + name + "' (" + points + ")";
  }

  private static void requireTwoClasses(Path root, Map<String, Path> folders, List<Skipped> skipped)
      throws DataException {
    if (folders.size() >= 2) {
      return;
    }
    String layout =
        "expected at least two folders, one for each class with its photos inside, such as "
            + "%s and %s; ".formatted(root.resolve("cats/1.jpg"), root.resolve("dogs/2.jpg"));
    if (folders.isEmpty()) {
      throw new DataException(root, layout + "found no folder" + others(skipped));
    }
    Path only = folders.values().iterator().next();
    throw new DataException(
        root,
        layout
            + "found only %s%s; if the class folders are inside it, pass %s"
                .formatted(only.getFileName(), others(skipped), only));
  }

  private static String others(List<Skipped> skipped) {
    return skipped.isEmpty()
        ? ""
        : ", and passed over %d, the first %s".formatted(skipped.size(), skipped.get(0));
  }

  private static void requirePhotos(
      FoundPhotos found, LabeledFolderOptions options, Map<String, Path> folders)
      throws DataException {
    if (found.photos().isEmpty()) {
      throw new DataException(
          found.root(), "no photo in any class folder" + others(found.skipped()));
    }
    if (!options.classes().isEmpty()) {
      return;
    }
    int[] counts = found.counts(found.photos());
    for (int label = 0; label < counts.length; label++) {
      if (counts[label] == 0) {
        Path folder = folders.get(found.classes().get(label));
        List<Skipped> inside =
            found.skipped().stream().filter(file -> file.path().startsWith(folder)).toList();
        throw new DataException(
            folder, "no photo in this class folder" + others(inside) + "; add some or remove it");
      }
    }
  }
}

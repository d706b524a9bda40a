package dev.graft.data;

import static java.util.stream.Collectors.toSet;

import dev.graft.file.FolderEntry;
import dev.graft.file.FolderListing;
import dev.graft.model.Task;
import dev.graft.photo.PhotoReader;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A CSV file that names photos and their labels: a header with the columns {@code path} and {@code
 * labels}, then a line a photo.
 */
final class LabelsFile {

  /** What such a file is called in the folder of its photos. */
  static final String NAME = "labels.csv";

  private static final String PATH = "path";
  private static final String LABELS = "labels";
  private static final String SEPARATOR = ";";

  private LabelsFile() {}

  /**
   * A photo that is named.
   *
   * @param path relative to the folder of the file and inside of it, normalised
   * @param labels in NFC, sorted by code points
   */
  record Row(int line, Path path, SortedSet<String> labels) {}

  /** The file of multi-label data; empty for single-label data, where folders are the labels. */
  static Optional<Path> of(Path data) {
    if (Files.isDirectory(data)) {
      return Optional.of(data.resolve(NAME)).filter(Files::isRegularFile);
    }
    String name = data.getFileName() == null ? "" : data.getFileName().toString();
    return Optional.of(data).filter(file -> name.toLowerCase(Locale.ROOT).endsWith(".csv"));
  }

  /**
   * Finds the photos that a file names.
   *
   * @param root what the user named: the file, or the folder that it lies in
   */
  static FoundPhotos find(Path root, Path csv, LabeledFolderOptions options) throws IOException {
    List<Row> rows;
    try {
      rows = read(csv);
    } catch (NoSuchFileException e) {
      throw new DataException(csv, "no such file", e);
    } catch (FileSystemException e) {
      throw Checksums.cannotRead(csv, e);
    }
    SortedSet<String> unknown = new TreeSet<>(FolderListing::compareCodePoints);
    rows.forEach(row -> unknown.addAll(row.labels));
    List<String> classes = options.classes().isEmpty() ? List.copyOf(unknown) : options.classes();
    requireLabels(csv, classes, unknown);
    unknown.removeAll(classes);

    Map<String, Integer> indices = new HashMap<>();
    classes.forEach(name -> indices.put(name, indices.size()));
    Listing listing = new Listing(csv, options.followLinks());
    List<Skipped> unreadable = new ArrayList<>();
    List<Checksums.Candidate> candidates = new ArrayList<>();
    List<Row> missing = new ArrayList<>();
    for (Row row : rows) {
      Optional<Path> file = listing.find(row.path);
      if (file.isPresent()) {
        List<Integer> labels =
            row.labels.stream().map(indices::get).filter(Objects::nonNull).toList();
        candidates.add(new Checksums.Candidate(file.get(), labels));
      } else {
        missing.add(row);
        unreadable.add(
            new Skipped(
                listing.folder.resolve(row.path),
                "no such file; line %d of %s names it".formatted(row.line, csv.getFileName())));
      }
    }
    if (!missing.isEmpty() && !options.skipUnreadable()) {
      Row first = missing.get(0);
      throw new DataException(
          csv,
          "%d of the %d files that it names are missing, the first in line %d: %s; paths are"
                  .formatted(missing.size(), rows.size(), first.line, first.path)
              + " relative to the folder of this file");
    }
    List<Skipped> skipped = listing.passedOver(candidates);
    List<LabeledPhoto> photos = Checksums.of(candidates, true, options, skipped, unreadable);
    if (photos.isEmpty()) {
      throw new DataException(
          csv,
          rows.isEmpty()
              ? "names no photo; expected a line a photo after the header"
              : "none of the %d files that it names can be read, the first: %s"
                  .formatted(rows.size(), unreadable.get(0)));
    }
    return new FoundPhotos(
        root, Task.MULTI_LABEL, classes, photos, skipped, unreadable, List.copyOf(unknown));
  }

  private static void requireLabels(Path csv, List<String> classes, SortedSet<String> found)
      throws DataException {
    if (classes.size() < 2) {
      throw new DataException(
          csv,
          classes.isEmpty()
              ? "no photo has a label; expected labels in the column " + LABELS
              : "expected at least two labels, found only '%s'; for one yes or no use two folders"
                      .formatted(classes.get(0))
                  + " of photos instead");
    }
    if (!found.isEmpty() && found.stream().noneMatch(classes::contains)) {
      throw new DataException(
          csv, "has none of the labels %s; it has %s".formatted(classes, found));
    }
  }

  /** What lies in the folder of a file of labels. */
  private static final class Listing {

    final Path folder;
    private final List<FolderEntry> entries;

    /** Names are one in Unicode that differ on disk: a Mac spells them otherwise than others do. */
    private final Map<String, Path> byName = new HashMap<>();

    Listing(Path csv, boolean followLinks) {
      folder = csv.getParent() == null ? Path.of("") : csv.getParent();
      entries = new FolderListing(followLinks).below(folder);
      for (FolderEntry entry : entries) {
        byName.put(name(folder.relativize(entry.path())), entry.path());
      }
    }

    private static String name(Path path) {
      return Normalizer.normalize(path.toString(), Normalizer.Form.NFC);
    }

    Optional<Path> find(Path relative) {
      Path file = folder.resolve(relative);
      return Files.isRegularFile(file) // a pipe would block who opens it
          ? Optional.of(file)
          : Optional.ofNullable(byName.get(name(relative)));
    }

    /** The photos that are not named, and what cannot be looked into. */
    List<Skipped> passedOver(List<Checksums.Candidate> named) {
      Set<Path> files = named.stream().map(Checksums.Candidate::file).collect(toSet());
      List<Skipped> skipped = new ArrayList<>();
      for (FolderEntry entry : entries) {
        Path path = entry.path();
        String reason =
            switch (entry.kind()) {
              case FILE -> files.contains(path) ? null : unnamed(path);
              case UNREADABLE, PASSED_OVER, MACHINE_MADE ->
                  files.stream().anyMatch(file -> file.startsWith(path)) ? null : entry.reason();
              case HIDDEN, FOLDER -> null;
            };
        if (reason != null) {
          skipped.add(new Skipped(path, reason));
        }
      }
      return skipped;
    }

    private static String unnamed(Path file) {
      try {
        return PhotoReader.isPhoto(file) ? "not named in the file of labels" : null;
      } catch (IOException e) {
        return Checksums.cannotRead(file, e).reason();
      }
    }
  }

  /**
   * Reads a file; whether the photos exist is not looked at.
   *
   * @throws DataException if it breaks a rule
   */
  static List<Row> read(Path csv) throws IOException {
    List<Row> rows = new ArrayList<>();
    Map<Path, Integer> lines = new HashMap<>();
    try (CsvReader reader = new CsvReader(csv)) {
      List<String> header = reader.next();
      if (header == null || !header.contains(PATH) || !header.contains(LABELS)) {
        throw new DataException(
            csv,
            "expected the header path,labels in the first line, found %s; if this file is not for"
                    .formatted(header == null ? "an empty file" : String.join(",", header))
                + " Graft, move it elsewhere");
      }
      int pathColumn = header.indexOf(PATH);
      int labelsColumn = header.indexOf(LABELS);
      for (List<String> record = reader.next(); record != null; record = reader.next()) {
        if (record.equals(List.of(""))) {
          continue;
        }
        int line = reader.recordLine();
        if (record.size() != header.size()) {
          throw reader.problem(
              line,
              "expected %d fields as in the header, found %d; a field with a comma needs quotes,"
                      .formatted(header.size(), record.size())
                  + " and labels are separated by ;");
        }
        Path path = path(record.get(pathColumn), reader);
        Integer before = lines.putIfAbsent(path, line);
        if (before != null) {
          throw reader.problem(
              line, "%s stands in line %d already; merge the two".formatted(path, before));
        }
        rows.add(new Row(line, path, labels(record.get(labelsColumn), reader)));
      }
    }
    return rows;
  }

  private static Path path(String text, CsvReader reader) throws DataException {
    int line = reader.recordLine();
    if (text.isBlank()) {
      throw reader.problem(line, "no path");
    }
    Path path;
    try {
      path = Path.of(text).normalize();
    } catch (InvalidPathException e) {
      throw reader.problem(line, "no path of this system: " + e.getMessage());
    }
    if (path.isAbsolute() || path.startsWith("..") || path.toString().isEmpty()) {
      throw reader.problem(
          line,
          "%s is outside of the folder of this file; expected a path inside of it, relative to it"
              .formatted(text));
    }
    return path;
  }

  private static SortedSet<String> labels(String text, CsvReader reader) throws DataException {
    SortedSet<String> labels = new TreeSet<>(FolderListing::compareCodePoints);
    for (String label : text.split(SEPARATOR, -1)) {
      String name = Normalizer.normalize(label.strip(), Normalizer.Form.NFC);
      if (name.codePoints().anyMatch(Character::isISOControl)) {
        throw reader.problem(
            reader.recordLine(),
            "a line break or another control character in a label; labels are separated by ;");
      }
      if (!name.isEmpty()) {
        labels.add(name);
      }
    }
    return labels;
  }
}

package dev.graft.data;

import dev.graft.engine.ReadAhead;
import dev.graft.file.FileProblem;
import dev.graft.file.FolderEntry;
import dev.graft.file.FolderListing;
import dev.graft.file.Sha256;
import dev.graft.model.Task;
import dev.graft.photo.PhotoReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Labelled photos in a folder, of one of two kinds:
 *
 * <ul>
 *   <li>single-label: one sub-folder for each class and the class's photos inside, at any depth.
 *       What Keras calls {@code flow_from_directory} and {@code image_dataset_from_directory};
 *   <li>multi-label: a file {@code labels.csv} in the folder, with a line {@code path,labels} for
 *       each photo, the labels separated by {@code ;}. What Keras calls {@code
 *       flow_from_dataframe}.
 * </ul>
 *
 * <p>Opening lists the folder and reads every file once, for its SHA-256; nothing is decoded.
 * Whether a file is a photo its first bytes say, not its name. What is no photo stands in {@link
 * #skipped()}.
 *
 * <p>A photo is for validation if a number made of its bytes and the seed is below the split: see
 * {@link #validation()}. Immutable and thread-safe.
 */
public final class LabeledFolder {

  private static final int HASHING_THREADS = 4;

  /** Bytes that tell a photo. */
  static final int SNIFFED = 64;

  /** Folders that hold classes rather than being one. */
  private static final Set<String> SPLITS =
      Set.of("train", "training", "val", "valid", "validation", "test", "testing");

  private final Path root;
  private final Task task;
  private final LabeledFolderOptions options;
  private final List<String> classes;
  private final List<LabeledPhoto> photos;
  private final List<LabeledPhoto> training;
  private final List<LabeledPhoto> validation;
  private final List<SkippedFile> skipped;
  private final List<SkippedFile> unreadable;
  private final List<String> unknownLabels;

  LabeledFolder(
      Path root,
      Task task,
      LabeledFolderOptions options,
      List<String> classes,
      List<LabeledPhoto> photos,
      List<SkippedFile> skipped,
      List<SkippedFile> unreadable,
      List<String> unknownLabels) {
    this.root = root;
    this.task = task;
    this.options = options;
    this.classes = List.copyOf(classes);
    this.photos = List.copyOf(photos);
    Map<Boolean, List<LabeledPhoto>> split = split(this.photos, options);
    this.training = List.copyOf(split.get(false));
    this.validation = List.copyOf(split.get(true));
    this.skipped = List.copyOf(skipped);
    this.unreadable = List.copyOf(unreadable);
    this.unknownLabels = List.copyOf(unknownLabels);
  }

  /** Opens with {@link LabeledFolderOptions#defaults()}. */
  public static LabeledFolder open(Path root) throws IOException {
    return open(root, LabeledFolderOptions.defaults());
  }

  /**
   * Whether data are multi-label: a folder with a {@code labels.csv} in it, or a file {@code *.csv}
   * itself.
   */
  public static Task taskOf(Path root) {
    return LabelsFile.of(root).isPresent() ? Task.MULTI_LABEL : Task.SINGLE_LABEL;
  }

  /** The CSV file that the labels are from; empty for single-label data. */
  public Optional<Path> labelsFile() {
    return task == Task.MULTI_LABEL ? LabelsFile.of(root) : Optional.empty();
  }

  /**
   * Lists the folder and computes the photos' checksums.
   *
   * @param root a folder, or a CSV file of the form of {@code labels.csv} in the folder of its
   *     photos
   * @throws DataException if there are no two classes with photos, or something cannot be read
   * @throws InterruptedIOException if the calling thread is interrupted
   */
  public static LabeledFolder open(Path root, LabeledFolderOptions options) throws IOException {
    Optional<Path> csv = LabelsFile.of(root);
    return csv.isPresent() ? LabelsFile.open(root, csv.get(), options) : openFolders(root, options);
  }

  private static LabeledFolder openFolders(Path root, LabeledFolderOptions options)
      throws IOException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(root, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      throw new DataException(root, "no such folder", e);
    } catch (IOException e) {
      throw cannotRead(root, e);
    }
    if (!attributes.isDirectory()) {
      throw new DataException(
          root, "a file; expected a folder with one folder for each class, or a labels.csv");
    }
    List<SkippedFile> skipped = new ArrayList<>();
    FolderListing listing = new FolderListing(options.followLinks());
    Map<String, Path> folders = byClass(root, classFolders(listing.entries(root), skipped));
    List<String> classes = options.classes();
    if (classes.isEmpty()) {
      classes = List.copyOf(folders.keySet());
      requireTwoClasses(root, folders, skipped);
    } else {
      for (Map.Entry<String, Path> folder : folders.entrySet()) {
        if (!classes.contains(folder.getKey())) {
          skipped.add(new SkippedFile(folder.getValue(), "not among the classes " + classes));
        }
      }
    }
    if (options.labelMode() == LabelMode.BINARY && classes.size() != 2) {
      throw new DataException(
          root,
          "binary labels need exactly two classes, found %d: %s"
              .formatted(classes.size(), classes));
    }
    List<Candidate> candidates = new ArrayList<>();
    for (int label = 0; label < classes.size(); label++) {
      Path folder = folders.get(classes.get(label));
      if (folder != null) {
        for (FolderEntry entry : listing.below(folder, root)) {
          if (entry.kind() == FolderEntry.Kind.FILE) {
            candidates.add(new Candidate(entry.path(), List.of(label)));
          } else {
            skip(entry, skipped);
          }
        }
      }
    }
    List<SkippedFile> unreadable = new ArrayList<>();
    List<LabeledPhoto> photos = hash(candidates, false, options, skipped, unreadable);
    LabeledFolder folder =
        new LabeledFolder(
            root, Task.SINGLE_LABEL, options, classes, photos, skipped, unreadable, List.of());
    folder.requirePhotos(folders);
    return folder;
  }

  private static List<Path> classFolders(List<FolderEntry> entries, List<SkippedFile> skipped)
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
                new SkippedFile(
                    path,
                    "beside the class folders; a photo belongs into the folder of its class"));
        default -> skip(entry, skipped);
      }
    }
    return folders;
  }

  private static void skip(FolderEntry entry, List<SkippedFile> skipped) throws DataException {
    if (entry.kind() == FolderEntry.Kind.UNREADABLE) {
      throw new DataException(entry.path(), entry.reason());
    }
    skipped.add(new SkippedFile(entry.path(), entry.reason()));
  }

  static DataException cannotRead(Path path, IOException cause) {
    return new DataException(path, "cannot be read: " + FileProblem.reason(cause), cause);
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

  private static void requireTwoClasses(
      Path root, Map<String, Path> folders, List<SkippedFile> skipped) throws DataException {
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

  static String others(List<SkippedFile> skipped) {
    return skipped.isEmpty()
        ? ""
        : ", and passed over %d, the first %s".formatted(skipped.size(), skipped.get(0));
  }

  /**
   * Computes the checksums of photos.
   *
   * @param named whether somebody named each of the files, so that one which is no photo has failed
   *     rather than being passed over
   */
  static List<LabeledPhoto> hash(
      List<Candidate> candidates,
      boolean named,
      LabeledFolderOptions options,
      List<SkippedFile> skipped,
      List<SkippedFile> unreadable)
      throws IOException {
    List<LabeledPhoto> photos = new ArrayList<>();
    try (ReadAhead<Candidate, Hashed> all =
        ReadAhead.of(
            candidates.iterator(), HASHING_THREADS, 16 * HASHING_THREADS, LabeledFolder::hash)) {
      while (all.hasNext()) {
        Hashed hashed = all.next();
        Path file = hashed.candidate.file;
        if (hashed.sha256 != null) {
          photos.add(new LabeledPhoto(file, hashed.candidate.labels, hashed.sha256));
        } else if (hashed.failure == null && !named) {
          skipped.add(new SkippedFile(file, hashed.reason));
        } else {
          DataException failure =
              hashed.failure == null
                  ? new DataException(file, hashed.reason)
                  : cannotRead(file, hashed.failure);
          if (!options.skipUnreadable()) {
            throw failure;
          }
          unreadable.add(new SkippedFile(file, failure.reason()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    return photos;
  }

  private static Hashed hash(Candidate candidate) {
    try (InputStream in = Files.newInputStream(candidate.file)) {
      byte[] buffer = new byte[1 << 16];
      int n = in.readNBytes(buffer, 0, buffer.length);
      if (n == 0) {
        return new Hashed(candidate, null, "empty", null);
      }
      if (!PhotoReader.isPhoto(Arrays.copyOf(buffer, Math.min(n, SNIFFED)))) {
        return new Hashed(candidate, null, "not a photo", null);
      }
      MessageDigest sha256 = Sha256.digest();
      for (; n > 0; n = in.read(buffer)) {
        sha256.update(buffer, 0, n);
      }
      return new Hashed(candidate, Sha256.hex(sha256.digest()), null, null);
    } catch (IOException e) {
      return new Hashed(candidate, null, null, e);
    }
  }

  private void requirePhotos(Map<String, Path> folders) throws DataException {
    if (photos.isEmpty()) {
      throw new DataException(root, "no photo in any class folder" + others(skipped));
    }
    if (!options.classes().isEmpty()) {
      return;
    }
    for (Map.Entry<String, Integer> count : countPerClass().entrySet()) {
      if (count.getValue() == 0) {
        Path folder = folders.get(count.getKey());
        List<SkippedFile> inside =
            skipped.stream().filter(file -> file.path().startsWith(folder)).toList();
        throw new DataException(
            folder, "no photo in this class folder" + others(inside) + "; add some or remove it");
      }
    }
  }

  /** The folder, as it was given. */
  public Path root() {
    return root;
  }

  public LabeledFolderOptions options() {
    return options;
  }

  /** Whether each photo has exactly one label, or any number of them. */
  public Task task() {
    return task;
  }

  /**
   * The names of the class folders, or the labels of the CSV file, in Unicode's composed form
   * (NFC), sorted by code points, or as {@link LabeledFolderOptions#classes()} says.
   */
  public List<String> classes() {
    return classes;
  }

  /**
   * All photos: single-label by class, then sorted by name; multi-label in the order of the lines.
   */
  public List<LabeledPhoto> photos() {
    return photos;
  }

  /** The photos that are not for validation. */
  public List<LabeledPhoto> training() {
    return training;
  }

  /**
   * The photos for validation: those where the first 53 bits of SHA-256(photo's SHA-256, seed as 8
   * bytes) are, as a fraction, below the split; but never the one of each class or label whose
   * fraction is the largest, so that there is a photo to learn from. So a photo's side depends on
   * its bytes and the seed alone: adding, removing or renaming photos moves no other one (but for
   * that one, in a class that would be all below the split), and equal files are on one side,
   * whatever their classes. Each class keeps to the split on average: a class of n photos gives
   * split * n, plus or minus some sqrt(n * split * (1 - split)).
   */
  public List<LabeledPhoto> validation() {
    return validation;
  }

  /** True for validation. */
  private static Map<Boolean, List<LabeledPhoto>> split(
      List<LabeledPhoto> photos, LabeledFolderOptions options) {
    Map<String, Double> fractions = new HashMap<>();
    for (LabeledPhoto photo : photos) {
      fractions.computeIfAbsent(photo.sha256(), sha256 -> fraction(sha256, options.seed()));
    }
    Map<Integer, String> lastToValidate = new HashMap<>();
    for (LabeledPhoto photo : photos) {
      for (int label : photo.labels()) {
        lastToValidate.merge(
            label,
            photo.sha256(),
            (one, other) -> fractions.get(one) >= fractions.get(other) ? one : other);
      }
    }
    Set<String> learnt = Set.copyOf(lastToValidate.values());
    return photos.stream()
        .collect(
            Collectors.partitioningBy(
                photo ->
                    fractions.get(photo.sha256()) < options.validationSplit()
                        && !learnt.contains(photo.sha256())));
  }

  private static double fraction(String sha256, long seed) {
    MessageDigest digest = Sha256.digest();
    digest.update(HexFormat.of().parseHex(sha256));
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).array());
    long first = ByteBuffer.wrap(digest.digest()).getLong();
    return (first >>> 11) * 0x1p-53;
  }

  /** Files and folders that were passed over, each with the reason. */
  public List<SkippedFile> skipped() {
    return skipped;
  }

  /**
   * Files that could not be opened, each with the reason; empty unless {@link
   * LabeledFolderOptions#skipUnreadable()}, for else they are an error. That a file which can be
   * opened holds no whole photo shows only when it is decoded.
   */
  public List<SkippedFile> unreadable() {
    return unreadable;
  }

  /**
   * How many photos each class has, in the order of the classes. A photo with several labels counts
   * for each of them.
   */
  public Map<String, Integer> countPerClass() {
    int[] counts = counts(photos);
    Map<String, Integer> byName = new LinkedHashMap<>();
    for (int label = 0; label < counts.length; label++) {
      byName.put(classes.get(label), counts[label]);
    }
    return Collections.unmodifiableMap(byName);
  }

  /** What may be a mistake but hinders nothing: for people to read, empty where all is well. */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (classes.stream().allMatch(name -> SPLITS.contains(name.toLowerCase(Locale.ROOT)))) {
      warnings.add(
          "the classes are %s; if these folders hold the class folders, pass one of them"
              .formatted(String.join(" and ", classes)));
    }
    if (!unknownLabels.isEmpty()) {
      warnings.add(
          "labels that are not among the classes %s do not count: %s"
              .formatted(classes, String.join(", ", unknownLabels)));
    }
    boolean multiLabel = task == Task.MULTI_LABEL;
    String kind = multiLabel ? "label" : "class";
    int[] all = counts(photos);
    int[] forTraining = counts(training);
    for (int label = 0; label < all.length; label++) {
      String name = classes.get(label);
      boolean noneValidates = options.validationSplit() > 0 && forTraining[label] == all[label];
      if (all[label] == 0) {
        warnings.add("%s '%s' has no photo".formatted(kind, name));
      } else if (multiLabel && all[label] == 1 && options.classes().isEmpty()) {
        warnings.add(
            "label '%s' is on 1 photo only: too few to learn and to measure".formatted(name));
      } else if (noneValidates && all[label] == 1) {
        warnings.add(
            "%s '%s' has 1 photo only, which teaches and never validates; add photos"
                .formatted(kind, name));
      } else if (noneValidates) {
        warnings.add(
            "%s '%s' has none of its %d photos in validation; add photos or take another seed"
                .formatted(kind, name, all[label]));
      }
    }
    Map<String, LabeledPhoto> first = new HashMap<>();
    for (LabeledPhoto photo : photos) {
      LabeledPhoto other = first.putIfAbsent(photo.sha256(), photo);
      if (other != null && !other.labels().equals(photo.labels())) {
        warnings.add(
            multiLabel
                ? "the same photo has different labels: %s %s and %s %s"
                    .formatted(other.path(), names(other), photo.path(), names(photo))
                : "the same photo is in two classes: %s and %s"
                    .formatted(other.path(), photo.path()));
      }
    }
    return warnings;
  }

  private int[] counts(List<LabeledPhoto> photos) {
    int[] counts = new int[classes.size()];
    photos.forEach(photo -> photo.labels().forEach(label -> counts[label]++));
    return counts;
  }

  private List<String> names(LabeledPhoto photo) {
    return photo.labels().stream().map(classes::get).toList();
  }

  /**
   * SHA-256 over the names of the classes, sorted, each with the sorted checksums of its photos;
   * lower-case hexadecimal. Of multi-label data over the sorted names, then the photos' checksums,
   * sorted, each with the names of its labels. Names of files, options and the place of the folder
   * do not count.
   */
  public String fingerprint() {
    MessageDigest digest = Sha256.digest();
    (task == Task.MULTI_LABEL ? byPhoto() : byClass())
        .forEach(part -> digest.update(part.getBytes(StandardCharsets.UTF_8)));
    return Sha256.hex(digest.digest());
  }

  private List<String> byClass() {
    Map<String, List<String>> byClass = new TreeMap<>();
    classes.forEach(name -> byClass.put(name, new ArrayList<>()));
    photos.forEach(photo -> byClass.get(classes.get(photo.label())).add(photo.sha256()));
    List<String> parts = new ArrayList<>();
    byClass.forEach(
        (name, checksums) -> {
          // A name holds no '/' and a checksum no other character than a digit: nothing is mixed
          // up.
          parts.add(name + "/");
          checksums.stream().sorted().forEach(checksum -> parts.add(checksum + "\n"));
        });
    return parts;
  }

  /** A label holds no control character, so a tab or the end of a line is no part of one. */
  private List<String> byPhoto() {
    List<String> parts = new ArrayList<>();
    classes.stream().sorted().forEach(name -> parts.add("\t" + name + "\n"));
    photos.stream()
        .map(
            photo ->
                photo.sha256()
                    + names(photo).stream().sorted().map("\t"::concat).collect(Collectors.joining())
                    + "\n")
        .sorted()
        .forEach(parts::add);
    return parts;
  }

  /**
   * One pass over photos in batches, as {@link #options()} say; of multi-label data with {@link
   * Labels.Categorical} labels always. With {@link LabeledFolderOptions#shuffle()} the order
   * depends on the seed and the epoch alone.
   *
   * @param photos of this folder, say {@link #training()}
   * @param epoch which pass this is, from 0
   */
  public PhotoBatches batches(List<LabeledPhoto> photos, int epoch) {
    List<LabeledPhoto> order = new ArrayList<>(photos);
    if (options.shuffle()) {
      // The odd constant (2^64 / golden ratio) sets the seeds of neighbouring epochs far apart.
      Collections.shuffle(order, new Random(options.seed() + epoch * 0x9E3779B97F4A7C15L));
    }
    return new PhotoBatches(
        order,
        classes.size(),
        task == Task.MULTI_LABEL ? options.withLabelMode(LabelMode.CATEGORICAL) : options);
  }

  /** A file that may be a photo of these classes. */
  record Candidate(Path file, List<Integer> labels) {}

  /** Either a checksum, or a reason why this is no photo, or a failure. */
  private record Hashed(Candidate candidate, String sha256, String reason, IOException failure) {}
}

package dev.graft.data;

import dev.graft.model.Task;
import dev.graft.serve.Classifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;

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

  private final FoundPhotos found;
  private final LabeledFolderOptions options;
  private final Split split;

  private LabeledFolder(FoundPhotos found, LabeledFolderOptions options) {
    this.found = options.grouping() == Grouping.CAPTURE ? found.inBursts() : found;
    this.options = options;
    this.split = Split.of(this.found.photos(), options);
  }

  /** Opens with {@link LabeledFolderOptions#defaults()}. */
  public static LabeledFolder open(Path root) throws IOException {
    return open(root, LabeledFolderOptions.defaults());
  }

  /**
   * Opens photos to try a model on: with {@link LabeledFolderOptions#suitedTo} it. {@link
   * BatchOptions#suitedTo} gives their pixels as the model sees them.
   *
   * @throws DataException if there is no photo of the model's classes, the data are multi-label and
   *     the model is not or the other way round, or something cannot be read
   */
  public static LabeledFolder open(Path root, Classifier classifier) throws IOException {
    Task task = classifier.modelFile().task();
    if (Files.exists(root) && taskOf(root) != task) {
      throw new DataException(root, "%s data, but the model is %s".formatted(taskOf(root), task));
    }
    return open(root, LabeledFolderOptions.suitedTo(classifier.modelFile()));
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
    return task() == Task.MULTI_LABEL ? LabelsFile.of(root()) : Optional.empty();
  }

  /**
   * Lists the folder and computes the photos' checksums.
   *
   * @param root a folder, or a CSV file of the form of {@code labels.csv} in the folder of its
   *     photos
   * @throws DataException if there are no two classes with photos, or something cannot be read
   * @throws CancellationException if the calling thread is interrupted, which it stays
   */
  public static LabeledFolder open(Path root, LabeledFolderOptions options) throws IOException {
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(options, "options");
    Optional<Path> csv = LabelsFile.of(root);
    FoundPhotos found =
        csv.isPresent()
            ? LabelsFile.find(root, csv.get(), options)
            : ClassFolders.find(root, options);
    return new LabeledFolder(found, options);
  }

  /** The folder, as it was given. */
  public Path root() {
    return found.root();
  }

  public LabeledFolderOptions options() {
    return options;
  }

  /** Whether each photo has exactly one label, or any number of them. */
  public Task task() {
    return found.task();
  }

  /**
   * The names of the class folders, or the labels of the CSV file, in Unicode's composed form
   * (NFC), sorted by code points, or as {@link LabeledFolderOptions#classes()} says.
   */
  public List<String> classes() {
    return found.classes();
  }

  /**
   * All photos: single-label by class, then sorted by name; multi-label in the order of the lines.
   */
  public List<LabeledPhoto> photos() {
    return found.photos();
  }

  /** The photos that are not for validation. */
  public List<LabeledPhoto> training() {
    return split.training();
  }

  /**
   * The photos for validation: those where the first 53 bits of SHA-256(photo's SHA-256, seed as 8
   * bytes) are, as a fraction, below the split; but never the one of each class or label whose
   * fraction is the largest, so that there is a photo to learn from. So a photo's side depends on
   * its bytes and the seed alone: adding, removing or renaming photos moves no other one (but for
   * that one, in a class that would be all below the split), and equal files are on one side,
   * whatever their classes. {@link Grouping} can put more photos together; then the checksum of a
   * group's first photo decides for all of it. Each class keeps to the split on average: a class of
   * n photos gives split * n, plus or minus some sqrt(n * split * (1 - split)).
   */
  public List<LabeledPhoto> validation() {
    return split.validation();
  }

  /** Files and folders that were passed over, each with the reason. */
  public List<Skipped> skipped() {
    return found.skipped();
  }

  /**
   * Files that could not be opened, each with the reason; empty unless {@link
   * LabeledFolderOptions#skipUnreadable()}, for else they are an error. That a file which can be
   * opened holds no whole photo shows only when it is decoded.
   */
  public List<Skipped> unreadable() {
    return found.unreadable();
  }

  /**
   * How many photos each class has, in the order of the classes. A photo with several labels counts
   * for each of them.
   */
  public Map<String, Integer> countPerClass() {
    int[] counts = found.counts(found.photos());
    Map<String, Integer> byName = new LinkedHashMap<>();
    for (int label = 0; label < counts.length; label++) {
      byName.put(classes().get(label), counts[label]);
    }
    return Collections.unmodifiableMap(byName);
  }

  /** What may be a mistake but hinders nothing: for people to read, empty where all is well. */
  public List<String> warnings() {
    return Oddities.of(found, split, options);
  }

  /**
   * SHA-256 over the names of the classes, sorted, each with the sorted checksums of its photos;
   * lower-case hexadecimal. Of multi-label data over the sorted names, then the photos' checksums,
   * sorted, each with the names of its labels. Names of files, options and the place of the folder
   * do not count.
   */
  public String fingerprint() {
    return Fingerprint.of(found);
  }

  /**
   * One pass over photos in batches. A shuffled order depends on the seed of {@link #options()} and
   * the epoch alone. Photos that cannot be read are passed over or an error as {@link #options()}
   * say.
   *
   * @param photos of this folder, say {@link #training()}
   * @param epoch which pass this is, from 0
   * @throws IllegalArgumentException if {@link LabelMode#BINARY} is asked for of other than two
   *     classes
   */
  public PhotoBatches batches(List<LabeledPhoto> photos, int epoch, BatchOptions batches) {
    LabelMode mode = task() == Task.MULTI_LABEL ? LabelMode.CATEGORICAL : batches.labelMode();
    if (mode == LabelMode.BINARY && classes().size() != 2) {
      throw new IllegalArgumentException(
          "%s: binary labels need exactly two classes, found %d: %s"
              .formatted(root(), classes().size(), classes()));
    }
    List<LabeledPhoto> order = new ArrayList<>(photos);
    if (batches.shuffle()) {
      // The odd constant (2^64 / golden ratio) sets the seeds of neighbouring epochs far apart.
      Collections.shuffle(order, new Random(options.seed() + epoch * 0x9E3779B97F4A7C15L));
    }
    return new PhotoBatches(
        order, classes().size(), batches.withLabelMode(mode), options.skipUnreadable());
  }
}

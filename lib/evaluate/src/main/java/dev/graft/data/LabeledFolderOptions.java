package dev.graft.data;

import dev.graft.model.ModelFile;
import java.text.Normalizer;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/**
 * What of a {@link LabeledFolder} is a photo, of which class and in which part. The names are
 * Keras' own where Keras has the option. How photos become pixels is another matter: a backbone or
 * a model says it, or {@link BatchOptions}. Immutable.
 */
public final class LabeledFolderOptions {

  private static final LabeledFolderOptions DEFAULTS =
      new LabeledFolderOptions(List.of(), 42, 0.2, false, false, Grouping.NONE);

  private final List<String> classes;
  private final long seed;
  private final double validationSplit;
  private final boolean followLinks;
  private final boolean skipUnreadable;
  private final Grouping grouping;

  private LabeledFolderOptions(
      List<String> classes,
      long seed,
      double validationSplit,
      boolean followLinks,
      boolean skipUnreadable,
      Grouping grouping) {
    this.classes =
        classes.stream().map(name -> Normalizer.normalize(name, Normalizer.Form.NFC)).toList();
    if (new HashSet<>(this.classes).size() < classes.size() || classes.size() == 1) {
      throw new IllegalArgumentException(
          "expected at least two classes, all different, or none for all folders; got "
              + this.classes);
    }
    if (!(validationSplit >= 0 && validationSplit < 1)) {
      throw new IllegalArgumentException(
          "expected a validation split from 0 up to but not including 1, got " + validationSplit);
    }
    this.seed = seed;
    this.validationSplit = validationSplit;
    this.followLinks = followLinks;
    this.skipUnreadable = skipUnreadable;
    this.grouping = Objects.requireNonNull(grouping, "grouping");
  }

  /** All folders, seed 42, a fifth validates; no link is followed, and bad files are an error. */
  public static LabeledFolderOptions defaults() {
    return DEFAULTS;
  }

  /** For photos to try a model on: its classes in its order, and no part for validation. */
  public static LabeledFolderOptions suitedTo(ModelFile model) {
    return DEFAULTS.withClasses(model.classes()).withValidationSplit(0);
  }

  /**
   * The class folders to use, or the labels of multi-label data, in the order of their indices;
   * empty for all, sorted.
   */
  public List<String> classes() {
    return classes;
  }

  /** Decides the split, and in a training the first weights and the order of photos too. */
  public long seed() {
    return seed;
  }

  /** The share of photos for validation, 0 (none) up to but not including 1. */
  public double validationSplit() {
    return validationSplit;
  }

  /** Whether symbolic links to folders are followed; links to files always are. */
  public boolean followLinks() {
    return followLinks;
  }

  /**
   * Whether photos that cannot be read are reported and passed over instead of being an error, by
   * whoever reads them: the folder when it is opened, batches and trainings.
   */
  public boolean skipUnreadable() {
    return skipUnreadable;
  }

  /** Which photos stay on one side of the split and in one fold. */
  public Grouping grouping() {
    return grouping;
  }

  /**
   * Named classes may lack photos, as those of a test folder made for another folder's classes.
   *
   * @throws IllegalArgumentException if there is one only, or two are one name in Unicode
   */
  public LabeledFolderOptions withClasses(List<String> newClasses) {
    return new LabeledFolderOptions(
        newClasses, seed, validationSplit, followLinks, skipUnreadable, grouping);
  }

  public LabeledFolderOptions withSeed(long newSeed) {
    return new LabeledFolderOptions(
        classes, newSeed, validationSplit, followLinks, skipUnreadable, grouping);
  }

  /**
   * Another share for validation.
   *
   * @throws IllegalArgumentException if it is not 0 up to but not including 1
   */
  public LabeledFolderOptions withValidationSplit(double share) {
    return new LabeledFolderOptions(classes, seed, share, followLinks, skipUnreadable, grouping);
  }

  public LabeledFolderOptions withFollowLinks(boolean follow) {
    return new LabeledFolderOptions(
        classes, seed, validationSplit, follow, skipUnreadable, grouping);
  }

  public LabeledFolderOptions withSkipUnreadable(boolean skip) {
    return new LabeledFolderOptions(classes, seed, validationSplit, followLinks, skip, grouping);
  }

  public LabeledFolderOptions withGrouping(Grouping newGrouping) {
    return new LabeledFolderOptions(
        classes, seed, validationSplit, followLinks, skipUnreadable, newGrouping);
  }
}

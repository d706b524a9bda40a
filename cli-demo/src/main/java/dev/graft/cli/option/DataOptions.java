package dev.graft.cli.option;

import dev.graft.backbone.Backbone;
import dev.graft.data.Grouping;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.photo.ColorMode;
import dev.graft.photo.Resize;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which photos {@code train} learns from and is judged on, and how they are read. */
public final class DataOptions implements OptionGroup {

  @ArgGroup private Validation validation = new Validation();

  private static final class Validation {
    @Option(
        names = "--validation-split",
        paramLabel = "SHARE",
        description =
            "Share of DATA's photos kept for validation, decided by each photo's content"
                + " (default: 0.2).")
    private Double split;

    @Option(
        names = "--validation",
        paramLabel = "DIR",
        description = "Folder of photos to validate on instead.")
    private Path folder;
  }

  @Option(
      names = "--test",
      paramLabel = "DIR",
      description = "Folder of photos to test on, once, when all is done.")
  private Path test;

  @Option(
      names = "--allow-overlap",
      description =
          "Validate and test on photos that are trained on too, which is an error otherwise; their"
              + " figures are then too good.")
  private boolean allowOverlap;

  @Option(
      names = "--cross-validate",
      paramLabel = "FOLDS",
      description =
          "First estimate how good such a model is by so many models, each tested on photos that it"
              + " did not learn from; the model then learns from all of DATA.")
  private Integer folds;

  @Option(
      names = "--group-by",
      paramLabel = "WHAT",
      defaultValue = "none",
      description =
          "Photos that stay together, all learnt from or all judged by: none (but equal files), or"
              + " capture, JPEGs that one camera has taken within 10 seconds of each other"
              + " (default: ${DEFAULT-VALUE}).")
  private Grouping grouping;

  @Option(names = "--follow-links", description = "Follow symbolic links to folders inside DATA.")
  private boolean followLinks;

  @Option(
      names = "--skip-unreadable",
      description =
          "Train without photos that cannot be read (exit code 3) instead of stopping (exit code"
              + " 1).")
  private boolean skipUnreadable;

  @Option(
      names = "--resize",
      paramLabel = "FIT",
      defaultValue = "stretch",
      description =
          "How photos are brought to the backbone's size: stretch, crop or pad (default:"
              + " ${DEFAULT-VALUE}).")
  private Resize.Fit fit;

  @Option(
      names = "--interpolation",
      paramLabel = "FILTER",
      defaultValue = "bilinear",
      description =
          "Filter that resizes photos: nearest, bilinear, bicubic or lanczos (default:"
              + " ${DEFAULT-VALUE}).")
  private Resize.Filter filter;

  @Option(
      names = "--color-mode",
      paramLabel = "MODE",
      defaultValue = "rgb",
      description = "rgb or grayscale (default: ${DEFAULT-VALUE}).")
  private ColorMode colorMode;

  @Override
  public String heading() {
    return "Data";
  }

  /**
   * How the folder of training photos is opened.
   *
   * @throws IllegalArgumentException if an option makes no sense
   */
  public LabeledFolderOptions folder(long seed) {
    if (folds != null && folds < 2) {
      throw new IllegalArgumentException("expected --cross-validate 2 or more, got " + folds);
    }
    LabeledFolderOptions options = LabeledFolderOptions.defaults();
    double usual = folds == null ? options.validationSplit() : 0;
    double split = validation.split != null ? validation.split : usual;
    return options
        .withSeed(seed)
        .withFollowLinks(followLinks)
        .withSkipUnreadable(skipUnreadable)
        .withGrouping(grouping)
        .withValidationSplit(validation.folder != null ? 0 : split);
  }

  /** A backbone that is shown photos as these options say. */
  public Backbone shown(Backbone backbone) {
    return backbone.withFit(fit).withInterpolation(filter).withColorMode(colorMode);
  }

  /** The folder of photos to validate on, where it is another than that of the training photos. */
  public Optional<Path> validation() {
    return Optional.ofNullable(validation.folder);
  }

  public Optional<Path> test() {
    return Optional.ofNullable(test);
  }

  public OptionalInt folds() {
    return folds == null ? OptionalInt.empty() : OptionalInt.of(folds);
  }

  public boolean allowOverlap() {
    return allowOverlap;
  }
}

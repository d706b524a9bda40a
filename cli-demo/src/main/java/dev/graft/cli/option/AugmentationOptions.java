package dev.graft.cli.option;

import dev.graft.augment.Augmentation;
import dev.graft.train.Trainer;
import picocli.CommandLine.Option;

/** How {@code train} changes photos at random. */
public final class AugmentationOptions implements OptionGroup {

  @Option(
      names = "--augment",
      paramLabel = "HOW",
      defaultValue = "none",
      description =
          "How training photos are changed at random, such as flips or standard; see"
              + " docs/augmentation.md and 'graft augment' (default: ${DEFAULT-VALUE}).")
  private String augment;

  @Option(
      names = "--variants",
      paramLabel = "N",
      description =
          "Changed copies of each photo, besides itself, that a frozen backbone sees (default: 4).")
  private Integer variants;

  @Override
  public String heading() {
    return "Augmentation";
  }

  /**
   * The chosen one.
   *
   * @throws IllegalArgumentException if an option makes no sense
   */
  public Augmentation augmentation() {
    Augmentation chosen = Augmentation.parse(augment);
    if (chosen.isNone() && variants != null) {
      throw new IllegalArgumentException("--variants needs --augment");
    }
    if (variants != null && variants < 1) {
      throw new IllegalArgumentException("expected --variants 1 or more, got " + variants);
    }
    return chosen;
  }

  public int variants() {
    return variants == null ? Trainer.VARIANTS : variants;
  }
}

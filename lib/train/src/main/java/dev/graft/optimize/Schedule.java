package dev.graft.optimize;

import java.util.Locale;

/** How the learning rate changes in the course of a training. */
public sealed interface Schedule {

  /** The rate stays as it is. */
  record Constant() implements Schedule {
    @Override
    public String toString() {
      return "constant";
    }
  }

  /**
   * From the full rate to 0 along half a cosine, step by step (Loshchilov and Hutter, "SGDR", ICLR
   * 2017, equation 5, one period).
   */
  record Cosine() implements Schedule {
    @Override
    public String toString() {
      return "cosine";
    }
  }

  /**
   * Every {@code epochs} epochs the rate is multiplied by {@code factor}.
   *
   * @param epochs at least 1
   * @param factor above 0, below 1
   */
  record Step(int epochs, float factor) implements Schedule {
    public Step {
      require("step", epochs, factor);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "step=%d/%s", epochs, factor);
    }
  }

  /**
   * The rate is multiplied by {@code factor} whenever the validation loss has not become lower for
   * {@code epochs} epochs, as Keras' ReduceLROnPlateau.
   *
   * @param epochs at least 1
   * @param factor above 0, below 1
   */
  record Plateau(int epochs, float factor) implements Schedule {
    public Plateau {
      require("plateau", epochs, factor);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "plateau=%d/%s", epochs, factor);
    }
  }

  /**
   * Reads {@code constant}, {@code cosine}, {@code step=EPOCHS/FACTOR} or {@code
   * plateau=EPOCHS/FACTOR}, as {@code toString} writes them.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static Schedule parse(String text) {
    if (text.equals("constant")) {
      return new Constant();
    }
    if (text.equals("cosine")) {
      return new Cosine();
    }
    String[] parts = text.split("[=/]", -1);
    if (parts.length == 3 && (parts[0].equals("step") || parts[0].equals("plateau"))) {
      int epochs;
      float factor;
      try {
        epochs = Integer.parseInt(parts[1]);
        factor = Float.parseFloat(parts[2]);
      } catch (NumberFormatException e) {
        throw unknown(text, e);
      }
      return parts[0].equals("step") ? new Step(epochs, factor) : new Plateau(epochs, factor);
    }
    throw unknown(text, null);
  }

  /**
   * What the learning rate is multiplied by at a step, a {@link Plateau}'s reductions aside.
   *
   * @param done epochs done before this step, a fraction within an epoch
   * @param epochs how many there will be
   */
  default double factor(double done, int epochs) {
    if (this instanceof Cosine) {
      return 0.5 * (1 + Math.cos(Math.PI * done / epochs));
    }
    if (this instanceof Step step) {
      return Math.pow(step.factor(), Math.floor(done / step.epochs()));
    }
    return 1;
  }

  private static IllegalArgumentException unknown(String text, NumberFormatException cause) {
    return new IllegalArgumentException(
        "no schedule is called \"%s\"; the known ones are constant, cosine, step=EPOCHS/FACTOR and"
                .formatted(text)
            + " plateau=EPOCHS/FACTOR, such as step=10/0.1",
        cause);
  }

  private static void require(String name, int epochs, float factor) {
    if (epochs < 1 || !(factor > 0 && factor < 1)) {
      throw new IllegalArgumentException(
          "expected %s=EPOCHS/FACTOR with at least 1 epoch and a factor between 0 and 1, got %d and"
                  .formatted(name, epochs)
              + " "
              + factor);
    }
  }
}

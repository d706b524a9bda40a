package dev.graft.recipe;

import dev.graft.optimize.Optimizer;
import dev.graft.optimize.Schedule;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Each hyper-parameter, declared once: what it may be, and how the files that name it spell it.
 * {@link Hyperparameters} has a getter and a {@code with} method for each, and nothing else that
 * knows them one by one. Their order is that of the files.
 */
@SuppressWarnings("ImmutableEnumChecker") // what a constant holds never changes
enum Hyperparameter {
  EPOCHS("epochs", Integer.class, n -> n >= 1, "at least 1 epoch"),

  BATCH_SIZE("batch size", Integer.class, n -> n >= 1, "a batch size of at least 1"),

  LEARNING_RATE(
      "learning rate", Float.class, r -> r > 0 && Float.isFinite(r), "a learning rate above 0"),

  WEIGHT_DECAY(
      "weight decay", Float.class, r -> r >= 0 && Float.isFinite(r), "a weight decay of 0 or more"),

  OPTIMIZER("optimizer", Optimizer.class, any -> true, "an optimizer") {
    @Override
    void describe(Object value, Map<String, String> into) {
      into.put(key(), ((Optimizer) value).name());
      if (value instanceof Optimizer.Sgd sgd) {
        into.put("momentum", Float.toString(sgd.momentum()));
      }
    }
  },

  SCHEDULE("schedule", Schedule.class, any -> true, "a schedule"),

  /** How many there may be depends on all epochs: {@link Hyperparameters} looks. */
  WARMUP_EPOCHS("epochs of warm-up", Integer.class, any -> true, "epochs of warm-up", 0),

  LABEL_SMOOTHING(
      "label smoothing",
      Float.class,
      share -> share >= 0 && share < 1,
      "a label smoothing of at least 0 and below 1",
      0f),

  BALANCE("balance", Balance.class, any -> true, "a balance", Balance.NONE) {
    @Override
    void describe(Object value, Map<String, String> into) {
      into.put(key(), ((Balance) value).name().toLowerCase(Locale.ROOT));
    }
  },

  CLIP_NORM(
      "norm to clip at",
      Float.class,
      norm -> norm > 0,
      "a norm to clip at above 0",
      Float.POSITIVE_INFINITY),

  PATIENCE("patience", Integer.class, n -> n >= 0, "a patience of 0 or more", 0);

  private final String setting;
  private final Predicate<Object> allowed;
  private final String expected;
  private final Object off; // null: always in use

  <T> Hyperparameter(String setting, Class<T> type, Predicate<T> allowed, String expected) {
    this(setting, type, allowed, expected, null);
  }

  /**
   * @param setting what a checkpoint, and the message of one that does not fit, calls it
   * @param expected what is allowed, in words, for the message where something else is given
   * @param off the value that is as if there were no such thing; a model file does not name it then
   */
  <T> Hyperparameter(String setting, Class<T> type, Predicate<T> allowed, String expected, T off) {
    this.setting = setting;
    this.allowed = value -> type.isInstance(value) && allowed.test(type.cast(value));
    this.expected = expected;
    this.off = off;
  }

  /** In a model file: {@code batch_size}. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  String setting() {
    return setting;
  }

  Object off() {
    return off;
  }

  boolean isOff(Object value) {
    return value.equals(off);
  }

  /**
   * @throws IllegalArgumentException if the value is not one of its values
   */
  void require(Object value) {
    if (!allowed.test(value)) {
      throw new IllegalArgumentException("expected %s, got %s".formatted(expected, value));
    }
  }

  /** Adds what a model file says of a value. */
  void describe(Object value, Map<String, String> into) {
    into.put(key(), value.toString());
  }
}

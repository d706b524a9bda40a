package dev.graft.recipe;

import static java.util.stream.Collectors.joining;

import dev.graft.backbone.Backbone;
import dev.graft.backbone.BackboneCard;
import dev.graft.backbone.Backbones;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The trainable layers on top of a frozen backbone. */
public sealed interface Head {

  /** As the command line and metrics files spell it. */
  String name();

  /** Share of inputs that dropout sets to zero in training, 0 (none) up to but not including 1. */
  float dropout();

  /** The hyper-parameters that suit this head: the home of these defaults. */
  Hyperparameters defaults();

  /** What a model file says of it besides its name, by its keys such as {@code hidden}. */
  Map<String, String> toMetadata();

  /**
   * What suits a backbone: {@link #flattenDense()} for the bundled VGG16, as in the recipe; {@link
   * #linear()} for others; 64 units without dropout for one that is not pretrained, as in
   * TensorFlow's tutorial on convolutional networks.
   */
  static Head suitedTo(Backbone backbone) {
    if (!backbone.isPretrained()) {
      return flattenDense(64, 0);
    }
    BackboneCard card = backbone.card();
    boolean recipe =
        Backbones.all().stream()
            .anyMatch(
                known -> known.name().equals("vgg16") && known.sha256().equals(card.sha256()));
    return recipe ? flattenDense() : linear();
  }

  /**
   * The one of that {@link #name}, with its own default options.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  static Head named(String name) {
    List<Head> all = List.of(flattenDense(), linear());
    return all.stream()
        .filter(head -> head.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no head is called \"%s\"; the known ones are %s"
                        .formatted(name, all.stream().map(Head::name).collect(joining(", ")))));
  }

  /** Flatten, Dense(512, relu), Dropout(0.5), Dense(classes): the classic Keras recipe. */
  static FlattenDense flattenDense() {
    return new FlattenDense(512, 0.5f);
  }

  static FlattenDense flattenDense(int hidden, float dropout) {
    return new FlattenDense(hidden, dropout);
  }

  /** Global average pooling, Dense(classes): weight decay alone keeps it from overfitting. */
  static Linear linear() {
    return new Linear(0);
  }

  static Linear linear(float dropout) {
    return new Linear(dropout);
  }

  /**
   * Flatten, Dense(hidden, relu), Dropout, Dense(classes).
   *
   * @param hidden units of the first dense layer, at least 1
   */
  record FlattenDense(int hidden, float dropout) implements Head {
    public FlattenDense {
      if (hidden < 1) {
        throw new IllegalArgumentException("expected at least 1 hidden unit, got " + hidden);
      }
      checkDropout(dropout);
    }

    @Override
    public String name() {
      return "flatten-dense";
    }

    @Override
    public Map<String, String> toMetadata() {
      Map<String, String> all = new LinkedHashMap<>();
      all.put("hidden", Integer.toString(hidden));
      all.put("dropout", Float.toString(dropout));
      return all;
    }

    /** The recipe's Adam with 1e-4 for 10 epochs at batch size 32. */
    @Override
    public Hyperparameters defaults() {
      return Hyperparameters.of(10, 32, 1e-4f);
    }
  }

  /** Global average pooling, Dropout, Dense(classes): a logistic regression on pooled features. */
  record Linear(float dropout) implements Head {
    public Linear {
      checkDropout(dropout);
    }

    @Override
    public String name() {
      return "linear";
    }

    @Override
    public Map<String, String> toMetadata() {
      return Map.of("dropout", Float.toString(dropout));
    }

    /** Few weights allow a higher rate and need more passes; the decay keeps them small. */
    @Override
    public Hyperparameters defaults() {
      return Hyperparameters.of(50, 32, 1e-3f).withWeightDecay(0.01f);
    }
  }

  private static void checkDropout(float dropout) {
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException(
          "expected a dropout of at least 0 and below 1, got " + dropout);
    }
  }
}

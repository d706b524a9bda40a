package dev.graft.optimize;

import static java.util.stream.Collectors.joining;

import java.util.stream.Stream;

/**
 * The rule by which a weight {@code w} follows its gradient {@code g} at the learning rate {@code
 * r}. {@link Updater} carries it out. Records with the constants that the rule's authors or
 * best-known implementation chose as defaults.
 */
public sealed interface Optimizer {

  /** As options spell it. */
  String name();

  /**
   * Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015) in the order of
   * operations that the paper recommends at the end of its section 2, as in Keras and DJL. Weight
   * decay is added to the gradient.
   */
  record Adam(float beta1, float beta2, float epsilon) implements Optimizer {
    public Adam {
      requireShare("beta1", beta1);
      requireShare("beta2", beta2);
      requirePositive("epsilon", epsilon);
    }

    @Override
    public String name() {
      return "adam";
    }
  }

  /**
   * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay
   * Regularization", ICLR 2019), as torch.optim.AdamW: the decay, times the learning rate, is taken
   * off the weights and never enters the moments.
   */
  record AdamW(float beta1, float beta2, float epsilon) implements Optimizer {
    public AdamW {
      requireShare("beta1", beta1);
      requireShare("beta2", beta2);
      requirePositive("epsilon", epsilon);
    }

    @Override
    public String name() {
      return "adamw";
    }
  }

  /**
   * Stochastic gradient descent with Nesterov's momentum (Sutskever et al., "On the importance of
   * initialization and momentum in deep learning", ICML 2013) in the form of torch.optim.SGD:
   * {@code v = momentum v + g; w -= r (g + momentum v)}. A momentum of 0 is plain gradient descent.
   * Weight decay is added to the gradient.
   */
  record Sgd(float momentum) implements Optimizer {
    public Sgd {
      requireShare("momentum", momentum);
    }

    @Override
    public String name() {
      return "sgd";
    }
  }

  /**
   * RMSprop (Tieleman and Hinton, Coursera lecture 6.5, 2012): {@code v = rho v + (1 - rho) g^2; w
   * -= r g / (sqrt(v) + epsilon)}, as torch.optim.RMSprop; rho is Keras' default. Weight decay is
   * added to the gradient.
   */
  record RmsProp(float rho, float epsilon) implements Optimizer {
    public RmsProp {
      requireShare("rho", rho);
      requirePositive("epsilon", epsilon);
    }

    @Override
    public String name() {
      return "rmsprop";
    }
  }

  static Adam adam() {
    return new Adam(0.9f, 0.999f, 1e-8f);
  }

  static AdamW adamW() {
    return new AdamW(0.9f, 0.999f, 1e-8f);
  }

  static Sgd sgd() {
    return new Sgd(0.9f);
  }

  static RmsProp rmsProp() {
    return new RmsProp(0.9f, 1e-8f);
  }

  /**
   * The one of that name, with its default constants.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  static Optimizer named(String name) {
    return all()
        .filter(optimizer -> optimizer.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no optimizer is called \"%s\"; the known ones are %s"
                        .formatted(name, all().map(Optimizer::name).collect(joining(", ")))));
  }

  private static Stream<Optimizer> all() {
    return Stream.of(adam(), adamW(), sgd(), rmsProp());
  }

  private static void requireShare(String name, float value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          "expected a %s of at least 0 and below 1, got %s".formatted(name, value));
    }
  }

  private static void requirePositive(String name, float value) {
    if (!(value > 0) || Float.isInfinite(value)) {
      throw new IllegalArgumentException("expected %s above 0, got %s".formatted(name, value));
    }
  }
}

package dev.graft.optimize;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Carries out an {@link Optimizer} in one pass over the memory: a big layer's step takes as long as
 * its memory needs to be read and written once, on all cores. Clears the gradients as it goes.
 *
 * <p>Holds the moments of each weight by its name. For one thread at a time. The same numbers on
 * the same kind of processor give the same bits, whatever the number of cores.
 */
public final class Updater {

  /** Floats worked on at a time: five such arrays stay in a core's first-level cache. */
  private static final int CHUNK = 1024;

  /** Floats of a task: enough work to be worth handing over. */
  private static final int TASK = 128 * CHUNK;

  private final Optimizer optimizer;
  private final Map<String, float[][]> moments = new HashMap<>();
  private int steps;

  public Updater(Optimizer optimizer) {
    this.optimizer = optimizer;
  }

  /** Begins a step: {@link #update} follows for each weight. */
  public void beginStep() {
    steps++;
  }

  /**
   * Moves a weight by its gradient and clears the gradient.
   *
   * @param name under which its moments are kept
   * @param weights all of its numbers, from 0 to the capacity; changed in place
   * @param gradients of the same size; cleared
   * @param learningRate of this step
   * @param weightDecay times the weights is added to the gradient, or with {@link Optimizer.AdamW}
   *     and the learning rate taken off the weights; 0 or more
   * @param gradientFactor what the gradient is multiplied by first
   */
  public void update(
      String name,
      FloatBuffer weights,
      FloatBuffer gradients,
      double learningRate,
      float weightDecay,
      double gradientFactor) {
    int size = weights.capacity();
    float[][] kept = moments.computeIfAbsent(name, key -> new float[moments(optimizer)][size]);
    Rule rule = rule(learningRate, weightDecay, (float) gradientFactor);
    IntStream.range(0, (size + TASK - 1) / TASK)
        .parallel()
        .forEach(
            task ->
                update(
                    rule,
                    weights.duplicate(),
                    gradients.duplicate(),
                    kept,
                    task * TASK,
                    Math.min(size, (task + 1) * TASK)));
  }

  private static void update(
      Rule rule, FloatBuffer weights, FloatBuffer gradients, float[][] kept, int from, int to) {
    float[] w = new float[CHUNK];
    float[] g = new float[CHUNK];
    float[] zeros = new float[CHUNK];
    for (int start = from; start < to; start += CHUNK) {
      int n = Math.min(CHUNK, to - start);
      weights.get(start, w, 0, n);
      gradients.get(start, g, 0, n);
      rule.apply(w, g, kept, start, n);
      weights.put(start, w, 0, n);
      gradients.put(start, zeros, 0, n);
    }
  }

  /** The sum of the squares of some numbers, in an order that no number of cores changes. */
  public static double sumOfSquares(FloatBuffer numbers) {
    int size = numbers.capacity();
    double[] sums =
        IntStream.range(0, (size + TASK - 1) / TASK)
            .parallel()
            .mapToDouble(
                task ->
                    sumOfSquares(
                        numbers.duplicate(), task * TASK, Math.min(size, (task + 1) * TASK)))
            .toArray();
    double sum = 0;
    for (double part : sums) {
      sum += part;
    }
    return sum;
  }

  private static double sumOfSquares(FloatBuffer numbers, int from, int to) {
    float[] chunk = new float[CHUNK];
    double sum = 0;
    for (int start = from; start < to; start += CHUNK) {
      int n = Math.min(CHUNK, to - start);
      numbers.get(start, chunk, 0, n);
      for (int i = 0; i < n; i++) {
        sum += (double) chunk[i] * chunk[i];
      }
    }
    return sum;
  }

  /**
   * All that it remembers, to go on later exactly as it would now.
   *
   * @param steps done so far
   * @param moments by weight and number, {@code [slots][size]}
   */
  @SuppressWarnings("ArrayRecordComponent") // large, handed on, never compared
  public record State(int steps, Map<String, List<float[]>> moments) {}

  public State state() {
    Map<String, List<float[]>> all = new HashMap<>();
    moments.forEach((name, arrays) -> all.put(name, List.of(arrays)));
    return new State(steps, all);
  }

  /** Goes on from a state; takes over its arrays. */
  public void restore(State state) {
    steps = state.steps();
    moments.clear();
    state
        .moments()
        .forEach(
            (name, arrays) -> moments.put(name, new ArrayList<>(arrays).toArray(float[][]::new)));
  }

  /** How many numbers are remembered for each weight. */
  public static int moments(Optimizer optimizer) {
    return optimizer instanceof Optimizer.Adam || optimizer instanceof Optimizer.AdamW ? 2 : 1;
  }

  private interface Rule {
    /** Moves {@code n} weights whose moments begin at {@code at}. */
    void apply(float[] w, float[] g, float[][] moments, int at, int n);
  }

  // Each a loop of plain arrays, which the JIT compiler turns into vector instructions.
  private Rule rule(double learningRate, float decay, float scale) {
    if (optimizer instanceof Optimizer.Adam adam) {
      double correction =
          Math.sqrt(1 - Math.pow(adam.beta2(), steps)) / (1 - Math.pow(adam.beta1(), steps));
      float rate = (float) (learningRate * correction);
      return (w, g, moments, at, n) ->
          adam(w, g, moments[0], moments[1], at, n, scale, decay, 1, adam, rate);
    }
    if (optimizer instanceof Optimizer.AdamW adamW) {
      double correction = Math.sqrt(1 - Math.pow(adamW.beta2(), steps));
      float rate = (float) (learningRate * correction / (1 - Math.pow(adamW.beta1(), steps)));
      // torch's epsilon stands beside the corrected root; here the correction is in the rate.
      Optimizer.Adam same =
          new Optimizer.Adam(adamW.beta1(), adamW.beta2(), (float) (adamW.epsilon() * correction));
      float keep = (float) (1 - learningRate * decay);
      return (w, g, moments, at, n) ->
          adam(w, g, moments[0], moments[1], at, n, scale, 0, keep, same, rate);
    }
    float rate = (float) learningRate;
    if (optimizer instanceof Optimizer.Sgd sgd) {
      float momentum = sgd.momentum();
      return (w, g, moments, at, n) -> sgd(w, g, moments[0], at, n, scale, decay, momentum, rate);
    }
    Optimizer.RmsProp rmsProp = (Optimizer.RmsProp) optimizer;
    return (w, g, moments, at, n) -> rmsProp(w, g, moments[0], at, n, scale, decay, rmsProp, rate);
  }

  private static void adam(
      float[] w,
      float[] g,
      float[] mean,
      float[] variance,
      int at,
      int n,
      float scale,
      float decay,
      float keep,
      Optimizer.Adam adam,
      float rate) {
    float beta1 = adam.beta1();
    float beta2 = adam.beta2();
    float epsilon = adam.epsilon();
    for (int i = 0; i < n; i++) {
      float gradient = scale * g[i] + decay * w[i];
      float m = beta1 * mean[at + i] + (1 - beta1) * gradient;
      float v = beta2 * variance[at + i] + (1 - beta2) * gradient * gradient;
      mean[at + i] = m;
      variance[at + i] = v;
      w[i] = keep * w[i] - rate * m / ((float) Math.sqrt(v) + epsilon);
    }
  }

  private static void sgd(
      float[] w,
      float[] g,
      float[] velocity,
      int at,
      int n,
      float scale,
      float decay,
      float momentum,
      float rate) {
    for (int i = 0; i < n; i++) {
      float gradient = scale * g[i] + decay * w[i];
      float v = momentum * velocity[at + i] + gradient;
      velocity[at + i] = v;
      w[i] -= rate * (gradient + momentum * v);
    }
  }

  private static void rmsProp(
      float[] w,
      float[] g,
      float[] square,
      int at,
      int n,
      float scale,
      float decay,
      Optimizer.RmsProp rmsProp,
      float rate) {
    float rho = rmsProp.rho();
    float epsilon = rmsProp.epsilon();
    for (int i = 0; i < n; i++) {
      float gradient = scale * g[i] + decay * w[i];
      float v = rho * square[at + i] + (1 - rho) * gradient * gradient;
      square[at + i] = v;
      w[i] -= rate * gradient / ((float) Math.sqrt(v) + epsilon);
    }
  }
}

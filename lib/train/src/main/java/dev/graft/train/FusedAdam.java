package dev.graft.train;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.util.Pair;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015) with the formula
 * and constants of DJL's own, in one pass over the memory instead of a dozen: a big dense layer's
 * step takes as long as its memory needs to be read and written once. Works on the arrays
 * themselves, on the CPU alone, past {@code Trainer.step}, which would copy each gradient first.
 */
final class FusedAdam {

  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;
  private static final float EPSILON = 1e-8f;

  /** Floats worked on at a time: five such arrays stay in a core's first-level cache. */
  private static final int CHUNK = 1024;

  /** Chunks a task: enough work to be worth handing over. */
  private static final int TASK = 128 * CHUNK;

  private final float learningRate;
  private final float weightDecay;
  private final Map<String, State> states = new HashMap<>();
  private int steps;

  private static final class State {
    private final float[] mean;
    private final float[] variance;

    private State(int size) {
      mean = new float[size];
      variance = new float[size];
    }
  }

  FusedAdam(Hyperparameters hyperparameters) {
    learningRate = hyperparameters.learningRate();
    weightDecay = hyperparameters.weightDecay();
  }

  /** Moves the parameters by their gradients and clears these. */
  void step(ParameterList parameters) {
    steps++;
    double correction = Math.sqrt(1 - Math.pow(BETA2, steps)) / (1 - Math.pow(BETA1, steps));
    float rate = (float) (learningRate * correction);
    for (Pair<String, Parameter> parameter : parameters) {
      NDArray weight = parameter.getValue().getArray();
      try (NDArray gradient = weight.getGradient()) {
        update(HeadBlock.memory(weight), HeadBlock.memory(gradient), parameter.getKey(), rate);
      }
    }
  }

  private void update(FloatBuffer weights, FloatBuffer gradients, String name, float rate) {
    int size = weights.capacity();
    State state = states.computeIfAbsent(name, key -> new State(size));
    IntStream.range(0, (size + TASK - 1) / TASK)
        .parallel()
        .forEach(
            task ->
                update(
                    weights.duplicate(),
                    gradients.duplicate(),
                    state,
                    task * TASK,
                    Math.min(size, (task + 1) * TASK),
                    rate));
  }

  private void update(
      FloatBuffer weights, FloatBuffer gradients, State state, int from, int to, float rate) {
    float[] w = new float[CHUNK];
    float[] g = new float[CHUNK];
    float[] zeros = new float[CHUNK];
    for (int start = from; start < to; start += CHUNK) {
      int n = Math.min(CHUNK, to - start);
      weights.get(start, w, 0, n);
      gradients.get(start, g, 0, n);
      step(w, g, state.mean, state.variance, start, n, rate, weightDecay);
      weights.put(start, w, 0, n);
      gradients.put(start, zeros, 0, n);
    }
  }

  /** A loop of plain arrays, which the JIT compiler turns into vector instructions. */
  private static void step(
      float[] w,
      float[] g,
      float[] mean,
      float[] variance,
      int at,
      int n,
      float rate,
      float decay) {
    for (int i = 0; i < n; i++) {
      float gradient = g[i] + decay * w[i];
      float m = BETA1 * mean[at + i] + (1 - BETA1) * gradient;
      float v = BETA2 * variance[at + i] + (1 - BETA2) * gradient * gradient;
      mean[at + i] = m;
      variance[at + i] = v;
      w[i] -= rate * m / ((float) Math.sqrt(v) + EPSILON);
    }
  }
}

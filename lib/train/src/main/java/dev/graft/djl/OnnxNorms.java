package dev.graft.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/** ONNX's normalizations, as at inference. */
final class OnnxNorms {

  private OnnxNorms() {}

  static NDArray batch(Call call) {
    call.requireOneOutput();
    if (call.node().intAttribute("training_mode", 0) == 1) {
      throw call.refused("batch normalisation in training mode is not supported");
    }
    // Statistics are constants: the momentum is never used.
    return call.array(0)
        .getNDArrayInternal()
        .batchNorm(
            call.array(0),
            call.array(3),
            call.array(4),
            call.array(1),
            call.array(2),
            -1,
            0.9f,
            call.node().floatAttribute("epsilon", 1e-5f),
            false)
        .singletonOrThrow();
  }

  static NDArray layer(Call call) {
    call.requireOneOutput();
    NDArray x = call.array(0);
    Shape normalized = x.getShape().slice(call.axis(x, -1));
    NDArray scale = like(call, call.array(1), normalized);
    NDArray bias =
        call.has(2)
            ? like(call, call.array(2), normalized)
            : call.keep(call.manager().zeros(normalized));
    return x.getNDArrayInternal()
        .layerNorm(x, normalized, scale, bias, epsilon(call))
        .singletonOrThrow();
  }

  private static NDArray like(Call call, NDArray x, Shape shape) {
    return x.getShape().equals(shape) ? x : call.keep(x.broadcast(shape));
  }

  static NDArray instance(Call call) {
    NDArray x = call.array(0);
    NDArray normal = normalized(call, x, x.getShape().get(1));
    return scaled(call, call.keep(normal.reshape(x.getShape())), call.array(1), call.array(2));
  }

  /** Scale and bias have a number a group in opset 18, a number a channel from 21 on. */
  static NDArray group(Call call) {
    NDArray x = call.array(0);
    Shape shape = x.getShape();
    long groups = call.node().intAttribute("num_groups", 1);
    NDArray normal = normalized(call, x, groups);
    if (call.opset() < 21) {
      return call.keep(scaled(call, normal, call.array(1), call.array(2))).reshape(shape);
    }
    return scaled(call, call.keep(normal.reshape(shape)), call.array(1), call.array(2));
  }

  /** [N, groups, numbers of a group], each group with mean 0 and variance 1. */
  private static NDArray normalized(Call call, NDArray x, long groups) {
    long rows = x.getShape().get(0);
    NDArray flat = call.keep(x.reshape(rows, groups, x.size() / rows / groups));
    NDArray centered = call.keep(flat.sub(call.keep(flat.mean(new int[] {2}, true))));
    NDArray variance = call.keep(call.keep(centered.square()).mean(new int[] {2}, true));
    return call.keep(centered.div(call.keep(call.keep(variance.add(epsilon(call))).sqrt())));
  }

  /** By numbers for each place along axis 1. */
  private static NDArray scaled(Call call, NDArray x, NDArray scale, NDArray bias) {
    long[] column = new long[x.getShape().dimension()];
    Arrays.fill(column, 1);
    column[1] = x.getShape().get(1);
    NDArray larger = call.keep(x.mul(call.keep(scale.reshape(column))));
    return larger.add(call.keep(bias.reshape(column)));
  }

  private static float epsilon(Call call) {
    return call.node().floatAttribute("epsilon", 1e-5f);
  }
}

package dev.graft.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** ONNX's reductions: axes are an attribute in older opsets, an input in newer ones. */
final class OnnxReductions {

  private OnnxReductions() {}

  static NDArray sum(Call call) {
    return sum(call, call.array(0));
  }

  static NDArray sumOfSquares(Call call) {
    return sum(call, call.keep(call.array(0).square()));
  }

  static NDArray l2(Call call) {
    return call.keep(sumOfSquares(call)).sqrt();
  }

  static NDArray mean(Call call) {
    Shape shape = call.array(0).getShape();
    long count = 1;
    for (int axis : axes(call, shape.dimension())) {
      count *= shape.get(axis);
    }
    NDArray sum = sum(call);
    return count == 1 ? sum : call.keep(sum).div(count);
  }

  static NDArray max(Call call) {
    return oneByOne(call, (x, axis) -> x.max(new int[] {axis}, true));
  }

  static NDArray min(Call call) {
    return oneByOne(call, (x, axis) -> x.min(new int[] {axis}, true));
  }

  private static NDArray sum(Call call, NDArray x) {
    int[] axes = axes(call, x.getShape().dimension());
    return axes.length == 0 ? x.reshape(x.getShape()) : x.sum(axes, keepsDims(call));
  }

  /** DJL's takes one axis. */
  private static NDArray oneByOne(Call call, BiFunction<NDArray, Integer, NDArray> reduction) {
    NDArray x = call.array(0);
    int[] axes = axes(call, x.getShape().dimension());
    NDArray reduced = x;
    for (int axis : axes) {
      reduced = call.keep(reduction.apply(reduced, axis));
    }
    long[] kept =
        IntStream.range(0, x.getShape().dimension())
            .filter(axis -> keepsDims(call) || Arrays.stream(axes).noneMatch(a -> a == axis))
            .mapToLong(reduced.getShape()::get)
            .toArray();
    return reduced.reshape(kept);
  }

  private static boolean keepsDims(Call call) {
    return call.node().intAttribute("keepdims", 1) == 1;
  }

  private static int[] axes(Call call, int rank) {
    long[] axes = call.longs(1, "axes");
    if (axes.length == 0) {
      return call.node().intAttribute("noop_with_empty_axes", 0) == 1
          ? new int[0]
          : IntStream.range(0, rank).toArray();
    }
    return Arrays.stream(axes).mapToInt(axis -> call.position(axis, rank)).toArray();
  }
}

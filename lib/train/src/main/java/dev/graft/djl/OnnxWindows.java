package dev.graft.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** ONNX's convolution and poolings: windows that go over the last two dimensions. */
final class OnnxWindows {

  private OnnxWindows() {}

  static NDArray conv(Call call) {
    NDArray x = call.array(0);
    NDArray weight = call.array(1);
    long[] kernel = Arrays.copyOfRange(weight.getShape().getShape(), 2, 4);
    Window window = Window.of(call, x, kernel);
    if (!window.isSymmetric()) {
      x = call.keep(window.pad(x, 0));
    }
    return x.getNDArrayInternal()
        .convolution(
            x,
            weight,
            call.arrayOrNull(2),
            window.strides(),
            window.symmetricPads(),
            window.dilations(),
            Math.toIntExact(call.node().intAttribute("group", 1)))
        .singletonOrThrow();
  }

  static NDArray maxPool(Call call) {
    NDArray x = call.array(0);
    Window window = Window.of(call, x, call.node().intsAttribute("kernel_shape"));
    if (window.isDilated() || call.node().outputs().size() > 1) {
      throw call.refused("dilations and the output Indices are not supported");
    }
    if (!window.isSymmetric()) {
      x = call.keep(window.pad(x, Double.NEGATIVE_INFINITY));
    }
    return x.getNDArrayInternal()
        .maxPool(
            window.kernel(),
            window.strides(),
            window.symmetricPads(),
            call.node().intAttribute("ceil_mode", 0) == 1);
  }

  static NDArray averagePool(Call call) {
    NDArray x = call.array(0);
    Window window = Window.of(call, x, call.node().intsAttribute("kernel_shape"));
    if (window.isDilated()) {
      throw call.refused("dilations are not supported");
    }
    if (call.node().intAttribute("count_include_pad", 0) == 1 || !window.isPadded()) {
      return average(call, window, x);
    }
    // DJL counts padding whatever it is told: divide by the share of each window that is not.
    Shape area = new Shape(1, 1, x.getShape().get(2), x.getShape().get(3));
    NDArray share = call.keep(average(call, window, call.keep(call.manager().ones(area))));
    return call.keep(average(call, window, x)).div(share);
  }

  private static NDArray average(Call call, Window window, NDArray x) {
    NDArray padded = window.isSymmetric() ? x : call.keep(window.pad(x, 0));
    return padded
        .getNDArrayInternal()
        .avgPool(
            window.kernel(),
            window.strides(),
            window.symmetricPads(),
            call.node().intAttribute("ceil_mode", 0) == 1,
            true);
  }

  static NDArray globalAveragePool(Call call) {
    // DJL's mean takes one axis.
    return globalPool(call, flat -> flat.mean(new int[] {2}, false));
  }

  static NDArray globalMaxPool(Call call) {
    return globalPool(call, flat -> flat.max(new int[] {2}, false));
  }

  /** All places of a map as one axis, and that pooled. */
  private static NDArray globalPool(Call call, UnaryOperator<NDArray> pooling) {
    NDArray x = call.array(0);
    Shape shape = x.getShape();
    long[] pooled = new long[shape.dimension()];
    Arrays.fill(pooled, 1);
    pooled[0] = shape.get(0);
    pooled[1] = shape.get(1);
    NDArray flat = call.keep(x.reshape(pooled[0], pooled[1], shape.slice(2).size()));
    return call.keep(pooling.apply(flat)).reshape(pooled);
  }
}

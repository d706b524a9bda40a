package dev.graft.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/** How the kernel of a convolution or a pooling goes over the last two dimensions. */
final class Window {

  private final long[] kernel;
  private final long[] strides;
  private final long[] dilations;

  /** Top, left, bottom, right. */
  private final long[] pads;

  private Window(long[] kernel, long[] strides, long[] dilations, long[] pads) {
    this.kernel = kernel;
    this.strides = strides;
    this.dilations = dilations;
    this.pads = pads;
  }

  static Window of(Call call, NDArray x, long[] kernel) {
    if (x.getShape().dimension() != 4 || kernel.length != 2) {
      throw call.refused("expected [N, C, H, W], found " + x.getShape());
    }
    long[] strides = call.node().intsAttribute("strides", 1, 1);
    long[] dilations = call.node().intsAttribute("dilations", 1, 1);
    String auto = call.node().stringAttribute("auto_pad", "NOTSET");
    long[] pads =
        switch (auto) {
          case "NOTSET" -> call.node().intsAttribute("pads", 0, 0, 0, 0);
          case "VALID" -> new long[4];
          case "SAME_UPPER", "SAME_LOWER" -> {
            long[] same = new long[4];
            for (int i = 0; i < 2; i++) {
              long size = x.getShape().get(i + 2);
              long steps = (size + strides[i] - 1) / strides[i];
              long reach = (kernel[i] - 1) * dilations[i] + 1;
              long total = Math.max(0, (steps - 1) * strides[i] + reach - size);
              same[i] = auto.equals("SAME_UPPER") ? total / 2 : total - total / 2;
              same[i + 2] = total - same[i];
            }
            yield same;
          }
          default -> throw call.refused("auto_pad " + auto + " is not known");
        };
    return new Window(kernel, strides, dilations, pads);
  }

  Shape kernel() {
    return new Shape(kernel);
  }

  Shape strides() {
    return new Shape(strides);
  }

  Shape dilations() {
    return new Shape(dilations);
  }

  boolean isDilated() {
    return dilations[0] != 1 || dilations[1] != 1;
  }

  boolean isPadded() {
    return Arrays.stream(pads).anyMatch(pad -> pad != 0);
  }

  /** PyTorch pads both sides alike; other padding is done beforehand. */
  boolean isSymmetric() {
    return pads[0] == pads[2] && pads[1] == pads[3];
  }

  Shape symmetricPads() {
    return isSymmetric() ? new Shape(pads[0], pads[1]) : new Shape(0, 0);
  }

  NDArray pad(NDArray x, double value) {
    return x.pad(new Shape(pads[1], pads[3], pads[0], pads[2]), value);
  }
}

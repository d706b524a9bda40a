package dev.graft.train;

import static java.util.Map.entry;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BinaryOperator;

/**
 * An operator of ONNX (https://onnx.ai/onnx/operators/, opset 7 to 21) on DJL's arrays.
 *
 * @param weights the numbers of the inputs that training may change
 * @param operation computes the first output
 */
record OnnxOperator(List<Integer> weights, Operation operation) {

  interface Operation {
    NDArray apply(Call call);
  }

  private static final Map<String, OnnxOperator> ALL =
      Map.ofEntries(
          entry("Add", elementwise(NDArray::add, 0, 1)),
          entry("AveragePool", new OnnxOperator(List.of(), OnnxOperator::averagePool)),
          entry("BatchNormalization", new OnnxOperator(List.of(1, 2), OnnxOperator::batchNorm)),
          entry("Cast", new OnnxOperator(List.of(), OnnxOperator::cast)),
          entry("Clip", new OnnxOperator(List.of(), OnnxOperator::clip)),
          entry("Concat", new OnnxOperator(List.of(), OnnxOperator::concat)),
          entry("Conv", new OnnxOperator(List.of(1, 2), OnnxOperator::conv)),
          entry("Div", elementwise(NDArray::div)),
          entry("Dropout", new OnnxOperator(List.of(), call -> call.array(0))),
          entry("Flatten", new OnnxOperator(List.of(), OnnxOperator::flatten)),
          entry("Gather", new OnnxOperator(List.of(), OnnxOperator::gather)),
          entry("Gemm", new OnnxOperator(List.of(1, 2), OnnxOperator::gemm)),
          entry("GlobalAveragePool", new OnnxOperator(List.of(), OnnxOperator::globalAveragePool)),
          entry("Identity", new OnnxOperator(List.of(), call -> call.array(0))),
          entry("MatMul", elementwise(NDArray::matMul, 0, 1)),
          entry("MaxPool", new OnnxOperator(List.of(), OnnxOperator::maxPool)),
          entry("Mul", elementwise(NDArray::mul)),
          entry(
              "Relu",
              new OnnxOperator(List.of(), call -> call.array(0).getNDArrayInternal().relu())),
          entry("Reshape", new OnnxOperator(List.of(), OnnxOperator::reshape)),
          entry("Softmax", new OnnxOperator(List.of(), OnnxOperator::softmax)),
          entry("Sub", elementwise(NDArray::sub)),
          entry("Transpose", new OnnxOperator(List.of(), OnnxOperator::transpose)));

  private static OnnxOperator elementwise(BinaryOperator<NDArray> operation, Integer... weights) {
    return new OnnxOperator(
        List.of(weights), call -> operation.apply(call.array(0), call.array(1)));
  }

  /**
   * The operator of a node.
   *
   * @throws IllegalArgumentException if it is not known here
   */
  static OnnxOperator of(OnnxNode node) {
    OnnxOperator operator = node.domain().isEmpty() ? ALL.get(node.opType()) : null;
    if (operator == null) {
      throw new IllegalArgumentException(
          "the %s cannot be trained: the operator %s%s is not supported, only %s"
              .formatted(
                  node,
                  node.domain().isEmpty() ? "" : node.domain() + ".",
                  node.opType(),
                  new TreeSet<>(ALL.keySet())));
    }
    return operator;
  }

  static IllegalArgumentException refused(OnnxNode node, String what) {
    return new IllegalArgumentException("the %s cannot be trained: %s".formatted(node, what));
  }

  /** Whether a constant at this input is a weight; a single number is not. */
  boolean isWeight(int input, Initializer constant) {
    return weights.contains(input) && constant.type() == ElementType.FLOAT && constant.size() > 1;
  }

  NDArray apply(Call call) {
    return operation.apply(call);
  }

  /** A node with what it reads. Arrays that were made for it live until it is closed. */
  static final class Call implements AutoCloseable {

    private final OnnxNode node;
    private final int opset;
    private final Map<String, NDArray> arrays;
    private final Map<String, Initializer> constants;
    private final NDManager manager;
    private final List<NDArray> temporary = new ArrayList<>();

    Call(
        OnnxNode node,
        int opset,
        Map<String, NDArray> arrays,
        Map<String, Initializer> constants,
        NDManager manager) {
      this.node = node;
      this.opset = opset;
      this.arrays = arrays;
      this.constants = constants;
      this.manager = manager;
    }

    boolean has(int input) {
      return input < node.inputs().size() && !node.inputs().get(input).isEmpty();
    }

    /** An input that must be there. */
    NDArray array(int input) {
      String name = node.inputs().get(input);
      NDArray array = arrays.get(name);
      if (array == null) {
        Initializer constant = constant(input);
        Shape shape = new Shape(constant.shape());
        array =
            constant.type() == ElementType.FLOAT
                ? manager.create(constant.floats(), shape)
                : manager.create(constant.longs(), shape);
        temporary.add(array);
      }
      return array;
    }

    NDArray arrayOrNull(int input) {
      return has(input) ? array(input) : null;
    }

    /** An input that must be known before the graph runs. */
    Initializer constant(int input) {
      Initializer constant = constants.get(node.inputs().get(input));
      if (constant == null) {
        throw refused(node, "its input " + node.inputs().get(input) + " must be a constant");
      }
      return constant;
    }

    /** Keeps an intermediate array until the node is done. */
    NDArray keep(NDArray array) {
      temporary.add(array);
      return array;
    }

    @Override
    public void close() {
      temporary.forEach(NDArray::close);
    }
  }

  private static NDArray conv(Call call) {
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
            new Shape(window.strides),
            window.symmetricPads(),
            new Shape(window.dilations),
            Math.toIntExact(call.node.intAttribute("group", 1)))
        .singletonOrThrow();
  }

  private static NDArray maxPool(Call call) {
    NDArray x = call.array(0);
    Window window = Window.of(call, x, call.node.intsAttribute("kernel_shape"));
    if (window.isDilated() || call.node.outputs().size() > 1) {
      throw refused(call.node, "dilations and the output Indices are not supported");
    }
    if (!window.isSymmetric()) {
      x = call.keep(window.pad(x, Double.NEGATIVE_INFINITY));
    }
    return x.getNDArrayInternal()
        .maxPool(
            new Shape(window.kernel),
            new Shape(window.strides),
            window.symmetricPads(),
            call.node.intAttribute("ceil_mode", 0) == 1);
  }

  private static NDArray averagePool(Call call) {
    NDArray x = call.array(0);
    Window window = Window.of(call, x, call.node.intsAttribute("kernel_shape"));
    if (window.isDilated()) {
      throw refused(call.node, "dilations are not supported");
    }
    if (call.node.intAttribute("count_include_pad", 0) == 1 || !window.isPadded()) {
      return average(call, window, x);
    }
    // DJL counts padding whatever it is told: divide by the share of each window that is not.
    Shape area = new Shape(1, 1, x.getShape().get(2), x.getShape().get(3));
    NDArray share = call.keep(average(call, window, call.keep(call.manager.ones(area))));
    return call.keep(average(call, window, x)).div(share);
  }

  private static NDArray average(Call call, Window window, NDArray x) {
    NDArray padded = window.isSymmetric() ? x : call.keep(window.pad(x, 0));
    return padded
        .getNDArrayInternal()
        .avgPool(
            new Shape(window.kernel),
            new Shape(window.strides),
            window.symmetricPads(),
            call.node.intAttribute("ceil_mode", 0) == 1,
            true);
  }

  private static NDArray globalAveragePool(Call call) {
    NDArray x = call.array(0);
    Shape shape = x.getShape();
    long[] pooled = new long[shape.dimension()];
    Arrays.fill(pooled, 1);
    pooled[0] = shape.get(0);
    pooled[1] = shape.get(1);
    // DJL's mean takes one axis.
    NDArray flat = call.keep(x.reshape(pooled[0], pooled[1], shape.slice(2).size()));
    return call.keep(flat.mean(new int[] {2}, false)).reshape(pooled);
  }

  private static NDArray batchNorm(Call call) {
    if (call.node.intAttribute("training_mode", 0) == 1) {
      throw refused(call.node, "batch normalisation in training mode is not supported");
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
            call.node.floatAttribute("epsilon", 1e-5f),
            false)
        .singletonOrThrow();
  }

  private static NDArray clip(Call call) {
    float min = bound(call, 1, "min", Float.NEGATIVE_INFINITY);
    float max = bound(call, 2, "max", Float.POSITIVE_INFINITY);
    return call.array(0).clip(min, max);
  }

  /** Up to opset 10 the bounds are attributes, then inputs. */
  private static float bound(Call call, int input, String name, float otherwise) {
    if (call.opset < 11) {
      return call.node.floatAttribute(name, otherwise);
    }
    return call.has(input) ? call.constant(input).floats()[0] : otherwise;
  }

  private static NDArray gemm(Call call) {
    NDArray a = call.array(0);
    NDArray b = call.array(1);
    float alpha = call.node.floatAttribute("alpha", 1);
    float beta = call.node.floatAttribute("beta", 1);
    boolean transposedA = call.node.intAttribute("transA", 0) == 1;
    boolean transposedB = call.node.intAttribute("transB", 0) == 1;
    if (!transposedA && transposedB && alpha == 1 && beta == 1) {
      NDArray bias = call.arrayOrNull(2);
      if (bias == null || bias.getShape().dimension() == 1) {
        return Linear.linear(a, b, bias).singletonOrThrow();
      }
    }
    a = transposedA ? call.keep(a.transpose()) : a;
    b = transposedB ? call.keep(b.transpose()) : b;
    NDArray product = a.matMul(b);
    if (alpha != 1) {
      product = call.keep(product).mul(alpha);
    }
    if (!call.has(2)) {
      return product;
    }
    NDArray c = call.array(2);
    return call.keep(product).add(beta == 1 ? c : call.keep(c.mul(beta)));
  }

  private static NDArray flatten(Call call) {
    NDArray x = call.array(0);
    int rank = x.getShape().dimension();
    long axis = call.node.intAttribute("axis", 1);
    int split = Math.toIntExact(axis < 0 ? axis + rank : axis);
    return x.reshape(x.getShape().slice(0, split).size(), x.getShape().slice(split).size());
  }

  private static NDArray reshape(Call call) {
    NDArray x = call.array(0);
    long[] shape = call.constant(1).longs();
    if (call.node.intAttribute("allowzero", 0) == 0) {
      for (int axis = 0; axis < shape.length; axis++) {
        shape[axis] = shape[axis] == 0 ? x.getShape().get(axis) : shape[axis];
      }
    }
    return x.reshape(shape);
  }

  private static NDArray transpose(Call call) {
    NDArray x = call.array(0);
    int rank = x.getShape().dimension();
    int[] axes = new int[rank];
    Arrays.setAll(axes, axis -> rank - 1 - axis);
    long[] perm = call.node.intsAttribute("perm");
    for (int axis = 0; axis < perm.length; axis++) {
      axes[axis] = Math.toIntExact(perm[axis]);
    }
    return x.transpose(axes);
  }

  private static NDArray concat(Call call) {
    NDList parts = new NDList();
    for (int i = 0; i < call.node.inputs().size(); i++) {
      parts.add(call.array(i));
    }
    return NDArrays.concat(parts, axis(call, call.array(0), call.node.intAttribute("axis", 0)));
  }

  private static NDArray gather(Call call) {
    NDArray x = call.array(0);
    Initializer indices = call.constant(1);
    if (indices.shape().length != 1) {
      throw refused(call.node, "only a list of indices is supported");
    }
    int axis = axis(call, x, call.node.intAttribute("axis", 0));
    NDList parts = new NDList();
    for (long index : indices.longs()) {
      long from = index < 0 ? index + x.getShape().get(axis) : index;
      parts.add(call.keep(x.get(new NDIndex().addAllDim(axis).addSliceDim(from, from + 1))));
    }
    return NDArrays.concat(parts, axis);
  }

  private static NDArray softmax(Call call) {
    NDArray x = call.array(0);
    if (call.opset < 13 && x.getShape().dimension() != 2) {
      throw refused(call.node, "before opset 13 only tables are supported");
    }
    return x.softmax(axis(call, x, call.node.intAttribute("axis", call.opset < 13 ? 1 : -1)));
  }

  private static NDArray cast(Call call) {
    ElementType to = ElementType.of(Math.toIntExact(call.node.intAttribute("to", 0)));
    DataType type =
        switch (to) {
          case FLOAT -> DataType.FLOAT32;
          case DOUBLE -> DataType.FLOAT64;
          case INT32 -> DataType.INT32;
          case INT64 -> DataType.INT64;
          case UINT8 -> DataType.UINT8;
          default -> throw refused(call.node, "a cast to " + to + " is not supported");
        };
    return call.array(0).toType(type, false);
  }

  private static int axis(Call call, NDArray x, long axis) {
    int rank = x.getShape().dimension();
    if (axis < -rank || axis >= rank) {
      throw refused(call.node, "it has no axis " + axis + " in " + x.getShape());
    }
    return Math.toIntExact(axis < 0 ? axis + rank : axis);
  }

  /** How the kernel of a convolution or a pooling goes over the last two dimensions. */
  private static final class Window {

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
        throw refused(call.node, "expected [N, C, H, W], found " + x.getShape());
      }
      long[] strides = call.node.intsAttribute("strides", 1, 1);
      long[] dilations = call.node.intsAttribute("dilations", 1, 1);
      String auto = call.node.stringAttribute("auto_pad", "NOTSET");
      long[] pads =
          switch (auto) {
            case "NOTSET" -> call.node.intsAttribute("pads", 0, 0, 0, 0);
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
            default -> throw refused(call.node, "auto_pad " + auto + " is not known");
          };
      return new Window(kernel, strides, dilations, pads);
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
}

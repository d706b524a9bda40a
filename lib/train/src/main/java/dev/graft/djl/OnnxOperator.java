package dev.graft.djl;

import static java.util.Map.entry;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/**
 * An operator of ONNX (https://onnx.ai/onnx/operators/, opset 7 to 24) on DJL's arrays.
 *
 * @param weights whether training may change a constant at the input of that number
 * @param moves whether it only moves numbers: a constant that is a weight behind it is one before
 * @param operation computes the first output, and puts others beside it
 */
public record OnnxOperator(IntPredicate weights, boolean moves, Operation operation) {

  interface Operation {
    NDArray apply(Call call);
  }

  private OnnxOperator(List<Integer> weights, Operation operation) {
    this(weights::contains, false, operation);
  }

  private static final Map<String, OnnxOperator> ALL =
      Map.ofEntries(
          entry("Abs", unary(NDArray::abs)),
          entry("Add", elementwise(NDArray::add, 0, 1)),
          entry("And", elementwise(NDArray::logicalAnd)),
          entry("Attention", new OnnxOperator(List.of(), OnnxAttention::apply)),
          entry("AveragePool", new OnnxOperator(List.of(), OnnxOperator::averagePool)),
          entry("BatchNormalization", new OnnxOperator(List.of(1, 2), OnnxOperator::batchNorm)),
          entry("Cast", new OnnxOperator(List.of(), OnnxOperator::cast)),
          entry("Celu", new OnnxOperator(List.of(), OnnxActivations::celu)),
          entry("Clip", new OnnxOperator(List.of(), OnnxOperator::clip)),
          // A class token that stands before the tokens of the image.
          entry("Concat", new OnnxOperator(input -> true, true, OnnxOperator::concat)),
          entry("Conv", new OnnxOperator(List.of(1, 2), OnnxOperator::conv)),
          entry("Div", elementwise(NDArray::div)),
          entry("Dropout", new OnnxOperator(List.of(), OnnxOperator::dropout)),
          entry("Elu", new OnnxOperator(List.of(), OnnxActivations::elu)),
          entry("Equal", elementwise(NDArray::eq)),
          entry("Erf", unary(NDArray::erf)),
          entry("Exp", unary(NDArray::exp)),
          entry("Expand", moving(OnnxMoves::expand)),
          entry("Flatten", moving(OnnxOperator::flatten)),
          entry("Gather", moving(OnnxMoves::gather)),
          entry("Gelu", new OnnxOperator(List.of(), OnnxActivations::gelu)),
          entry("Gemm", new OnnxOperator(List.of(1, 2), OnnxOperator::gemm)),
          entry("GlobalAveragePool", new OnnxOperator(List.of(), OnnxOperator::globalAveragePool)),
          entry("GlobalMaxPool", new OnnxOperator(List.of(), OnnxOperator::globalMaxPool)),
          entry("Greater", elementwise(NDArray::gt)),
          entry("GreaterOrEqual", elementwise(NDArray::gte)),
          entry("GroupNormalization", new OnnxOperator(List.of(1, 2), OnnxNorms::group)),
          entry("HardSigmoid", new OnnxOperator(List.of(), OnnxActivations::hardSigmoid)),
          entry("HardSwish", new OnnxOperator(List.of(), OnnxActivations::hardSwish)),
          entry("Identity", moving(call -> call.array(0))),
          entry("InstanceNormalization", new OnnxOperator(List.of(1, 2), OnnxNorms::instance)),
          entry("LayerNormalization", new OnnxOperator(List.of(1, 2), OnnxNorms::layer)),
          entry("LeakyRelu", new OnnxOperator(List.of(), OnnxActivations::leakyRelu)),
          entry("Less", elementwise(NDArray::lt)),
          entry("LessOrEqual", elementwise(NDArray::lte)),
          entry("Log", unary(NDArray::log)),
          entry("LogSoftmax", new OnnxOperator(List.of(), OnnxOperator::logSoftmax)),
          entry("MatMul", elementwise(NDArray::matMul, 0, 1)),
          entry("Max", variadic(NDArray::maximum)),
          entry("MaxPool", new OnnxOperator(List.of(), OnnxOperator::maxPool)),
          entry("Mean", new OnnxOperator(List.of(), OnnxOperator::mean)),
          entry("Min", variadic(NDArray::minimum)),
          entry("Mish", new OnnxOperator(List.of(), OnnxActivations::mish)),
          // Layer scale, and what is left of a batch normalisation that was folded.
          entry("Mul", elementwise(NDArray::mul, 0, 1)),
          entry("Neg", unary(NDArray::neg)),
          entry("Not", unary(NDArray::logicalNot)),
          entry("Or", elementwise(NDArray::logicalOr)),
          entry("PRelu", new OnnxOperator(List.of(1), OnnxActivations::pRelu)),
          entry("Pad", new OnnxOperator(List.of(), OnnxMoves::pad)),
          entry("Pow", elementwise(NDArray::pow)),
          entry("Reciprocal", unary(x -> x.getNDArrayInternal().rdiv(1))),
          entry("ReduceL2", new OnnxOperator(List.of(), OnnxReductions::l2)),
          entry("ReduceMax", new OnnxOperator(List.of(), OnnxReductions::max)),
          entry("ReduceMean", new OnnxOperator(List.of(), OnnxReductions::mean)),
          entry("ReduceMin", new OnnxOperator(List.of(), OnnxReductions::min)),
          entry("ReduceSum", new OnnxOperator(List.of(), OnnxReductions::sum)),
          entry("ReduceSumSquare", new OnnxOperator(List.of(), OnnxReductions::sumOfSquares)),
          entry("Relu", unary(x -> x.getNDArrayInternal().relu())),
          entry("Reshape", moving(OnnxOperator::reshape)),
          entry("Selu", new OnnxOperator(List.of(), OnnxActivations::selu)),
          entry("Sigmoid", unary(x -> x.getNDArrayInternal().sigmoid())),
          entry("Slice", moving(OnnxMoves::slice)),
          entry("Softmax", new OnnxOperator(List.of(), OnnxOperator::softmax)),
          entry("Softplus", unary(x -> x.getNDArrayInternal().softPlus())),
          entry("Softsign", unary(x -> x.getNDArrayInternal().softSign())),
          entry("Split", moving(OnnxMoves::split)),
          entry("Sqrt", unary(NDArray::sqrt)),
          entry("Squeeze", moving(OnnxMoves::squeeze)),
          entry("Sub", elementwise(NDArray::sub)),
          entry("Sum", variadic(NDArray::add)),
          entry("Swish", new OnnxOperator(List.of(), OnnxActivations::swish)),
          entry("Tanh", unary(NDArray::tanh)),
          entry("Tile", moving(OnnxMoves::tile)),
          entry("Transpose", moving(OnnxOperator::transpose)),
          entry("Unsqueeze", moving(OnnxMoves::unsqueeze)),
          entry("Where", new OnnxOperator(List.of(), OnnxMoves::where)),
          entry("Xor", elementwise(NDArray::logicalXor)));

  private static OnnxOperator elementwise(BinaryOperator<NDArray> operation, Integer... weights) {
    return new OnnxOperator(
        List.of(weights), call -> operation.apply(call.array(0), call.array(1)));
  }

  private static OnnxOperator unary(UnaryOperator<NDArray> operation) {
    return new OnnxOperator(List.of(), call -> operation.apply(call.array(0)));
  }

  private static OnnxOperator variadic(BinaryOperator<NDArray> operation) {
    return new OnnxOperator(
        List.of(),
        call -> {
          NDArray result = call.array(0);
          for (int i = 1; i < call.inputs(); i++) {
            result = operation.apply(i > 1 ? call.keep(result) : result, call.array(i));
          }
          return result;
        });
  }

  private static OnnxOperator moving(Operation operation) {
    return new OnnxOperator(input -> false, true, operation);
  }

  /**
   * The operator of a node.
   *
   * @throws IllegalArgumentException if it is not known here
   */
  static OnnxOperator of(OnnxNode node) {
    return find(node)
        .orElseThrow(
            () ->
                refused(
                    node,
                    "the operator %s%s is not supported"
                        .formatted(
                            node.domain().isEmpty() ? "" : node.domain() + ".", node.opType())));
  }

  static Optional<OnnxOperator> find(OnnxNode node) {
    return node.domain().isEmpty() ? Optional.ofNullable(ALL.get(node.opType())) : Optional.empty();
  }

  /** The names of all that are known. */
  static Set<String> names() {
    return new TreeSet<>(ALL.keySet());
  }

  static IllegalArgumentException refused(OnnxNode node, String what) {
    return new IllegalArgumentException("the %s cannot be trained: %s".formatted(node, what));
  }

  /** Whether a constant can be a weight; a single number is none. */
  public static boolean canBeWeight(Initializer constant) {
    return constant.type() == ElementType.FLOAT && constant.size() > 1;
  }

  NDArray apply(Call call) {
    return operation.apply(call);
  }

  /** A node with what it reads. Arrays that were made for it live until it is closed. */
  static final class Call implements AutoCloseable {

    private final OnnxNode node;
    private final int opset;
    private final boolean training;
    private final Map<String, NDArray> arrays;
    private final Map<String, Initializer> constants;
    private final NDManager manager;
    private final List<NDArray> temporary = new ArrayList<>();
    private final Map<Integer, NDArray> others = new HashMap<>();

    Call(
        OnnxNode node,
        int opset,
        boolean training,
        Map<String, NDArray> arrays,
        Map<String, Initializer> constants,
        NDManager manager) {
      this.node = node;
      this.opset = opset;
      this.training = training;
      this.arrays = arrays;
      this.constants = constants;
      this.manager = manager;
    }

    OnnxNode node() {
      return node;
    }

    int opset() {
      return opset;
    }

    NDManager manager() {
      return manager;
    }

    int inputs() {
      return node.inputs().size();
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

    /** Whole numbers that are an input in newer opsets, an attribute in older ones. */
    long[] longs(int input, String attribute, long... otherwise) {
      return has(input) ? constant(input).longs() : node.intsAttribute(attribute, otherwise);
    }

    /** The axis that an attribute names, counted from the front. */
    int axis(NDArray x, long otherwise) {
      return axis(x, "axis", otherwise);
    }

    int axis(NDArray x, String attribute, long otherwise) {
      return position(node.intAttribute(attribute, otherwise), x.getShape().dimension());
    }

    /** An axis counted from the front, of a result of that many. */
    int position(long axis, int rank) {
      if (axis < -rank || axis >= rank) {
        throw refused(node, "it has no axis " + axis + " among " + rank);
      }
      return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }

    /** A result that is not the first. */
    void other(int output, NDArray array) {
      others.put(output, array);
    }

    /** The results that are not the first, by number. */
    Map<Integer, NDArray> others() {
      return others;
    }

    /** Statistics of a normalisation, the mask of a dropout: only training programs read them. */
    void requireOneOutput() {
      for (int i = 1; i < node.outputs().size(); i++) {
        if (!node.outputs().get(i).isEmpty()) {
          throw refused(node, "only its first output is supported");
        }
      }
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

  private static NDArray globalMaxPool(Call call) {
    NDArray x = call.array(0);
    Shape shape = x.getShape();
    long[] pooled = new long[shape.dimension()];
    Arrays.fill(pooled, 1);
    pooled[0] = shape.get(0);
    pooled[1] = shape.get(1);
    NDArray flat = call.keep(x.reshape(pooled[0], pooled[1], shape.slice(2).size()));
    return call.keep(flat.max(new int[] {2}, false)).reshape(pooled);
  }

  private static NDArray batchNorm(Call call) {
    call.requireOneOutput();
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

  private static NDArray dropout(Call call) {
    NDArray x = call.array(0);
    float ratio =
        call.opset < 12
            ? call.node.floatAttribute("ratio", 0.5f)
            : call.has(1) ? call.constant(1).floats()[0] : 0.5f;
    return call.training && ratio > 0 ? Dropout.dropout(x, ratio).singletonOrThrow() : x;
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
    if (call.inputs() == 1) {
      // DJL would copy it, and the gradient would end there.
      return call.array(0);
    }
    NDList parts = new NDList();
    for (int i = 0; i < call.inputs(); i++) {
      parts.add(call.array(i));
    }
    return NDArrays.concat(parts, call.axis(call.array(0), 0));
  }

  private static NDArray softmax(Call call) {
    return ofRows(call, (x, axis) -> x.softmax(axis));
  }

  private static NDArray logSoftmax(Call call) {
    return ofRows(call, (x, axis) -> x.logSoftmax(axis));
  }

  /** Before opset 13 all axes from the given one on count as one. */
  private static NDArray ofRows(Call call, BiFunction<NDArray, Integer, NDArray> operation) {
    NDArray x = call.array(0);
    int axis = call.axis(x, call.opset < 13 ? 1 : -1);
    Shape shape = x.getShape();
    if (call.opset >= 13 || axis == shape.dimension() - 1) {
      return operation.apply(x, axis);
    }
    NDArray table = call.keep(x.reshape(shape.slice(0, axis).size(), shape.slice(axis).size()));
    return call.keep(operation.apply(table, 1)).reshape(shape);
  }

  private static NDArray mean(Call call) {
    NDArray sum = ALL.get("Sum").apply(call);
    return call.inputs() == 1 ? sum : call.keep(sum).div(call.inputs());
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
          case BOOL -> DataType.BOOLEAN;
          default -> throw refused(call.node, "a cast to " + to + " is not supported");
        };
    return call.array(0).toType(type, false);
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

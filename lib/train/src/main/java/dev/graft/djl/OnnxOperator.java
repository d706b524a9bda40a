package dev.graft.djl;

import static java.util.Map.entry;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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
          entry("AveragePool", new OnnxOperator(List.of(), OnnxWindows::averagePool)),
          entry("BatchNormalization", new OnnxOperator(List.of(1, 2), OnnxNorms::batch)),
          entry("Cast", new OnnxOperator(List.of(), OnnxOperator::cast)),
          entry("Celu", new OnnxOperator(List.of(), OnnxActivations::celu)),
          entry("Clip", new OnnxOperator(List.of(), OnnxActivations::clip)),
          // A class token that stands before the tokens of the image.
          entry("Concat", new OnnxOperator(input -> true, true, OnnxTensorOperations::concat)),
          entry("Conv", new OnnxOperator(List.of(1, 2), OnnxWindows::conv)),
          entry("Div", elementwise(NDArray::div)),
          entry("Dropout", new OnnxOperator(List.of(), OnnxOperator::dropout)),
          entry("Elu", new OnnxOperator(List.of(), OnnxActivations::elu)),
          entry("Equal", elementwise(NDArray::eq)),
          entry("Erf", unary(NDArray::erf)),
          entry("Exp", unary(NDArray::exp)),
          entry("Expand", moving(OnnxTensorOperations::expand)),
          entry("Flatten", moving(OnnxTensorOperations::flatten)),
          entry("Gather", moving(OnnxTensorOperations::gather)),
          entry("Gelu", new OnnxOperator(List.of(), OnnxActivations::gelu)),
          entry("Gemm", new OnnxOperator(List.of(1, 2), OnnxOperator::gemm)),
          entry("GlobalAveragePool", new OnnxOperator(List.of(), OnnxWindows::globalAveragePool)),
          entry("GlobalMaxPool", new OnnxOperator(List.of(), OnnxWindows::globalMaxPool)),
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
          entry("LogSoftmax", new OnnxOperator(List.of(), OnnxActivations::logSoftmax)),
          entry("MatMul", elementwise(NDArray::matMul, 0, 1)),
          entry("Max", variadic(NDArray::maximum)),
          entry("MaxPool", new OnnxOperator(List.of(), OnnxWindows::maxPool)),
          entry("Mean", new OnnxOperator(List.of(), OnnxOperator::mean)),
          entry("Min", variadic(NDArray::minimum)),
          entry("Mish", new OnnxOperator(List.of(), OnnxActivations::mish)),
          // Layer scale, and what is left of a batch normalization that was folded.
          entry("Mul", elementwise(NDArray::mul, 0, 1)),
          entry("Neg", unary(NDArray::neg)),
          entry("Not", unary(NDArray::logicalNot)),
          entry("Or", elementwise(NDArray::logicalOr)),
          entry("PRelu", new OnnxOperator(List.of(1), OnnxActivations::pRelu)),
          entry("Pad", new OnnxOperator(List.of(), OnnxTensorOperations::pad)),
          entry("Pow", elementwise(NDArray::pow)),
          entry("Reciprocal", unary(x -> x.getNDArrayInternal().rdiv(1))),
          entry("ReduceL2", new OnnxOperator(List.of(), OnnxReductions::l2)),
          entry("ReduceMax", new OnnxOperator(List.of(), OnnxReductions::max)),
          entry("ReduceMean", new OnnxOperator(List.of(), OnnxReductions::mean)),
          entry("ReduceMin", new OnnxOperator(List.of(), OnnxReductions::min)),
          entry("ReduceSum", new OnnxOperator(List.of(), OnnxReductions::sum)),
          entry("ReduceSumSquare", new OnnxOperator(List.of(), OnnxReductions::sumOfSquares)),
          entry("Relu", unary(x -> x.getNDArrayInternal().relu())),
          entry("Reshape", moving(OnnxTensorOperations::reshape)),
          entry("Selu", new OnnxOperator(List.of(), OnnxActivations::selu)),
          entry("Sigmoid", unary(x -> x.getNDArrayInternal().sigmoid())),
          entry("Slice", moving(OnnxTensorOperations::slice)),
          entry("Softmax", new OnnxOperator(List.of(), OnnxActivations::softmax)),
          entry("Softplus", unary(x -> x.getNDArrayInternal().softPlus())),
          entry("Softsign", unary(x -> x.getNDArrayInternal().softSign())),
          entry("Split", moving(OnnxTensorOperations::split)),
          entry("Sqrt", unary(NDArray::sqrt)),
          entry("Squeeze", moving(OnnxTensorOperations::squeeze)),
          entry("Sub", elementwise(NDArray::sub)),
          entry("Sum", variadic(NDArray::add)),
          entry("Swish", new OnnxOperator(List.of(), OnnxActivations::swish)),
          entry("Tanh", unary(NDArray::tanh)),
          entry("Tile", moving(OnnxTensorOperations::tile)),
          entry("Transpose", moving(OnnxTensorOperations::transpose)),
          entry("Unsqueeze", moving(OnnxTensorOperations::unsqueeze)),
          entry("Where", new OnnxOperator(List.of(), OnnxTensorOperations::where)),
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

  private static NDArray gemm(Call call) {
    NDArray a = call.array(0);
    NDArray b = call.array(1);
    float alpha = call.node().floatAttribute("alpha", 1);
    float beta = call.node().floatAttribute("beta", 1);
    boolean transposedA = call.node().intAttribute("transA", 0) == 1;
    boolean transposedB = call.node().intAttribute("transB", 0) == 1;
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

  private static NDArray dropout(Call call) {
    NDArray x = call.array(0);
    float ratio =
        call.opset() < 12
            ? call.node().floatAttribute("ratio", 0.5f)
            : call.has(1) ? call.constant(1).floats()[0] : 0.5f;
    return call.isTraining() && ratio > 0 ? Dropout.dropout(x, ratio).singletonOrThrow() : x;
  }

  private static NDArray mean(Call call) {
    NDArray sum = ALL.get("Sum").apply(call);
    return call.inputs() == 1 ? sum : call.keep(sum).div(call.inputs());
  }

  private static NDArray cast(Call call) {
    ElementType to = ElementType.of(Math.toIntExact(call.node().intAttribute("to", 0)));
    DataType type =
        switch (to) {
          case FLOAT -> DataType.FLOAT32;
          case DOUBLE -> DataType.FLOAT64;
          case INT32 -> DataType.INT32;
          case INT64 -> DataType.INT64;
          case UINT8 -> DataType.UINT8;
          case BOOL -> DataType.BOOLEAN;
          default -> throw call.refused("a cast to " + to + " is not supported");
        };
    return call.array(0).toType(type, false);
  }
}

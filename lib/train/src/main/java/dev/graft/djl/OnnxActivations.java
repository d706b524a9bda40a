package dev.graft.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.function.BiFunction;

/** ONNX's activation functions, as far as they are more than one operation of DJL. */
final class OnnxActivations {

  private OnnxActivations() {}

  static NDArray clip(Call call) {
    float min = bound(call, 1, "min", Float.NEGATIVE_INFINITY);
    float max = bound(call, 2, "max", Float.POSITIVE_INFINITY);
    return call.array(0).clip(min, max);
  }

  /** Up to opset 10 the bounds are attributes, then inputs. */
  private static float bound(Call call, int input, String name, float otherwise) {
    if (call.opset() < 11) {
      return call.node().floatAttribute(name, otherwise);
    }
    return call.has(input) ? call.constant(input).floats()[0] : otherwise;
  }

  static NDArray softmax(Call call) {
    return ofRows(call, (x, axis) -> x.softmax(axis));
  }

  static NDArray logSoftmax(Call call) {
    return ofRows(call, (x, axis) -> x.logSoftmax(axis));
  }

  /** Before opset 13 all axes from the given one on count as one. */
  private static NDArray ofRows(Call call, BiFunction<NDArray, Integer, NDArray> operation) {
    NDArray x = call.array(0);
    int axis = call.axis(x, call.opset() < 13 ? 1 : -1);
    Shape shape = x.getShape();
    if (call.opset() >= 13 || axis == shape.dimension() - 1) {
      return operation.apply(x, axis);
    }
    NDArray table = call.keep(x.reshape(shape.slice(0, axis).size(), shape.slice(axis).size()));
    return call.keep(operation.apply(table, 1)).reshape(shape);
  }

  static NDArray hardSigmoid(Call call) {
    return hardSigmoid(
        call, call.node().floatAttribute("alpha", 0.2f), call.node().floatAttribute("beta", 0.5f));
  }

  static NDArray hardSwish(Call call) {
    return call.array(0).mul(call.keep(hardSigmoid(call, 1 / 6f, 0.5f)));
  }

  private static NDArray hardSigmoid(Call call, float alpha, float beta) {
    NDArray scaled = call.keep(call.array(0).mul(alpha));
    return call.keep(scaled.add(beta)).clip(0, 1);
  }

  /** Exact by default, with tanh on request. */
  static NDArray gelu(Call call) {
    NDArray x = call.array(0);
    String approximate = call.node().stringAttribute("approximate", "none");
    if (approximate.equals("none")) {
      return x.getNDArrayInternal().gelu();
    }
    if (!approximate.equals("tanh")) {
      throw call.refused("approximate " + approximate + " is not known");
    }
    NDArray cubed = call.keep(call.keep(x.pow(3)).mul(0.044715f));
    NDArray inner = call.keep(call.keep(x.add(cubed)).mul((float) Math.sqrt(2 / Math.PI)));
    NDArray gate = call.keep(call.keep(inner.tanh()).add(1));
    return call.keep(x.mul(gate)).mul(0.5f);
  }

  static NDArray swish(Call call) {
    NDArray x = call.array(0);
    float alpha = call.node().floatAttribute("alpha", 1);
    NDArray scaled = alpha == 1 ? x : call.keep(x.mul(alpha));
    return x.mul(call.keep(scaled.getNDArrayInternal().sigmoid()));
  }

  /** x tanh(ln(1 + exp x)); DJL's takes the logarithm to base 2. */
  static NDArray mish(Call call) {
    NDArray x = call.array(0);
    return x.mul(call.keep(call.keep(x.getNDArrayInternal().softPlus()).tanh()));
  }

  static NDArray leakyRelu(Call call) {
    float alpha = call.node().floatAttribute("alpha", 0.01f);
    return call.array(0).getNDArrayInternal().leakyRelu(alpha);
  }

  static NDArray elu(Call call) {
    return call.array(0).getNDArrayInternal().elu(call.node().floatAttribute("alpha", 1));
  }

  /** max(0, x) + min(0, alpha (exp(x / alpha) - 1)). */
  static NDArray celu(Call call) {
    NDArray x = call.array(0);
    float alpha = call.node().floatAttribute("alpha", 1);
    NDArray below = call.keep(x.clip(Float.NEGATIVE_INFINITY, 0));
    NDArray grown = call.keep(call.keep(call.keep(below.div(alpha)).exp()).sub(1));
    return call.keep(x.getNDArrayInternal().relu()).add(call.keep(grown.mul(alpha)));
  }

  /** gamma (max(0, x) + alpha (exp(min(0, x)) - 1)). */
  static NDArray selu(Call call) {
    NDArray x = call.array(0);
    float alpha = call.node().floatAttribute("alpha", 1.6732632f);
    float gamma = call.node().floatAttribute("gamma", 1.050701f);
    NDArray below = call.keep(x.clip(Float.NEGATIVE_INFINITY, 0));
    NDArray grown = call.keep(call.keep(call.keep(below.exp()).sub(1)).mul(alpha));
    return call.keep(call.keep(x.getNDArrayInternal().relu()).add(grown)).mul(gamma);
  }

  /** The slope of each channel, broadcast from the right as ONNX does. */
  static NDArray pRelu(Call call) {
    NDArray x = call.array(0);
    NDArray below = call.keep(x.clip(Float.NEGATIVE_INFINITY, 0));
    return call.keep(x.getNDArrayInternal().relu()).add(call.keep(below.mul(call.array(1))));
  }
}

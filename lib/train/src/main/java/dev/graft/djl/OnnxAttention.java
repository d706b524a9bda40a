package dev.graft.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** ONNX's Attention (opset 23) as networks for images use it: softmax(Q K' scale + mask) V. */
final class OnnxAttention {

  private OnnxAttention() {}

  static NDArray apply(Call call) {
    call.requireOneOutput();
    if (call.has(4)
        || call.has(5)
        || call.node().intAttribute("is_causal", 0) != 0
        || call.node().floatAttribute("softcap", 0) != 0) {
      throw call.refused("only attention without past or order is supported");
    }
    NDArray q = heads(call, 0, "q_num_heads");
    NDArray k = heads(call, 1, "kv_num_heads");
    NDArray v = heads(call, 2, "kv_num_heads");
    if (q.getShape().get(1) != k.getShape().get(1)) {
      throw call.refused(
          "as many heads for keys as for queries are expected, found " + k.getShape());
    }
    double usual = 1 / Math.sqrt((double) q.getShape().get(3));
    float scale = call.node().floatAttribute("scale", (float) usual);
    NDArray turned = call.keep(k.transpose(0, 1, 3, 2));
    NDArray scores = call.keep(call.keep(call.keep(q.mul(scale))).matMul(turned));
    if (call.has(3)) {
      scores = call.keep(scores.add(call.array(3)));
    }
    NDArray mixed = call.keep(scores.softmax(3)).matMul(v);
    Shape shape = call.array(0).getShape();
    if (shape.dimension() == 4) {
      return mixed;
    }
    NDArray joined = call.keep(call.keep(mixed).transpose(0, 2, 1, 3));
    return joined.reshape(shape.get(0), shape.get(1), -1);
  }

  /** [N, heads, tokens, numbers of a head], also of [N, tokens, numbers of all heads]. */
  private static NDArray heads(Call call, int input, String attribute) {
    NDArray x = call.array(input);
    if (x.getShape().dimension() == 4) {
      return x;
    }
    long heads = call.node().intAttribute(attribute, 1);
    NDArray split = call.keep(x.reshape(x.getShape().get(0), x.getShape().get(1), heads, -1));
    return call.keep(split.transpose(0, 2, 1, 3));
  }
}

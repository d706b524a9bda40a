package dev.graft.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A node with what it reads. Arrays that were made for it live until it is closed. */
final class Call implements AutoCloseable {

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

  /** Whether dropout drops. */
  boolean isTraining() {
    return training;
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
      throw refused("its input " + node.inputs().get(input) + " must be a constant");
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
      throw refused("it has no axis " + axis + " among " + rank);
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

  /** Statistics of a normalization, the mask of a dropout: only training programs read them. */
  void requireOneOutput() {
    for (int i = 1; i < node.outputs().size(); i++) {
      if (!node.outputs().get(i).isEmpty()) {
        throw refused("only its first output is supported");
      }
    }
  }

  /** For what the node asks for and is not known here. */
  IllegalArgumentException refused(String what) {
    return OnnxOperator.refused(node, what);
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

package dev.graft.djl;

import dev.graft.onnx.OnnxGraph;
import java.util.Optional;
import java.util.Set;

/** Tells which graphs DJL can train: those of operators that are known here. */
public final class TrainableGraph {

  private TrainableGraph() {}

  /**
   * What stands in the way of training a graph: the first node whose operator is not known, by
   * operator, name and output. What depends on no value of the input, such as the arithmetic that
   * leads to a shape, may have any operator.
   *
   * @return empty if all are known
   */
  public static Optional<String> obstacle(OnnxGraph graph) {
    try {
      new OnnxBlock(graph);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** The names of the operators that are known, in alphabetical order, all of ONNX's own set. */
  public static Set<String> operators() {
    return OnnxOperator.names();
  }
}

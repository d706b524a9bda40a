package dev.graft.backbone;

import static java.util.stream.Collectors.joining;

import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds the cut point between the layers of a backbone that stay frozen and those that learn. */
final class CutPoints {

  private CutPoints() {}

  /**
   * The tensor below the layers that are to be trained: what the frozen part ends with.
   *
   * @param from as {@link Backbone#cutPointBelow} takes it
   * @throws IllegalArgumentException if there is none of that name; the message lists those there
   *     are
   */
  static String below(String from, Backbone backbone, OnnxGraph graph) {
    List<String> cutPoints = graph.cutPoints();
    String input = cutPoints.get(0);
    if (from.equals(Backbone.ALL_LAYERS)) {
      return input;
    }
    if (from.matches("[0-9]{1,6}")) {
      return below(Integer.parseInt(from), graph, cutPoints, backbone);
    }
    // The layers of block5 end in block5_pool: they begin at the cut point before it.
    List<String> blocks = backbone.card().cutPoints().stream().map(CutPoint::tensor).toList();
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i).equals(from) || blocks.get(i).equals(from + "_pool")) {
        return i == 0 ? input : blocks.get(i - 1);
      }
    }
    if (cutPoints.subList(0, cutPoints.size() - 1).contains(from)) {
      return from;
    }
    throw new IllegalArgumentException(
        "%s has no layers called \"%s\" to fine-tune; expected all, a number of layers, or one of %s"
            .formatted(backbone.card().name(), from, known(blocks, cutPoints)));
  }

  private static String known(List<String> blocks, List<String> cutPoints) {
    return (blocks.isEmpty() ? cutPoints : blocks)
        .stream().map(name -> name.replaceFirst("_pool$", "")).collect(joining(", "));
  }

  /** The last cut point with at least so many layers with weights above it. */
  private static String below(
      int layers, OnnxGraph graph, List<String> cutPoints, Backbone backbone) {
    if (layers < 1) {
      throw new IllegalArgumentException("expected at least 1 layer to fine-tune, got " + layers);
    }
    Set<String> candidates = new HashSet<>(cutPoints);
    List<OnnxNode> nodes = graph.nodes();
    int found = 0;
    for (int i = nodes.size() - 1; i >= 0; i--) {
      OnnxNode node = nodes.get(i);
      if (found >= layers && node.outputs().stream().anyMatch(candidates::contains)) {
        return node.outputs().get(0);
      }
      found += isLayer(node, graph) ? 1 : 0;
    }
    if (found < layers) {
      throw new IllegalArgumentException(
          "%s has %d layers with weights, not %d".formatted(backbone.card().name(), found, layers));
    }
    return cutPoints.get(0);
  }

  /** What Keras counts as a layer with weights: convolutions and dense layers. */
  private static boolean isLayer(OnnxNode node, OnnxGraph graph) {
    return List.of("Conv", "Gemm", "MatMul").contains(node.opType())
        && graph.initializers().containsKey(node.inputs().get(1));
  }
}

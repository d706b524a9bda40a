package dev.graft.backbone;

import dev.graft.backbone.BackboneInspection.Cut;
import dev.graft.djl.TrainableGraph;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tells of each tensor that a network can be cut at what lies below and above it. */
final class FileCuts {

  private FileCuts() {}

  /**
   * @param features the tensor of the features; null if there is none
   */
  static List<Cut> of(MeasuredNetwork network, String features) {
    NetworkShape shape = network.shape();
    Map<String, Long> below = shape.parametersBelow();
    long all = parameters(network.graph());
    Set<String> notable = shape.notable();
    List<String> points = shape.points().stream().filter(shape::canBeFeatures).toList();
    Map<String, Optional<String>> obstacles = obstacles(network.graph(), features, points);
    List<Cut> cuts = new ArrayList<>();
    for (String point : points) {
      cuts.add(
          new Cut(
              point,
              shape.sizes(point),
              below.get(point),
              all - below.get(point),
              notable.contains(point),
              obstacles.containsKey(point),
              obstacles.getOrDefault(point, Optional.empty()).orElse(null)));
    }
    return cuts;
  }

  static long parameters(OnnxGraph graph) {
    return graph.initializers().values().stream()
        .filter(tensor -> tensor.type() == ElementType.FLOAT && tensor.size() > 1)
        .mapToLong(Initializer::size)
        .sum();
  }

  /**
   * What stands in the way of training the layers between each point and the features; nothing of
   * points that are not below the features.
   */
  private static Map<String, Optional<String>> obstacles(
      OnnxGraph whole, String features, List<String> points) {
    OnnxGraph graph = features == null ? whole : whole.cut(features, features);
    List<String> onTheWay = graph.cutPoints();
    String end = onTheWay.get(onTheWay.size() - 1);
    Map<String, Optional<String>> obstacles = new HashMap<>();
    Optional<String> obstacle = Optional.of("");
    for (String point : points) {
      if (point.equals(end) || !onTheWay.contains(point)) {
        break;
      }
      // Where nothing stands in the way, nothing does of the layers above either.
      obstacle = obstacle.isEmpty() ? obstacle : TrainableGraph.obstacle(graph.after(point));
      obstacles.put(point, obstacle);
    }
    return obstacles;
  }
}

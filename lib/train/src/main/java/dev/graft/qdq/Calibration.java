package dev.graft.qdq;

import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxRun;
import dev.graft.onnx.TensorInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a graph's tensors were like when it ran on calibration examples.
 *
 * @param histograms of the activations that become uint8, by name
 * @param moments of what layers read; without layers whose vectors cannot be told from shapes
 */
record Calibration(Map<String, Histogram> histograms, Map<Layer, Moments> moments) {

  /**
   * Runs a graph.
   *
   * @param layers those that are to be quantized
   * @param covariance for which layers covariances are found, too
   */
  static Calibration of(
      OnnxGraph graph, List<Layer> layers, List<Initializer> examples, Set<Layer> covariance) {
    Set<String> measured = new QdqTensors(graph, layers).measured();
    Map<String, Histogram> histograms = new HashMap<>();
    measured.forEach(name -> histograms.put(name, new Histogram()));
    Map<Layer, Moments> moments = new HashMap<>();
    Set<String> asked = new HashSet<>(measured);
    for (Layer layer : layers) {
      if (Moments.areKnown(layer)) {
        moments.put(layer, new Moments(layer, covariance.contains(layer)));
        asked.add(layer.input());
      }
    }
    try (OnnxRun run = new OnnxRun(graph, asked)) {
      Map<String, TensorInfo> shapes = run.shapes(examples.get(0));
      for (Initializer example : examples) {
        Map<String, float[]> found = run.floats(example);
        histograms.entrySet().parallelStream()
            .forEach(histogram -> histogram.getValue().add(found.get(histogram.getKey())));
        moments.entrySet().parallelStream()
            .forEach(
                entry -> {
                  String input = entry.getKey().input();
                  entry.getValue().add(found.get(input), shapes.get(input).shape());
                });
      }
    }
    return new Calibration(histograms, moments);
  }

  /** Of all tensors that become uint8 if these layers are quantized, by name. */
  Map<String, ActivationScale> scales(OnnxGraph graph, List<Layer> layers, RangeMethod method) {
    QdqTensors tensors = new QdqTensors(graph, layers);
    Map<String, ActivationScale> scales = new HashMap<>();
    for (String name : tensors.names()) {
      scales.put(name, method.range().apply(histograms.get(tensors.scaleOf(name))).scale());
    }
    return scales;
  }
}

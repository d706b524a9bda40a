package dev.graft.qdq;

import dev.graft.model.QuantizationInfo;
import dev.graft.onnx.OnnxGraph;
import java.util.List;

/**
 * What {@link Quantizer} made.
 *
 * @param graph in QDQ form; inputs and outputs as before
 * @param rangeMethod how the activations' ranges were found: the way that left the least error
 * @param signalToNoise of the output on the examples held out, in decibels: its mean square over
 *     that of its error
 * @param floatLayers the names of the layers that stayed in float, because of their error
 * @param int8Layers how many did not
 * @param reduceRange whether weights have 7 bits
 * @param calibrated how many examples the ranges were found on
 * @param heldOut how many others judged
 * @param floatMillis time of a run of the graph before, here, in milliseconds: a median
 * @param int8Millis the same of this graph
 */
public record Int8Graph(
    OnnxGraph graph,
    String rangeMethod,
    double signalToNoise,
    List<String> floatLayers,
    int int8Layers,
    boolean reduceRange,
    int calibrated,
    int heldOut,
    double floatMillis,
    double int8Millis) {

  public Int8Graph {
    floatLayers = List.copyOf(floatLayers);
  }

  /** What a model file says of it. */
  public QuantizationInfo info() {
    return new QuantizationInfo(
        QuantizationInfo.INT8,
        rangeMethod,
        reduceRange,
        floatLayers,
        calibrated,
        Math.round(10 * signalToNoise) / 10.0);
  }

  /** How many times as fast as before. */
  public double speedup() {
    return floatMillis / int8Millis;
  }
}

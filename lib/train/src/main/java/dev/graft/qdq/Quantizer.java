package dev.graft.qdq;

import static java.util.stream.Collectors.toSet;

import dev.graft.model.ModelTensors;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.OnnxRun;
import dev.graft.photo.Pixels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns the convolutions and matrix products of a graph into int8: static quantization in QDQ form,
 * weights int8 per output channel and symmetric, activations uint8 (Krishnamoorthi, "Quantizing
 * deep convolutional networks for efficient inference", 2018).
 *
 * <p>It runs the graph on calibration examples, finds the activations' ranges in several ways, and
 * takes the way that leaves the least error on examples that were held out. Where that error is
 * large, weights are rounded so that they make up for each other, and if it is still too large, the
 * layers that cause most of it stay in float.
 */
public final class Quantizer {

  /** The fewest examples: some to calibrate on, some to judge by. */
  public static final int LEAST_EXAMPLES = 4;

  /** Signal to noise, in decibels, from which on nothing more is done. */
  private static final double GOOD = 25;

  /** Signal to noise, in decibels, below which layers stay in float. */
  private static final double ENOUGH = 18;

  /** The largest layers whose covariance is inverted: it takes the cube of that. */
  private static final int LARGEST_COVARIANCE = 1536;

  private static final int TIMED_RUNS = 7;

  /** How many times as fast matrix products must be for convolutions to become such. */
  private static final double GAIN = 1.1;

  private final OnnxGraph graph;
  private final String output;
  private final boolean reduceRange;
  private final List<Layer> layers;
  private final List<Initializer> calibrating;
  private final List<Initializer> judging;
  private final List<float[]> expected;
  private double floatMillis;

  private Quantizer(
      OnnxGraph graph, String output, List<Initializer> examples, boolean reduceRange) {
    this.graph = graph;
    this.output = output;
    this.reduceRange = reduceRange;
    this.layers = Layer.of(graph);
    int judges = Math.max(1, examples.size() / 4);
    this.calibrating = examples.subList(0, examples.size() - judges);
    this.judging = examples.subList(examples.size() - judges, examples.size());
    this.expected = runInFloat();
  }

  /**
   * Quantizes.
   *
   * @param graph of one input, FLOAT or UINT8, and of opset 13 or later
   * @param output the tensor whose error counts
   * @param examples what the graph is fed, a batch of 1 each, at least {@value #LEAST_EXAMPLES};
   *     the last quarter of them is not calibrated on, but judges
   * @param reduceRange whether weights have 7 bits, for processors that add products of 8 bits in
   *     16
   * @throws IllegalArgumentException if the graph cannot be quantized; the message says why
   */
  public static Int8Graph quantize(
      OnnxGraph graph, String output, List<Initializer> examples, boolean reduceRange) {
    if (examples.size() < LEAST_EXAMPLES) {
      throw new IllegalArgumentException(
          "expected at least %d examples to calibrate on, got %d"
              .formatted(LEAST_EXAMPLES, examples.size()));
    }
    if (graph.opset() < QdqGraph.LEAST_OPSET) {
      throw new IllegalArgumentException(
          "%s has opset %d, and int8 weights with a scale a channel need opset %d or later; export"
                  .formatted(graph.name(), graph.opset(), QdqGraph.LEAST_OPSET)
              + " it again, or convert it with onnx.version_converter");
    }
    Quantizer quantizer = new Quantizer(FoldedGraph.of(graph), output, examples, reduceRange);
    if (quantizer.layers.isEmpty()) {
      throw new IllegalArgumentException(
          graph.name()
              + " has no layer to quantise: no Conv, Gemm or MatMul whose weights are floats in the"
              + " file; is it quantised already?");
    }
    return quantizer.quantize();
  }

  /**
   * Quantizes one more layer, whose input comes from integers already: it reads the same ones, so
   * that nothing changes but its weights, which become those of {@link #rounded}.
   *
   * @param output of the layer
   * @return the graph as it is where the layer reads floats that were never integers
   */
  public static OnnxGraph quantizeLayer(OnnxGraph graph, String output, boolean reduceRange) {
    Layer layer =
        Layer.of(graph).stream().filter(l -> l.output().equals(output)).findFirst().orElse(null);
    if (layer == null || graph.opset() < QdqGraph.LEAST_OPSET) {
      return graph;
    }
    Map<String, OnnxNode> makers = new HashMap<>();
    graph.nodes().forEach(node -> makers.put(node.outputs().get(0), node));
    OnnxNode maker = makers.get(layer.input());
    while (maker != null && QdqTensors.PASSING.contains(maker.opType())) {
      maker = makers.get(maker.inputs().get(0));
    }
    if (maker == null || !maker.opType().equals("DequantizeLinear")) {
      return graph;
    }
    Map<String, Initializer> constants = graph.initializers();
    ActivationScale scale =
        new ActivationScale(
            constants.get(maker.inputs().get(1)).floats()[0],
            (int) constants.get(maker.inputs().get(2)).longs()[0]);
    Map<String, ActivationScale> scales = new HashMap<>();
    new QdqTensors(graph, List.of(layer)).names().forEach(name -> scales.put(name, scale));
    return QdqGraph.write(
        graph, List.of(QuantizedLayer.of(layer, reduceRange, null)), scales, false);
  }

  /**
   * What int8 makes of the weights of a layer.
   *
   * @param weights those of an output channel together
   */
  public static float[] rounded(float[] weights, int channels, boolean reduceRange) {
    return WeightScales.of(weights, channels, 1, reduceRange, null).floats(1);
  }

  /** A photo as an example for a graph whose input is {@code image}, uint8 [1, H, W, 3]. */
  public static Initializer example(Pixels photo) {
    byte[] rgb = photo.rgb();
    float[] levels = new float[rgb.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = rgb[i] & 0xff;
    }
    return Initializer.of(
        ModelTensors.IMAGE, new long[] {1, photo.height(), photo.width(), 3}, levels);
  }

  /** What is weighed against others. */
  private record Candidate(
      List<QuantizedLayer> layers,
      Map<String, ActivationScale> scales,
      RangeMethod method,
      double signalToNoise) {}

  private Int8Graph quantize() {
    Calibration calibration = Calibration.of(graph, layers, calibrating, Set.of());
    Candidate best = best(calibration, quantized(calibration));
    if (best.signalToNoise() < GOOD) {
      Set<Layer> small =
          layers.stream().filter(l -> l.products() <= LARGEST_COVARIANCE).collect(toSet());
      Calibration closer = Calibration.of(graph, layers, calibrating, small);
      best = better(best, best(closer, quantized(closer)));
    }
    if (best.signalToNoise() < ENOUGH) {
      best = better(best, partly(best));
    }
    OnnxGraph direct = QdqGraph.write(graph, best.layers(), best.scales(), false);
    OnnxGraph shifted = QdqGraph.write(graph, best.layers(), best.scales(), true);
    double[] millis = millis(List.of(direct, shifted));
    // By a margin: noise must not decide which bytes a model has.
    boolean faster = millis[1] * GAIN < millis[0];
    Set<Layer> inInt8 = best.layers().stream().map(QuantizedLayer::layer).collect(toSet());
    return new Int8Graph(
        faster ? shifted : direct,
        best.method().name(),
        best.signalToNoise(),
        layers.stream().filter(layer -> !inInt8.contains(layer)).map(Layer::name).toList(),
        inInt8.size(),
        reduceRange,
        calibrating.size(),
        judging.size(),
        floatMillis,
        millis[faster ? 1 : 0]);
  }

  private List<QuantizedLayer> quantized(Calibration calibration) {
    return layers.parallelStream()
        .map(layer -> QuantizedLayer.of(layer, reduceRange, calibration.moments().get(layer)))
        .toList();
  }

  private Candidate best(Calibration calibration, List<QuantizedLayer> quantized) {
    Candidate best = candidate(quantized, calibration, RangeMethod.MIN_MAX);
    // Each percentile cuts off more: when more is worse, still more is not better.
    for (double percent : List.of(99.999, 99.99, 99.9)) {
      Candidate cut = candidate(quantized, calibration, RangeMethod.percentile(percent));
      if (cut.signalToNoise() < best.signalToNoise()) {
        break;
      }
      best = cut;
    }
    best = better(best, candidate(quantized, calibration, RangeMethod.ENTROPY));
    return better(best, candidate(quantized, calibration, RangeMethod.LEAST_SQUARES));
  }

  private Candidate candidate(
      List<QuantizedLayer> quantized, Calibration calibration, RangeMethod method) {
    return candidate(quantized, calibration.scales(graph, layers, method), method);
  }

  private Candidate candidate(
      List<QuantizedLayer> quantized, Map<String, ActivationScale> scales, RangeMethod method) {
    OnnxGraph written = QdqGraph.write(graph, quantized, scales, false);
    return new Candidate(quantized, scales, method, signalToNoise(expected, run(written)));
  }

  private static Candidate better(Candidate a, Candidate b) {
    return b.signalToNoise() > a.signalToNoise() ? b : a;
  }

  /** Leaves out those layers first that alone make most noise, up to half of them. */
  private Candidate partly(Candidate all) {
    Map<QuantizedLayer, Double> alone = new HashMap<>();
    for (QuantizedLayer layer : all.layers()) {
      alone.put(layer, candidate(List.of(layer), all.scales(), all.method()).signalToNoise());
    }
    List<QuantizedLayer> noisiest = new ArrayList<>(all.layers());
    noisiest.sort(Comparator.comparing(alone::get));
    Set<QuantizedLayer> left = new HashSet<>();
    Candidate best = all;
    int most = (all.layers().size() + 1) / 2;
    for (QuantizedLayer layer : noisiest.subList(0, most)) {
      left.add(layer);
      List<QuantizedLayer> rest =
          all.layers().stream().filter(other -> !left.contains(other)).toList();
      if (rest.isEmpty()) {
        break;
      }
      best = better(best, candidate(rest, all.scales(), all.method()));
      if (best.signalToNoise() >= ENOUGH) {
        break;
      }
    }
    return best;
  }

  private List<float[]> run(OnnxGraph tried) {
    try (OnnxRun run = new OnnxRun(tried, List.of(output))) {
      return judging.stream().map(example -> run.floats(example).get(output)).toList();
    }
  }

  /** The outputs of the graph itself, and the time of a run. */
  private List<float[]> runInFloat() {
    List<float[]> outputs = new ArrayList<>();
    double[] millis = new double[judging.size()];
    try (OnnxRun run = new OnnxRun(graph, List.of(output))) {
      run.floats(judging.get(0));
      for (int i = 0; i < millis.length; i++) {
        long start = System.nanoTime();
        outputs.add(run.floats(judging.get(i)).get(output));
        millis[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    Arrays.sort(millis);
    floatMillis = millis[millis.length / 2];
    return outputs;
  }

  /** The median time of a run of each graph, in turn. */
  private double[] millis(List<OnnxGraph> graphs) {
    List<OnnxRun> runs = new ArrayList<>();
    try {
      for (OnnxGraph tried : graphs) {
        OnnxRun run = new OnnxRun(tried, List.of(output));
        runs.add(run);
        run.floats(judging.get(0));
      }
      double[][] millis = new double[graphs.size()][TIMED_RUNS];
      for (int i = 0; i < TIMED_RUNS; i++) {
        Initializer example = judging.get(i % judging.size());
        for (int g = 0; g < runs.size(); g++) {
          long start = System.nanoTime();
          runs.get(g).floats(example);
          millis[g][i] = (System.nanoTime() - start) / 1e6;
        }
      }
      double[] medians = new double[graphs.size()];
      for (int g = 0; g < medians.length; g++) {
        Arrays.sort(millis[g]);
        medians[g] = millis[g][TIMED_RUNS / 2];
      }
      return medians;
    } finally {
      runs.forEach(OnnxRun::close);
    }
  }

  /** In decibels; infinite where they are equal. */
  private static double signalToNoise(List<float[]> expected, List<float[]> found) {
    double signal = 0;
    double noise = 0;
    for (int i = 0; i < expected.size(); i++) {
      float[] a = expected.get(i);
      float[] b = found.get(i);
      for (int j = 0; j < a.length; j++) {
        double difference = (double) a[j] - b[j];
        signal += (double) a[j] * a[j];
        noise += difference * difference;
      }
    }
    return 10 * Math.log10(signal / noise);
  }
}

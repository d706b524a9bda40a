package dev.graft.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Types and shapes of any tensors of a graph, which its file need not say, found by running it in
 * ONNX Runtime on the CPU. The graph computes the shapes beside the tensors, which so need not be
 * kept until the run has ended: many of them take no more memory than a few. For one thread at a
 * time.
 */
public final class OnnxShapes implements AutoCloseable {

  private final Map<String, ElementType> types;
  private final List<String> shapes = new ArrayList<>();
  private final OnnxRun run;

  /**
   * Loads what is needed to compute these tensors.
   *
   * @param tensors names of tensors of the graph, whether it declares them or not
   * @throws IllegalArgumentException as {@link OnnxRun#OnnxRun}
   */
  public OnnxShapes(OnnxGraph graph, Collection<String> tensors) {
    types = OnnxRun.types(graph, tensors);
    OnnxGraphBuilder measured = graph.withoutNodes();
    for (OnnxNode node : graph.nodes()) {
      measured.node(node, node.inputs(), node.outputs());
    }
    Set<String> taken = GraphNames.all(graph.model().getGraph());
    // ONNX Runtime computes what the last nodes need first: so each shape is taken, and its tensor
    // given up, before the next tensor is computed.
    List<String> lastFirst = new ArrayList<>(types.keySet());
    Collections.reverse(lastFirst);
    for (String tensor : lastFirst) {
      String shape = tensor + "/shape";
      while (!taken.add(shape)) {
        shape += "_";
      }
      shapes.add(shape);
      measured.node("Shape", List.of(tensor), shape).output(shape, ElementType.INT64, "rank");
    }
    Collections.reverse(shapes);
    run = new OnnxRun(measured.build(), shapes);
  }

  /**
   * The types and shapes of the tensors.
   *
   * @param input what the graph's only input is fed, FLOAT or UINT8, given as floats; null for a
   *     graph without
   * @return by name, in the order of the names; without what is no tensor, such as a sequence
   * @throws IllegalArgumentException if ONNX Runtime cannot run the graph; the message says why
   */
  public Map<String, TensorInfo> of(Initializer input) {
    Map<String, Initializer> found = run.values(input);
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    for (String tensor : types.keySet()) {
      long[] shape = found.get(shapes.get(infos.size())).longs();
      Object[] sizes = Arrays.stream(shape).boxed().toArray();
      infos.put(tensor, new TensorInfo(tensor, types.get(tensor), Shape.of(sizes)));
    }
    return infos;
  }

  @Override
  public void close() {
    run.close();
  }
}

package dev.graft.backbone;

import dev.graft.onnx.OnnxGraph;
import java.io.IOException;

/** The graphs of backbones, for tests of other rooms. */
public final class Graphs {

  private Graphs() {}

  public static OnnxGraph of(Backbone backbone) throws IOException {
    return backbone.graph();
  }

  public static OnnxGraph withClassifier(Backbone backbone) throws IOException {
    return backbone.fullGraph();
  }

  public static OnnxGraph of(Normalization normalization, int height, int width) {
    return normalization.toGraph(height, width);
  }
}

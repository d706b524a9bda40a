package dev.graft.backbone;

import dev.graft.onnx.OnnxGraph;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A backbone as if it came from a file, and how often that is read. */
public final class CountedBackbone {

  private final AtomicInteger reads = new AtomicInteger();
  private final Backbone backbone;

  private CountedBackbone(Backbone original) {
    this.backbone =
        new Backbone(
            original.card(),
            original.normalization(),
            new Backbone.Source() {
              @Override
              public OnnxGraph features() throws IOException {
                reads.incrementAndGet();
                return OnnxGraph.parse(original.graph().toBytes(), "a file");
              }

              @Override
              public OnnxGraph full() throws IOException {
                return features();
              }

              @Override
              public List<String> classes() {
                return List.of();
              }
            });
  }

  /** Small enough for a test of a second: random weights that count as pretrained. */
  public static CountedBackbone small(int size) {
    return new CountedBackbone(Backbones.untrained(size, 42));
  }

  public Backbone backbone() {
    return backbone;
  }

  /** How often its graph was read and parsed. */
  public int reads() {
    return reads.get();
  }
}

package dev.graft.quantize;

import dev.graft.evaluate.ModelComparison;
import dev.graft.evaluate.ModelComparison.Example;
import dev.graft.model.ModelBytes;
import dev.graft.onnx.OnnxGraph;
import dev.graft.serve.Classifier;
import dev.graft.serve.ClassifierOptions;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;

/** A quantized model that is not written yet. Immutable, thread-safe. */
public final class QuantizedModel {

  private final Path origin;
  private final OnnxGraph graph;
  private final Int8Report int8; // null for fp16

  QuantizedModel(Path origin, OnnxGraph graph, Int8Report int8) {
    this.origin = origin;
    this.graph = graph;
    this.int8 = int8;
  }

  /** How int8 came about; empty for fp16. */
  public Optional<Int8Report> int8() {
    return Optional.ofNullable(int8);
  }

  /**
   * Compares it with the model that it was made from, and takes the time of both.
   *
   * @param before the model that it was made from
   * @param examples as {@link CalibrationPhotos} gives them
   * @throws IllegalArgumentException if there is no photo
   * @throws IOException if it cannot be opened
   */
  public ModelComparison compare(Classifier before, Iterator<Example> examples) throws IOException {
    ModelBytes bytes = ModelBytes.of(graph.toBytes(), origin);
    try (Classifier after = Classifier.open(bytes, ClassifierOptions.defaults())) {
      return ModelComparison.of(before, after, examples);
    }
  }

  /**
   * Writes the file.
   *
   * @param overwrite whether one of that name is replaced
   * @throws FileAlreadyExistsException if it is not, and there is one
   * @throws IOException if it cannot be written
   */
  public void write(Path target, boolean overwrite) throws IOException {
    ModelBytes.write(target, graph.toBytes(), overwrite);
  }
}

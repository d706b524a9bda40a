package dev.graft.quantize;

import dev.graft.error.ErrorCode;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.model.ModelFile;
import dev.graft.model.QuantizationInfo;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.Pixels;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;

/** Quantises model files. What classes they know, and what they want of photos, stays the same. */
public final class ModelQuantizer {

  private static final String LOGITS = "logits";

  private final Path file;
  private final ModelFile description;
  private final OnnxGraph graph;

  private ModelQuantizer(Path file, ModelFile description, OnnxGraph graph) {
    this.file = file;
    this.description = description;
    this.graph = graph;
  }

  /**
   * Reads a model file.
   *
   * @throws ModelException if it is damaged, no Graft model, or one that is quantised already
   * @throws IOException if it cannot be read
   */
  public static ModelQuantizer of(Path file) throws IOException {
    return of(ModelBytes.read(file));
  }

  /** The same with bytes that were read already. */
  public static ModelQuantizer of(ModelBytes bytes) throws IOException {
    Path file = bytes.file();
    ModelFile description = bytes.describe();
    if (description.quantization() != null) {
      throw new ModelException(
          ErrorCode.CANNOT_QUANTIZE,
          file,
          "it is %s already; quantise the model that it was made from"
              .formatted(description.quantization().precision()));
    }
    OnnxGraph graph = OnnxGraph.parse(bytes.buffer(), file.toString());
    return new ModelQuantizer(file, description, graph.withoutMetadata(ModelBytes.CHECKSUM));
  }

  /**
   * A quantised model that is not written yet.
   *
   * @param details how int8 came about; null for fp16
   */
  public record Quantized(OnnxGraph graph, Int8Graph details) {

    /**
     * Writes the file.
     *
     * @param overwrite whether one of that name is replaced
     * @throws FileAlreadyExistsException if it is not, and there is one
     */
    public void write(Path target, boolean overwrite) throws IOException {
      ModelBytes.write(target, graph.toBytes(), overwrite);
    }
  }

  /** With its weights stored in half precision. */
  public Quantized fp16() {
    return described(HalfPrecision.of(graph), QuantizationInfo.fp16(), null);
  }

  /**
   * With its layers in int8.
   *
   * @param photos as the model sees them, at least {@link Quantizer#LEAST_EXAMPLES}, such as it was
   *     trained on
   * @param reduceRange see {@link Quantizer#quantize}
   * @throws ModelException if it cannot be quantised; the message says why
   */
  public Quantized int8(List<Pixels> photos, boolean reduceRange) throws ModelException {
    try {
      Int8Graph int8 =
          Quantizer.quantize(
              graph, LOGITS, photos.stream().map(Quantizer::example).toList(), reduceRange);
      return described(int8.graph(), int8.info(), int8);
    } catch (IllegalArgumentException e) {
      throw new ModelException(
          ErrorCode.CANNOT_QUANTIZE, file, "cannot be quantised: " + e.getMessage(), e);
    }
  }

  private Quantized described(OnnxGraph quantized, QuantizationInfo info, Int8Graph details) {
    return new Quantized(
        quantized.withMetadata(description.withQuantization(info).toMetadata()), details);
  }
}

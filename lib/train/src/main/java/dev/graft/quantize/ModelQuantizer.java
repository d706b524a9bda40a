package dev.graft.quantize;

import dev.graft.error.ErrorCode;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.model.ModelFile;
import dev.graft.model.ModelTensors;
import dev.graft.model.QuantizationInfo;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.Pixels;
import dev.graft.qdq.HalfPrecision;
import dev.graft.qdq.Int8Graph;
import dev.graft.qdq.Quantizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Quantizes a model file. What classes it knows, and what it wants of photos, stays the same.
 * Immutable, thread-safe.
 */
public final class ModelQuantizer {

  /** The fewest photos to calibrate int8 on: some to find ranges by, some to judge by. */
  public static final int LEAST_PHOTOS = Quantizer.LEAST_EXAMPLES;

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
   * @throws ModelException if it is damaged, no Graft model, or one that is quantized already
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

  /** With its weights stored in half precision. */
  public QuantizedModel fp16() {
    return described(HalfPrecision.of(graph), QuantizationInfo.fp16(), null);
  }

  /**
   * With its layers in int8.
   *
   * @param photos as the model sees them, at least {@value #LEAST_PHOTOS}, such as it was trained
   *     on; {@link CalibrationPhotos} draws them
   * @throws ModelException if it cannot be quantized; the message says why
   */
  public QuantizedModel int8(List<Pixels> photos, WeightRange range) throws ModelException {
    try {
      Int8Graph int8 =
          Quantizer.quantize(
              graph,
              ModelTensors.LOGITS,
              photos.stream().map(Quantizer::example).toList(),
              range.isReduced());
      return described(
          int8.graph(),
          int8.info(),
          new Int8Report(int8.info(), int8.int8Layers(), int8.signalToNoise(), int8.heldOut()));
    } catch (IllegalArgumentException e) {
      throw new ModelException(
          ErrorCode.CANNOT_QUANTIZE, file, "cannot be quantised: " + e.getMessage(), e);
    }
  }

  private QuantizedModel described(OnnxGraph quantized, QuantizationInfo info, Int8Report int8) {
    return new QuantizedModel(
        file, quantized.withMetadata(description.withQuantization(info).toMetadata()), int8);
  }
}

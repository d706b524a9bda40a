package dev.graft.backbone;

import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.TensorInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What an ONNX file is, and where it could be cut to be a backbone.
 *
 * @param sha256 of the file, lower-case hexadecimal
 * @param bytes the size of the file
 * @param producer the program that wrote it, may be empty
 * @param inputs what the file declares, initializers left out
 * @param outputs what the file declares
 * @param parameters the number of weights of the whole network
 * @param problem why it cannot be a backbone as it is, null if it can
 * @param inputSize height and width in pixels at which shapes were measured; 0 with a problem
 * @param layout of its input; null with a problem
 * @param cuts the tensors that every path from the input to the output goes through, in their
 *     order; empty with a problem
 * @param featuresTensor the tensor that {@link Backbones#read} takes by itself; null if it finds
 *     none
 * @param graph the network for a batch of any size, its tensors' shapes declared; null with a
 *     problem
 */
public record BackboneInspection(
    Path file,
    String sha256,
    long bytes,
    String producer,
    int opset,
    int irVersion,
    List<TensorInfo> inputs,
    List<TensorInfo> outputs,
    long parameters,
    String problem,
    int inputSize,
    ImageLayout layout,
    List<Cut> cuts,
    String featuresTensor,
    OnnxGraph graph) {

  /**
   * A tensor to cut at.
   *
   * @param shape without the batch
   * @param parametersBelow the number of weights that it is computed from
   * @param parametersAbove the number of the others
   * @param notable whether it ends a layer or a block, and not only a step of one
   */
  public record Cut(
      String tensor,
      List<Integer> shape,
      long parametersBelow,
      long parametersAbove,
      boolean notable) {
    public Cut {
      Objects.requireNonNull(tensor, "tensor");
      shape = List.copyOf(shape);
    }
  }

  public BackboneInspection {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    cuts = List.copyOf(cuts);
  }
}

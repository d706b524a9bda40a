package dev.graft.backbone;

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
 */
public record BackboneInspection(
    Path file,
    String sha256,
    long bytes,
    String producer,
    int opset,
    int irVersion,
    List<Tensor> inputs,
    List<Tensor> outputs,
    long parameters,
    String problem,
    int inputSize,
    ImageLayout layout,
    List<Cut> cuts,
    String featuresTensor) {

  /**
   * An input or output, as the file declares it.
   *
   * @param type ONNX's name of its numbers' type, in capital letters
   * @param shape each size a number, or where it is free, a name, "?" if it has none; null if the
   *     file does not say
   */
  public record Tensor(String name, String type, List<String> shape) {
    public Tensor {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(type, "type");
      shape = shape == null ? null : List.copyOf(shape);
    }

    @Override
    public String toString() {
      String sizes = shape == null ? "..." : String.join(", ", shape);
      return "%s %s [%s]".formatted(name, type, sizes);
    }
  }

  /**
   * A tensor to cut at.
   *
   * @param shape without the batch
   * @param parametersBelow the number of weights that it is computed from
   * @param parametersAbove the number of the others
   * @param notable whether it ends a layer or a block, and not only a step of one
   * @param belowFeatures whether it lies below the features (below the output, if there are none),
   *     so that layers stand between them
   * @param obstacle what stands in the way of training those layers; null if nothing does, and
   *     where there are none
   */
  public record Cut(
      String tensor,
      List<Integer> shape,
      long parametersBelow,
      long parametersAbove,
      boolean notable,
      boolean belowFeatures,
      String obstacle) {
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

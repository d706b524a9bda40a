package dev.graft.backbone;

import java.util.List;
import java.util.Objects;

/**
 * A tensor that a backbone can be cut at, into a part below and one above.
 *
 * @param shape [C, h, w] at the input size; in the user's own files as the file has it, without the
 *     batch
 */
public record CutPoint(String tensor, List<Integer> shape) {

  public CutPoint {
    Objects.requireNonNull(tensor, "tensor");
    shape = List.copyOf(Objects.requireNonNull(shape, "shape"));
  }
}

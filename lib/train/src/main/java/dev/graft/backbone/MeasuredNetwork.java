package dev.graft.backbone;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.OnnxNode;
import dev.graft.onnx.OnnxRun;
import dev.graft.onnx.OnnxShapes;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network that was run on test photos, for a batch of any size, ending in one tensor.
 *
 * @param file what messages name
 * @param graph its tensors' shapes declared, as far as they can be cut at or are asked for
 * @param size height and width of the photos in pixels
 */
record MeasuredNetwork(
    Path file, OnnxGraph graph, ImageLayout layout, int size, NetworkShape shape) {

  /** A row of features alone and in a batch: other kernels may be chosen, in float32. */
  private static final float SAME_ROW = 1e-3f;

  /**
   * Runs a network on test photos, of which it must take any number.
   *
   * @param file what messages name
   * @param network takes photos, normalized
   * @param features where it is to end; null for its main output
   * @param wantedSize height and width of photos in pixels; 0 for what it declares
   * @param usualSize for a network that takes any size, where none is wanted
   * @param normalization null if nobody says
   * @throws IllegalArgumentException if size or features do not fit it
   * @throws BackboneException if it cannot be a backbone; the message says why
   */
  static MeasuredNetwork of(
      Path file,
      OnnxGraph network,
      String features,
      int wantedSize,
      int usualSize,
      Normalization normalization)
      throws BackboneException {
    return new Measuring(file, network).run(features, wantedSize, usualSize, normalization);
  }

  /** The features of two photos are numbers, not the same, and do not depend on each other. */
  void check(String features, Normalization normalization) throws BackboneException {
    float[] first;
    float[] rows;
    try (OnnxRun run = new OnnxRun(graph, List.of(features))) {
      first = run.value(features, photos(1, size, layout, normalization)).floats();
      rows = run.value(features, photos(2, size, layout, normalization)).floats();
    }
    float largest = 0;
    float difference = 0;
    boolean same = true;
    for (int i = 0; i < first.length; i++) {
      if (!Float.isFinite(rows[i]) || !Float.isFinite(first[i])) {
        throw new BackboneException(
            file,
            "the tensor %s is not a number for a test photo (preprocessing %s)"
                .formatted(features, normalization.name()));
      }
      largest = Math.max(largest, Math.abs(first[i]));
      difference = Math.max(difference, Math.abs(first[i] - rows[i]));
      same &= rows[i] == rows[first.length + i];
    }
    if (difference > SAME_ROW * Math.max(1, largest)) {
      throw new BackboneException(
          file,
          ("what it says of a photo depends on the others of a batch (%s differs by up to %.2g);"
                  + " export it for inference: model.eval()")
              .formatted(features, difference));
    }
    if (same) {
      throw new BackboneException(
          file, "the tensor %s is the same for two different photos".formatted(features));
    }
  }

  /** Stripes, unlike in every photo, as the network is fed them: from 0 to 1 if null says so. */
  private static Initializer photos(
      int n, int size, ImageLayout layout, Normalization normalization) {
    int pixels = size * size;
    float[] stripes = new float[n * 3 * pixels];
    for (int i = 0; i < stripes.length; i++) {
      int photo = i / (3 * pixels);
      stripes[i] = (i * (7 + 4 * photo) + i / 97 * 31 * (photo + 1)) % 256;
    }
    Normalization chosen = normalization == null ? Normalization.rescale() : normalization;
    OnnxGraph graph = chosen.toGraph(size, size, layout, 17);
    String output = graph.outputs().get(0).name();
    try (OnnxRun run = new OnnxRun(graph, List.of(output))) {
      return run.value(output, Initializer.of("image", new long[] {n, size, size, 3}, stripes));
    }
  }

  private static String firstLine(Exception e) {
    String line = e.getMessage().lines().findFirst().orElse("").strip();
    return line.length() <= 400 ? line : line.substring(0, 400) + " ...";
  }

  /** The way to one: its layout, its size, a batch of any size, its shapes. */
  private record Measuring(Path file, OnnxGraph network) {

    MeasuredNetwork run(String features, int wantedSize, int usualSize, Normalization normalization)
        throws BackboneException {
      List<TensorInfo> inputs = network.inputs();
      if (inputs.size() != 1) {
        throw new BackboneException(
            file,
            "expected one input, for photos, found %d: %s; export it with its constants inside"
                .formatted(inputs.size(), inputs));
      }
      TensorInfo input = inputs.get(0);
      if (input.type() != ElementType.FLOAT) {
        throw new BackboneException(
            file, "expected an input of 32-bit floats, found " + input + "; export it as float32");
      }
      ImageLayout layout = layout(input);
      int size = size(input, layout, wantedSize, usualSize);
      long batch = input.shape().rank() == 4 ? input.shape().size(0) : -1;
      OnnxGraph open = batch > 0 ? withFreeBatch(batch, size, layout) : network.declaringNothing();
      Shape photos =
          layout == ImageLayout.CHANNELS_FIRST
              ? Shape.of("N", 3, size, size)
              : Shape.of("N", size, size, 3);
      open = open.declaring(List.of(new TensorInfo(input.name(), ElementType.FLOAT, photos)));
      TensorInfo end = features == null ? mainOutput() : open.tensor(features);
      open = open.withOutputs(new TensorInfo(end.name(), ElementType.OTHER, Shape.UNKNOWN));
      if (!open.computedFrom(List.of(input.name())).contains(end.name())) {
        throw new IllegalArgumentException(
            "%s: the tensor %s does not depend on the photo; choose another"
                .formatted(file, end.name()));
      }
      Set<String> tensors = new LinkedHashSet<>(open.cutPoints());
      for (OnnxNode node : open.nodes()) {
        if (node.domain().isEmpty() && node.opType().equals("Shape")) {
          tensors.add(node.inputs().get(0));
        }
      }
      tensors.remove(input.name());
      try (OnnxShapes shapes = new OnnxShapes(open, tensors)) {
        Map<String, TensorInfo> one = shapes.of(photos(1, size, layout, normalization));
        Map<String, TensorInfo> two;
        try {
          two = shapes.of(photos(2, size, layout, normalization));
        } catch (IllegalArgumentException e) {
          throw fixedBatch(input.name(), firstLine(e), e);
        }
        OnnxGraph declared = open.declaring(freeInBatch(one, two));
        if (batch > 0 && one.get(end.name()).equals(two.get(end.name()))) {
          throw fixedBatch(input.name(), "it gives one row for two photos", null);
        }
        return new MeasuredNetwork(
            file, declared, layout, size, new NetworkShape(declared, layout));
      } catch (IllegalArgumentException e) {
        throw new BackboneException(
            file,
            "it does not run with a photo of %dx%d: %s".formatted(size, size, firstLine(e)),
            e);
      }
    }

    private OnnxGraph withFreeBatch(long batch, int size, ImageLayout layout)
        throws BackboneException {
      Set<String> written = network.writtenForOneBatch();
      if (written.isEmpty()) {
        return network.declaringNothing();
      }
      try (OnnxRun run = new OnnxRun(network, written)) {
        return network
            .withFreeBatch(batch, run.values(photos(Math.toIntExact(batch), size, layout, null)))
            .declaringNothing();
      } catch (IllegalArgumentException e) {
        throw new BackboneException(file, "it does not run: " + firstLine(e), e);
      }
    }

    /** The first output that looks like a row of numbers a photo, else the first. */
    private TensorInfo mainOutput() {
      List<TensorInfo> outputs = network.outputs();
      return outputs.stream()
          .filter(output -> output.type() == ElementType.FLOAT && output.shape().rank() == 2)
          .findFirst()
          .orElse(outputs.get(0));
    }

    private ImageLayout layout(TensorInfo input) throws BackboneException {
      Shape shape = input.shape();
      if (shape.rank() != 4 && shape.rank() != -1) {
        throw new BackboneException(
            file,
            "expected an input [N, 3, height, width] or [N, height, width, 3], found " + input);
      }
      long first = shape.rank() == 4 ? shape.size(1) : -1;
      long last = shape.rank() == 4 ? shape.size(3) : -1;
      if (first == 3 || last == 3) {
        return first == 3 ? ImageLayout.CHANNELS_FIRST : ImageLayout.CHANNELS_LAST;
      }
      if (first > 0 && last > 0) {
        throw new BackboneException(file, "expected an input of 3 colour channels, found " + input);
      }
      // Channels of no fixed number: what reads the input tells.
      for (OnnxNode node : network.nodes()) {
        if (node.inputs().contains(input.name()) && node.opType().equals("Transpose")) {
          return Arrays.equals(node.intsAttribute("perm"), new long[] {0, 3, 1, 2})
              ? ImageLayout.CHANNELS_LAST
              : ImageLayout.CHANNELS_FIRST;
        }
      }
      return ImageLayout.CHANNELS_FIRST;
    }

    private int size(TensorInfo input, ImageLayout layout, int wanted, int usual)
        throws BackboneException {
      int first = layout == ImageLayout.CHANNELS_FIRST ? 2 : 1;
      long height = input.shape().rank() == 4 ? input.shape().size(first) : -1;
      long width = input.shape().rank() == 4 ? input.shape().size(first + 1) : -1;
      if (height > 0 && width > 0 && height != width) {
        throw new BackboneException(
            file, "expected an input as high as it is wide, found %s".formatted(input));
      }
      long fixed = Math.max(height, width);
      if (fixed > 0 && wanted > 0 && fixed != wanted) {
        throw new IllegalArgumentException(
            "%s: it takes photos of %dx%d alone (%s), not of %dx%d"
                .formatted(file, fixed, fixed, input, wanted, wanted));
      }
      if (fixed > 0) {
        return Math.toIntExact(fixed);
      }
      if (wanted > 0) {
        return wanted;
      }
      return usual;
    }

    /** With N where a dimension is that of the batch, "?" where it depends on it in another way. */
    private static List<TensorInfo> freeInBatch(
        Map<String, TensorInfo> one, Map<String, TensorInfo> two) {
      List<TensorInfo> all = new ArrayList<>();
      for (TensorInfo info : one.values()) {
        List<Object> dims = new ArrayList<>();
        Shape more = two.get(info.name()).shape();
        for (int axis = 0; axis < info.shape().rank(); axis++) {
          long small = info.shape().size(axis);
          long large = more.rank() == info.shape().rank() ? more.size(axis) : -1;
          if (small == large) {
            dims.add(small);
          } else {
            dims.add(small == 1 && large == 2 ? "N" : "?");
          }
        }
        all.add(new TensorInfo(info.name(), info.type(), Shape.of(dims.toArray())));
      }
      return all;
    }

    private BackboneException fixedBatch(String input, String reason, Throwable cause) {
      return new BackboneException(
          file,
          ("it takes one photo at a time (%s); export it again with a free batch:"
                  + " torch.onnx.export(..., dynamic_axes={\"%s\": {0: \"N\"}}), or with dynamo=True"
                  + " dynamic_shapes=({0: torch.export.Dim(\"N\")},); None as the first size of"
                  + " tf2onnx's input signature")
              .formatted(reason, input),
          cause);
    }
  }
}

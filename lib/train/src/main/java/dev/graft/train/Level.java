package dev.graft.train;

import dev.graft.features.FeatureExtractor;
import dev.graft.fit.HeadGraph;
import dev.graft.fit.ModelGraph;
import dev.graft.model.ModelTensors;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorInfo;
import dev.graft.photo.Resize;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A place where a network is taken apart: what is below stays as it is, what is above learns.
 *
 * @param name of the tensor, and how it is pooled or flattened
 * @param frozen from {@code image} to the tensor; null where that is the image
 * @param extractor runs it; null where there is nothing to run
 * @param shape of the tensor, without the batch's axis
 * @param above layers of the backbone that learn, from the tensor to the features; null where the
 *     head alone does
 */
@SuppressWarnings("ArrayRecordComponent") // of the package, never compared
record Level(
    String name, OnnxGraph frozen, FeatureExtractor extractor, long[] shape, OnnxGraph above) {

  /** Between the backbone and the head. */
  static Level belowHead(NetworkPlan plan, Workbench bench) throws IOException {
    OnnxGraph backbone = ModelGraph.backbone(plan.backbone());
    OnnxGraph frozen =
        backbone.then(ModelGraph.vector(plan.backbone(), plan.head(), backbone.opset()));
    String name =
        plan.backbone().card().featuresTensor()
            + (plan.head() instanceof Head.Linear ? ", pooled" : ", flattened");
    return new Level(
        name,
        frozen,
        bench.extractor(plan, name, frozen, HeadGraph.INPUT),
        new long[] {plan.inputs()},
        null);
  }

  /** Below the layers of the backbone that learn. */
  static Level belowTrainedLayers(NetworkPlan plan, Workbench bench) throws IOException {
    Resize size = plan.preprocessing().resize();
    OnnxGraph graph = OnnxGraph.parse(plan.backbone().toOnnx(), plan.backbone().card().name());
    String from = plan.backbone().isPretrained() ? plan.fineTuning().from() : FineTuning.ALL;
    String tensor = plan.backbone().cutPointBelow(from);
    OnnxGraph fromImage = ModelGraph.backbone(plan.backbone());
    if (tensor.equals(graph.inputs().get(0).name())) {
      return new Level(
          ModelTensors.IMAGE, null, null, new long[] {size.height(), size.width(), 3}, fromImage);
    }
    OnnxGraph frozen = fromImage.cut(tensor, tensor);
    FeatureExtractor extractor = bench.extractor(plan, tensor, frozen, tensor);
    long[] shape = extractor.outputShape(size);
    Object[] dims = Stream.concat(Stream.of("N"), Arrays.stream(shape).boxed()).toArray();
    OnnxGraph above = graph.after(new TensorInfo(tensor, ElementType.FLOAT, Shape.of(dims)));
    return new Level(tensor, frozen, extractor, shape, above);
  }

  /** Numbers of one photo at the tensor. */
  int length() {
    return Math.toIntExact(LongStream.of(shape).reduce(1, Math::multiplyExact));
  }
}

package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.graft.backbone.ModelZoo;
import dev.graft.djl.OnnxBlock;
import dev.graft.djl.TrainingDevice;
import dev.graft.onnx.OrtRun;
import dev.graft.onnx.TensorInfo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Real weights of two networks that are not bundled. ExportsTest has networks of the same kinds
 * with few channels, which are bundled.
 */
class ModelZooTest {

  private static void check(ModelZoo model, Map<String, Float> tolerances) throws Exception {
    Map<String, float[]> outputs = OrtRun.floats(model.graph(), model.input(), 1, 3, 224, 224);
    try (NDManager manager = TrainingDevice.CPU.newManager()) {
      OnnxBlock block = new OnnxBlock(model.graph());
      Shape shape = new Shape(1, 3, 224, 224);
      block.initialize(manager, DataType.FLOAT32, shape);
      NDList ours =
          block.forward(
              new ParameterStore(manager, false),
              new NDList(manager.create(model.input(), shape)),
              false);
      List<String> names = model.graph().outputs().stream().map(TensorInfo::name).toList();
      for (int i = 0; i < names.size(); i++) {
        String name = names.get(i);
        float[] expected = model.expected().get(name);
        assertArrayEquals(expected, outputs.get(name), tolerances.get(name), "ONNX Runtime");
        assertArrayEquals(expected, ours.get(i).toFloatArray(), tolerances.get(name), "DJL");
      }
    }
  }

  @Test
  void mobileNetV2MeetsItsGoldenFeatures() throws Exception {
    // Up to 5.3 through 52 layers in float32: 6e-6 of the largest. ReLU for ReLU6 is off by 0.9.
    check(ModelZoo.mobileNetV2(), Map.of("features", 3e-5f));
  }

  @Test
  void squeezeNetMeetsItsGoldenFeaturesAndLogits() throws Exception {
    // Up to 105 and 8.2: 3e-6 of the largest.
    check(ModelZoo.squeezeNet(), Map.of("features", 3e-4f, "logits", 2.5e-5f));
  }
}

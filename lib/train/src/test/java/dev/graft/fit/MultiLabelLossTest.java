package dev.graft.fit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import dev.graft.evaluate.MultiLabelEvaluation;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That evaluation measures what training minimises. */
class MultiLabelLossTest {

  /** The loss that training would minimise; PyTorch adds floats, so 7 digits agree. */
  @Test
  void givesTheLossOfDjlToo() {
    float[] logits = {-30, -5, -1, 0.5f, 2, 16};
    float[] truth = {1, 0, 0, 1, 1, 0};
    double ours =
        MultiLabelEvaluation.summary(
                List.of(0.5, 0.5),
                List.of(new float[] {1, 0}, new float[] {0, 1}, new float[] {1, 0}),
                List.of(new float[] {-30, -5}, new float[] {-1, 0.5f}, new float[] {2, 16}))
            .loss();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Shape shape = new Shape(3, 2);
      float djl =
          Loss.sigmoidBinaryCrossEntropyLoss()
              .evaluate(
                  new NDList(manager.create(truth, shape)),
                  new NDList(manager.create(logits, shape)))
              .getFloat();
      assertEquals(ours, djl, 1e-6 * ours);
    }
  }
}

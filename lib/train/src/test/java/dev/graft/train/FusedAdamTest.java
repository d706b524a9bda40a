package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FusedAdamTest {

  /** One chunk is 1024 floats, one task 131072: 300 x 700 needs more than one of each. */
  private static final int INPUTS = 700;

  private static final int HIDDEN = 300;
  private static final int CLASSES = 4;
  private static final int STEPS = 25;

  /**
   * The two differ by the order of float operations alone, about 1e-7 of a step; 25 steps of 1e-3
   * move a weight by at most 0.025.
   */
  private static final float ROUNDING = 2e-6f;

  @ParameterizedTest
  @ValueSource(floats = {0, 0.01f})
  void movesTheWeightsAsDjlsAdamDoes(float weightDecay) {
    Hyperparameters hyperparameters = new Hyperparameters(1, 8, 1e-3f, weightDecay);
    List<DenseLayer> djl =
        train(
            Optimizer.adam()
                .optLearningRateTracker(Tracker.fixed(1e-3f))
                .optWeightDecays(weightDecay)
                .build(),
            Trainer::step);
    FusedAdam adam = new FusedAdam(hyperparameters);
    List<DenseLayer> fused =
        train(
            Optimizer.adam().build(),
            trainer -> adam.step(trainer.getModel().getBlock().getParameters()));
    assertEquals(2, fused.size());
    for (int i = 0; i < djl.size(); i++) {
      assertArrayEquals(djl.get(i).weight(), fused.get(i).weight(), ROUNDING, "weight " + i);
      assertArrayEquals(djl.get(i).bias(), fused.get(i).bias(), ROUNDING, "bias " + i);
    }
  }

  private static List<DenseLayer> train(Optimizer optimizer, Consumer<Trainer> step) {
    HeadBlock block = new HeadBlock(Head.flattenDense(HIDDEN, 0), CLASSES);
    Loss loss = Loss.softmaxCrossEntropyLoss();
    try (Model model = Model.newInstance("head", Device.cpu())) {
      model.setBlock(block.block());
      try (Trainer trainer =
          model.newTrainer(
              new DefaultTrainingConfig(loss)
                  .optOptimizer(optimizer)
                  .optDevices(new Device[] {Device.cpu()}))) {
        trainer.initialize(new Shape(1, INPUTS));
        block.randomize(5);
        Random random = new Random(6);
        for (int i = 0; i < STEPS; i++) {
          try (NDManager batch = trainer.getManager().newSubManager()) {
            float[] values = new float[8 * INPUTS];
            for (int j = 0; j < values.length; j++) {
              values[j] = random.nextFloat();
            }
            NDArray features = batch.create(values, new Shape(8, INPUTS));
            NDArray truth = batch.create(new int[] {0, 1, 2, 3, 0, 1, 2, 3});
            try (GradientCollector gradients = trainer.newGradientCollector()) {
              NDList logits = trainer.forward(new NDList(features));
              gradients.backward(loss.evaluate(new NDList(truth), logits));
            }
            step.accept(trainer);
          }
        }
        return block.read();
      }
    }
  }
}

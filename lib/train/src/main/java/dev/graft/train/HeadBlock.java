package dev.graft.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;

/**
 * A {@link Head} as DJL sees it: features {@code [N, inputs]} to logits {@code [N, classes]}. There
 * is no softmax: the loss takes logits.
 */
final class HeadBlock {

  private final SequentialBlock block = new SequentialBlock();
  private final List<Linear> dense;

  HeadBlock(Head head, int classes) {
    Linear logits = Linear.builder().setUnits(classes).build();
    if (head instanceof Head.FlattenDense flatten) {
      Linear hidden = Linear.builder().setUnits(flatten.hidden()).build();
      block.add(hidden).add(Activation.reluBlock());
      dense = List.of(hidden, logits);
    } else {
      dense = List.of(logits);
    }
    if (head.dropout() > 0) {
      block.add(Dropout.builder().optRate(head.dropout()).build());
    }
    block.add(logits);
  }

  Block block() {
    return block;
  }

  /** Makes the parameters: {@link #write} or {@link #randomize} fills them. */
  void initialize(NDManager manager, int inputs) {
    block.initialize(manager, DataType.FLOAT32, new Shape(1, inputs));
  }

  /**
   * Uniform weights in +-sqrt(6 / (inputs + outputs)), biases 0, as Keras' Dense (Glorot and
   * Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010). The
   * numbers come from Java, so that they do not depend on DJL's engine. A head of one dense layer
   * has one minimum wherever it starts, and starts at 0: what is random there only adds noise.
   */
  void randomize(long seed) {
    Random random = new Random(seed);
    for (Linear layer : dense) {
      NDArray weight = weight(layer);
      double limit = Math.sqrt(6.0 / (weight.getShape().get(0) + weight.getShape().get(1)));
      float[] values = new float[Math.toIntExact(weight.size())];
      for (int i = 0; i < values.length && dense.size() > 1; i++) {
        values[i] = (float) ((2 * random.nextDouble() - 1) * limit);
      }
      memory(weight).put(values);
      memory(bias(layer)).put(new float[Math.toIntExact(bias(layer).size())]);
    }
  }

  List<DenseLayer> read() {
    return dense.stream()
        .map(
            layer -> {
              Shape shape = weight(layer).getShape();
              return new DenseLayer(
                  Math.toIntExact(shape.get(0)),
                  Math.toIntExact(shape.get(1)),
                  weight(layer).toFloatArray(),
                  bias(layer).toFloatArray());
            })
        .toList();
  }

  void write(List<DenseLayer> layers) {
    for (int i = 0; i < layers.size(); i++) {
      memory(weight(dense.get(i))).put(layers.get(i).weight());
      memory(bias(dense.get(i))).put(layers.get(i).bias());
    }
  }

  static NDManager newManager() {
    return NDManager.newBaseManager(Device.cpu());
  }

  /** An array's own memory, not a copy: {@code NDArray.set} would have PyTorch print a warning. */
  static FloatBuffer memory(NDArray array) {
    return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private static NDArray weight(Linear layer) {
    return layer.getParameters().get("weight").getArray();
  }

  private static NDArray bias(Linear layer) {
    return layer.getParameters().get("bias").getArray();
  }
}

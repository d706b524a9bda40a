package dev.graft.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.Consumer;

/** How Java reaches the numbers of DJL's arrays. Both ways give the same numbers to the bit. */
public enum HostAccess {

  /** They are in one memory: arrays of the CPU alone. */
  IN_PLACE {
    @Override
    NDArray create(NDManager manager, Shape shape, Consumer<FloatBuffer> write) {
      // Filled in place: a direct buffer would stay until the garbage collector finds it.
      NDArray array = manager.create(shape);
      write.accept(memory(array));
      return array;
    }

    @Override
    void read(NDArray array, Consumer<FloatBuffer> reader) {
      reader.accept(memory(array));
    }

    @Override
    void change(NDArray array, Consumer<FloatBuffer> writer) {
      writer.accept(memory(array));
    }

    @Override
    void clear(NDArray array) {}
  },

  /** Java works on copies: arrays of any device, and the only way to those of a GPU. */
  BY_COPY {
    @Override
    NDArray create(NDManager manager, Shape shape, Consumer<FloatBuffer> write) {
      try (NDManager scratch = manager.newSubManager(Device.cpu())) {
        NDArray host = scratch.create(shape);
        write.accept(memory(host));
        NDArray array = copy(host, manager.getDevice());
        array.attach(manager);
        return array;
      }
    }

    @Override
    void read(NDArray array, Consumer<FloatBuffer> reader) {
      // DJL's own ways to the values leave such a copy to the array's manager, for a weight too
      // long.
      try (NDManager scratch = array.getManager().newSubManager(Device.cpu())) {
        reader.accept(memory(onHost(array, scratch)));
      }
    }

    @Override
    void change(NDArray array, Consumer<FloatBuffer> writer) {
      try (NDManager scratch = array.getManager().newSubManager(Device.cpu())) {
        NDArray host = onHost(array, scratch);
        writer.accept(memory(host));
        NDArray changed = copy(host, array.getDevice());
        // PyTorch records the operations on weights in every thread but the one that loaded it, and
        // changes none in place meanwhile.
        boolean recorded = JniUtils.isGradMode();
        JniUtils.setGradMode(false);
        try {
          array.muli(0).addi(changed);
        } finally {
          JniUtils.setGradMode(recorded);
        }
      }
    }

    @Override
    void clear(NDArray array) {
      array.muli(0);
    }
  };

  abstract NDArray create(NDManager manager, Shape shape, Consumer<FloatBuffer> write);

  abstract void read(NDArray array, Consumer<FloatBuffer> reader);

  abstract void change(NDArray array, Consumer<FloatBuffer> writer);

  abstract void clear(NDArray array);

  /**
   * The own memory of an array on the CPU, not a copy: {@code NDArray.set} would have PyTorch print
   * a warning.
   */
  static FloatBuffer memory(NDArray array) {
    return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** A copy that goes with its manager. */
  private static NDArray onHost(NDArray array, NDManager scratch) {
    // A copy on another device is given a manager of its own below that of what it is a copy of.
    NDArray host = copy(array, Device.cpu());
    NDManager own = host.getManager();
    host.attach(scratch);
    if (own != array.getManager()) {
      own.close();
    }
    return host;
  }

  /** On the device that it is on, {@code toDevice} would give the same memory again. */
  private static NDArray copy(NDArray array, Device device) {
    return array.getDevice().equals(device) ? array.duplicate() : array.toDevice(device, true);
  }
}

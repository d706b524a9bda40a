package dev.graft.engine;

import dev.graft.device.Device;
import dev.graft.device.InferenceException;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.UnaryOperator;

/**
 * The runs of one model that takes photos, and the shape that they have: how many are under way at
 * once, with how many threads and photos each. Thread-safe; {@link #close} waits for what is
 * running.
 */
public final class ModelRuns implements AutoCloseable {

  /** Photos at once where nobody has chosen and nothing was measured. */
  public static final int BATCH = 8;

  private final String name;
  private final String input;
  private final List<String> outputs;
  private final Sessions sessions;
  private final int threads;
  private volatile RunShape shape;
  private volatile boolean shapeIsFixed;

  // Direct buffers, as many as runs were ever under way at once. Used again, for the memory of one
  // that is dropped comes back late.
  private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();

  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  /**
   * Takes over the sessions.
   *
   * @param name what messages call it
   * @param input takes uint8 {@code [N, height, width, 3]}
   * @param outputs float tensors, the first axis of each being the photos'
   * @param threads that all runs together may take, at least 1
   * @param shape to begin with
   * @param shapeIsFixed whether there is nothing to measure
   */
  public ModelRuns(
      String name,
      String input,
      List<String> outputs,
      Sessions sessions,
      int threads,
      RunShape shape,
      boolean shapeIsFixed) {
    this.name = name;
    this.input = input;
    this.outputs = List.copyOf(outputs);
    this.sessions = sessions;
    this.threads = threads;
    this.shape = shape;
    this.shapeIsFixed = shapeIsFixed;
  }

  /** What it runs on. */
  public Device device() {
    return sessions.first().device();
  }

  /** Threads that all runs under way may take together. */
  public int threads() {
    return threads;
  }

  /** At first a guess, later what was measured. */
  public RunShape shape() {
    return shape;
  }

  /** Whether there is nothing left to measure. */
  public boolean isShapeFixed() {
    return shapeIsFixed;
  }

  /** Whether each run takes one thread, so that runs side by side fill the cores. */
  public boolean isSideBySide() {
    return shape.threads() == 1 || !(device() instanceof Device.Cpu);
  }

  /**
   * Gives each run one thread and each thread a run: usually the fastest for many photos, but it
   * takes a second copy of the model.
   */
  public synchronized void runSideBySide() {
    if (!isSideBySide() && !shapeIsFixed) {
      shape = shape.withThreads(threads, 1);
    }
  }

  /**
   * Measures which shape is fastest, where it is not fixed, and keeps it.
   *
   * @param size of the photos
   * @param work see {@link ShapeSearch#search}
   * @param limits what of the shape may change; on another device than the CPU its threads never do
   * @throws InferenceException if the model cannot be run in the shape that it has
   */
  public synchronized void findShape(Resize size, Duration work, UnaryOperator<ShapeSearch> limits)
      throws InferenceException {
    if (shapeIsFixed) {
      return;
    }
    ShapeSearch search = ShapeSearch.of(new Measured(), size.width(), size.height(), threads);
    if (!(device() instanceof Device.Cpu)) {
      search = search.withFixedThreads();
    }
    try {
      shape = limits.apply(search).search(shape, work);
    } catch (UncheckedIOException e) {
      throw (InferenceException) e.getCause();
    }
    shapeIsFixed = true;
  }

  /** This model for a measurement. */
  private final class Measured implements ShapeSearch.Model {

    @Override
    public List<float[]> run(List<Pixels> photos, int threadsOfRun) {
      try {
        return rows(ModelRuns.this.run(photos, threadsOfRun, null).get(0), photos.size());
      } catch (InferenceException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void release(int threadsOfRun) {
      open.writeLock().lock();
      try {
        sessions.release(threadsOfRun);
      } finally {
        open.writeLock().unlock();
      }
    }
  }

  /** An output a photo, flattened in the output's own order. */
  public static List<float[]> rows(InferenceSession.Output output, int photos) {
    int length = output.values().length / photos;
    List<float[]> rows = new ArrayList<>(photos);
    for (int row = 0; row < photos; row++) {
      rows.add(Arrays.copyOfRange(output.values(), row * length, (row + 1) * length));
    }
    return rows;
  }

  /** One run in the present shape. */
  public List<InferenceSession.Output> run(List<Pixels> photos) throws InferenceException {
    return run(photos, shape.threads(), null);
  }

  /**
   * One run.
   *
   * @param photos at least one, all of one size
   * @param threadsOfRun that it takes
   * @param expected shape of each output; null where it may have any
   * @return the outputs, in the order of their names
   * @throws InferenceException if ONNX Runtime fails, say for want of memory
   * @throws IllegalStateException if this is closed
   */
  public List<InferenceSession.Output> run(List<Pixels> photos, int threadsOfRun, long[] expected)
      throws InferenceException {
    open.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException(name + " is closed");
      }
      Pixels first = photos.get(0);
      int bytes = Math.multiplyExact(photos.size(), first.rgb().length);
      ByteBuffer buffer = buffers.poll();
      if (buffer == null || buffer.capacity() < bytes) {
        buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
      }
      buffer.clear();
      for (Pixels photo : photos) {
        buffer.put(photo.rgb());
      }
      long[] dims = {photos.size(), first.height(), first.width(), 3};
      try {
        List<InferenceSession.Output> found =
            sessions.of(threadsOfRun).run(input, buffer.flip(), dims, outputs, expected);
        if (found.get(0).shape()[0] != photos.size()) {
          throw new InferenceException(
              "expected %d rows of %s, the model gave %d"
                  .formatted(photos.size(), outputs.get(0), found.get(0).shape()[0]));
        }
        return found;
      } finally {
        buffers.add(buffer);
      }
    } finally {
      open.readLock().unlock();
    }
  }

  /** One run in the present shape on one gray photo: shows whether a device really works. */
  public List<InferenceSession.Output> runGray(Resize size) throws InferenceException {
    return run(List.of(gray(size)));
  }

  /** A gray photo, to run a model before there is a real one. */
  public static Pixels gray(Resize size) {
    byte[] gray = new byte[size.width() * size.height() * 3];
    Arrays.fill(gray, (byte) 128);
    return new Pixels(size.width(), size.height(), gray);
  }

  /** Frees the model once what runs has ended. Closing twice does nothing. */
  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        buffers.clear();
        sessions.close();
      }
    } finally {
      open.writeLock().unlock();
    }
  }
}

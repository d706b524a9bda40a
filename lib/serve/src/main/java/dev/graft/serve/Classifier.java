package dev.graft.serve;

import dev.graft.device.Device;
import dev.graft.device.InferenceException;
import dev.graft.engine.DeviceChoice;
import dev.graft.engine.InferenceSession;
import dev.graft.engine.Int8Arithmetic;
import dev.graft.engine.RunShape;
import dev.graft.engine.ShapeSearch;
import dev.graft.error.ErrorCode;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.model.ModelFile;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A model file, ready to classify photos. Thread-safe: one classifier serves all threads, and
 * {@link #close()} waits for what is running.
 */
public final class Classifier implements AutoCloseable {

  private static final String IMAGE = "image";
  private static final String PROBABILITIES = "probabilities";
  private static final String LOGITS = "logits";

  /** Of {@link #classifyAll} where nobody has chosen and nothing was measured. */
  private static final int BATCH = 8;

  private final Path file;
  private final ModelFile model;
  private final ClassifierOptions options;
  private final InferenceSession session;
  private final Optional<String> fallback;
  private final PhotoReader reader;

  // On the CPU: sessions whose runs take another number of threads, by that number.
  private final Map<Integer, InferenceSession> sessions = new ConcurrentHashMap<>();

  /** Of the bytes that were opened: further sessions come from the same or there are none. */
  private final long fingerprint;

  private volatile boolean fileIsAnother;
  private volatile RunShape shape;
  private volatile boolean shapeIsFixed;

  // Direct buffers, as many as runs were ever under way at once. Used again, for the memory of one
  // that is dropped comes back late.
  private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();

  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  private Classifier(
      ModelBytes bytes,
      ModelFile model,
      ClassifierOptions options,
      InferenceSession session,
      Optional<String> fallback) {
    this.file = bytes.file();
    this.fingerprint = bytes.fingerprint();
    this.model = model;
    this.options = options;
    this.session = session;
    this.fallback = fallback;
    PhotoReader usual = PhotoReader.create();
    this.reader = options.exactDecoding() ? usual.withExactDecoding() : usual;
    int batchSize = options.batchSize();
    if (device() instanceof Device.Cpu) {
      // Two overlap what each does on one thread alone.
      this.shape = new RunShape(Math.min(2, threads()), threads(), Math.max(1, batchSize));
      this.shapeIsFixed = threads() == 1 && batchSize > 0;
    } else {
      this.shape = new RunShape(1, threads(), batchSize == 0 ? BATCH : batchSize);
      this.shapeIsFixed = batchSize > 0;
    }
  }

  /** Opens with {@link ClassifierOptions#defaults()}. */
  public static Classifier open(Path file) throws ModelException {
    return open(file, ClassifierOptions.defaults());
  }

  /**
   * Loads a model file. What it needs to know stands in the file's metadata. The classifier stays
   * what it is when the file is replaced, changed or deleted.
   *
   * @throws ModelException if the file is missing, truncated, damaged, no Graft model, or ONNX
   *     Runtime cannot run it
   */
  public static Classifier open(Path file, ClassifierOptions options) throws ModelException {
    return open(ModelBytes.read(file, options.allowChanged()), options);
  }

  /** The same with bytes that were read already. */
  public static Classifier open(ModelBytes bytes, ClassifierOptions options) throws ModelException {
    ModelFile model = bytes.describe();
    return DeviceChoice.start(
        options.device(), (device, fallback) -> start(bytes, model, options, device, fallback));
  }

  private static Classifier start(
      ModelBytes bytes,
      ModelFile model,
      ClassifierOptions options,
      Device device,
      Optional<String> fallback)
      throws ModelException {
    InferenceSession session;
    try {
      session = InferenceSession.open(bytes.buffer(), device, options.threads());
    } catch (InferenceException e) {
      throw failed(bytes.file(), "ONNX Runtime cannot load it", e);
    }
    Classifier classifier = new Classifier(bytes, model, options, session, fallback);
    try {
      classifier.checkGraph();
      // Whether a GPU really works shows in a run.
      if (options.warmUp() || !(device instanceof Device.Cpu)) {
        classifier.warmUp();
      }
      return classifier;
    } catch (ModelException | RuntimeException e) {
      classifier.close();
      throw e;
    }
  }

  private static ModelException failed(Path file, String what, InferenceException cause) {
    return new ModelException(
        ErrorCode.INFERENCE_FAILED, file, what + ": " + cause.getMessage(), cause);
  }

  /** The labels, in the order of the model's outputs. */
  public List<String> classes() {
    return model.classes();
  }

  /** What the file says about itself. */
  public ModelFile modelFile() {
    return model;
  }

  public ClassifierOptions options() {
    return options;
  }

  /** What the model really runs on. */
  public Device device() {
    return session.device();
  }

  /** Why that is not the device that was asked for, for people to read; empty where it is. */
  public Optional<String> fallback() {
    return fallback;
  }

  /**
   * Why its answers may be wrong on this machine, for people to read; empty where nothing speaks
   * for that.
   */
  public Optional<String> warning() {
    return device() instanceof Device.Cpu && Int8Arithmetic.isNeededBy(model.quantization())
        ? Int8Arithmetic.warning(file, Int8Arithmetic.isExact())
        : Optional.empty();
  }

  /** Threads that run the model, of all runs under way together. */
  private int threads() {
    return options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
  }

  /** How {@link BatchClassifier} runs this model: at first a guess, later what it has measured. */
  public RunShape shape() {
    return shape;
  }

  /** Whether there is nothing left to measure. */
  boolean isShapeFixed() {
    return shapeIsFixed;
  }

  /** Whether each run takes one thread, so that runs side by side fill the cores. */
  boolean isSideBySide() {
    return shape.threads() == 1 || !(device() instanceof Device.Cpu);
  }

  /**
   * Gives each run one thread and each thread a run: usually the fastest for many photos, but it
   * takes a second copy of the model.
   */
  synchronized void runSideBySide() {
    if (!isSideBySide() && !shapeIsFixed) {
      shape = shape.withThreads(threads(), 1);
    }
  }

  /**
   * Measures which shape is fastest, where the options leave it open, and keeps it.
   *
   * @param work see {@link ShapeSearch#search}
   */
  synchronized void findShape(Duration work) {
    if (shapeIsFixed) {
      return;
    }
    Resize size = model.preprocessing().resize();
    ShapeSearch search = ShapeSearch.of(new Shaped(), size.width(), size.height(), threads());
    if (!(device() instanceof Device.Cpu)) {
      search = search.withFixedThreads();
    }
    if (options.batchSize() > 0) {
      search = search.withFixedBatchSize();
    }
    shape = search.search(shape, work);
    shapeIsFixed = true;
  }

  /** This model for a measurement. */
  private final class Shaped implements ShapeSearch.Model {

    @Override
    public List<float[]> run(List<Pixels> photos, int threads) {
      return predict(photos, threads).stream().map(Prediction::logits).toList();
    }

    @Override
    public void release(int threads) {
      open.writeLock().lock();
      try {
        close(sessions.remove(threads));
      } finally {
        open.writeLock().unlock();
      }
    }
  }

  /**
   * The session whose runs take so many threads; on a GPU there is but one, and where the file is
   * no longer what was opened.
   */
  private InferenceSession session(int threads) throws ModelException {
    if (threads == threads() || fileIsAnother || !(device() instanceof Device.Cpu)) {
      return session;
    }
    try {
      InferenceSession other = sessions.computeIfAbsent(threads, this::openOther);
      return other == null ? session : other;
    } catch (UncheckedIOException e) {
      throw (ModelException) e.getCause();
    }
  }

  /**
   * Another session of the same bytes, which are read again: kept, they would take as much memory
   * as a session. Null where they cannot be had: it is faster to have several sessions, no more.
   */
  private InferenceSession openOther(int threads) {
    try {
      ModelBytes bytes = ModelBytes.read(file, true);
      if (bytes.fingerprint() == fingerprint) {
        return InferenceSession.open(bytes.buffer(), Device.cpu(), threads);
      }
    } catch (InferenceException e) {
      throw new UncheckedIOException(failed(file, "ONNX Runtime cannot load it", e));
    } catch (ModelException e) {
      // Deleted, or no model any more.
    }
    fileIsAnother = true;
    return null;
  }

  /**
   * Reads a photo as this model wants it: the pixels for {@link #classify(Pixels)}.
   *
   * @throws PhotoException if it cannot be read
   */
  public Pixels read(Path photo) throws PhotoException {
    return reader.read(photo, model.preprocessing());
  }

  /**
   * Classifies one photo.
   *
   * @throws PhotoException if it cannot be read
   * @throws IllegalStateException if this classifier is closed; so do the other methods
   * @throws UncheckedIOException if the model cannot run, say for want of memory; so do the others
   */
  public Prediction classify(Path photo) throws PhotoException {
    return classify(read(photo));
  }

  /**
   * Classifies one photo in memory.
   *
   * @param encoded the bytes of an image file
   * @param name what error messages call it
   * @throws PhotoException if it cannot be read
   */
  public Prediction classify(byte[] encoded, String name) throws PhotoException {
    return classify(reader.read(encoded, name, model.preprocessing()));
  }

  /**
   * Classifies one photo that is decoded already.
   *
   * @param pixels of exactly the size that the model expects, see {@link
   *     dev.graft.photo.PhotoPreprocessing#resize()}
   * @throws IllegalArgumentException if they are of another size
   */
  public Prediction classify(Pixels pixels) {
    return classifyAll(List.of(pixels)).get(0);
  }

  /**
   * Classifies photos that are decoded already, {@link ClassifierOptions#batchSize()} at a time, or
   * 8 where that is 0.
   *
   * @return one prediction for each, in their order
   * @throws IllegalArgumentException if one is not of the size that the model expects
   */
  public List<Prediction> classifyAll(List<Pixels> photos) {
    Resize size = model.preprocessing().resize();
    for (Pixels photo : photos) {
      if (photo.width() != size.width() || photo.height() != size.height()) {
        throw new IllegalArgumentException(
            "expected pixels of %d x %d (width x height), got %d x %d; read photos with read(Path)"
                .formatted(size.width(), size.height(), photo.width(), photo.height()));
      }
    }
    int batchSize = options.batchSize() == 0 ? BATCH : options.batchSize();
    List<Prediction> predictions = new ArrayList<>(photos.size());
    for (int from = 0; from < photos.size(); from += batchSize) {
      int to = Math.min(photos.size(), from + batchSize);
      predictions.addAll(predict(photos.subList(from, to), threads()));
    }
    return predictions;
  }

  /** Runs photos of the right size, all at once, on so many threads. */
  List<Prediction> predict(List<Pixels> photos, int threads) {
    List<Prediction> predictions = new ArrayList<>(photos.size());
    try {
      if (!photos.isEmpty()) {
        run(photos, threads, predictions);
      }
    } catch (ModelException e) {
      throw new UncheckedIOException(e);
    }
    return predictions;
  }

  private void run(List<Pixels> batch, int threads, List<Prediction> predictions)
      throws ModelException {
    open.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException(file + ": this classifier is closed");
      }
      Resize size = model.preprocessing().resize();
      int bytes = Math.multiplyExact(batch.size(), batch.get(0).rgb().length);
      ByteBuffer buffer = buffers.poll();
      if (buffer == null || buffer.capacity() < bytes) {
        buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
      }
      buffer.clear();
      for (Pixels photo : batch) {
        buffer.put(photo.rgb());
      }
      buffer.flip();
      long[] shape = {batch.size(), size.height(), size.width(), 3};
      try {
        List<InferenceSession.Output> outputs =
            session(threads)
                .run(
                    IMAGE,
                    buffer,
                    shape,
                    List.of(PROBABILITIES, LOGITS),
                    new long[] {batch.size(), classes().size()});
        float[] probabilities = numbers(PROBABILITIES, outputs.get(0));
        float[] logits = numbers(LOGITS, outputs.get(1));
        for (int row = 0; row < batch.size(); row++) {
          predictions.add(Prediction.of(model, probabilities, logits, row));
        }
      } finally {
        buffers.add(buffer);
      }
    } catch (InferenceException e) {
      throw failed(file, "ONNX Runtime cannot run it", e);
    } finally {
      open.readLock().unlock();
    }
  }

  private float[] numbers(String name, InferenceSession.Output output) throws ModelException {
    for (float value : output.values()) {
      if (Float.isNaN(value)) {
        throw new ModelException(
            ErrorCode.INFERENCE_FAILED, file, "its output " + name + " is not a number (NaN)");
      }
    }
    return output.values();
  }

  private void warmUp() throws ModelException {
    Resize size = model.preprocessing().resize();
    byte[] grey = new byte[size.width() * size.height() * 3];
    Arrays.fill(grey, (byte) 128);
    run(List.of(new Pixels(size.width(), size.height(), grey)), threads(), new ArrayList<>());
  }

  private void checkGraph() throws ModelException {
    Resize size = model.preprocessing().resize();
    long[] image = {-1, size.height(), size.width(), 3};
    String scores = "FLOAT " + Arrays.toString(new long[] {-1, classes().size()});
    try {
      check("input " + IMAGE, "UINT8 " + Arrays.toString(image), session.describeInput(IMAGE));
      check("output " + PROBABILITIES, scores, session.describeOutput(PROBABILITIES));
      check("output " + LOGITS, scores, session.describeOutput(LOGITS));
    } catch (InferenceException e) {
      throw failed(file, "ONNX Runtime cannot describe it", e);
    }
  }

  private void check(String tensor, String expected, String found) throws ModelException {
    if (!found.equals(expected)) {
      throw new ModelException(
          ErrorCode.MODEL_DAMAGED,
          file,
          "its graph does not fit its metadata: expected the %s of %s, found %s; export it again"
              .formatted(tensor, expected, found));
    }
  }

  /** Frees the model once what runs has ended. Closing twice does nothing. */
  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        buffers.clear();
        sessions.values().forEach(Classifier::close);
        sessions.clear();
        close(session);
      }
    } finally {
      open.writeLock().unlock();
    }
  }

  /** Closes one of the sessions, or nothing. */
  private static void close(InferenceSession one) {
    if (one != null) {
      one.close();
    }
  }
}

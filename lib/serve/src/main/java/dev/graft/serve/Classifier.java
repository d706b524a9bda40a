package dev.graft.serve;

import dev.graft.device.Device;
import dev.graft.device.InferenceException;
import dev.graft.engine.DeviceChoice;
import dev.graft.engine.InferenceSession;
import dev.graft.engine.Int8Arithmetic;
import dev.graft.engine.ModelRuns;
import dev.graft.engine.RunShape;
import dev.graft.engine.Sessions;
import dev.graft.error.ErrorCode;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.model.ModelFile;
import dev.graft.model.ModelTensors;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A model file, ready to classify photos. Thread-safe: one classifier serves all threads, and
 * {@link #close()} waits for what is running. Closed, it throws {@link IllegalStateException}.
 */
public final class Classifier implements PhotoClassifier, AutoCloseable {

  /** What messages call a model that came from no file. */
  private static final Path IN_MEMORY = Path.of("model in memory");

  private static final List<String> OUTPUTS =
      List.of(ModelTensors.PROBABILITIES, ModelTensors.LOGITS);

  private final Path file;
  private final ModelFile model;
  private final ClassifierOptions options;
  private final Optional<String> fallback;
  private final PhotoReader reader;
  private final ModelRuns runs;

  private Classifier(
      ModelBytes bytes,
      ModelFile model,
      ClassifierOptions options,
      InferenceSession session,
      Optional<String> fallback) {
    this.file = bytes.file();
    this.model = model;
    this.options = options;
    this.fallback = fallback;
    PhotoReader usual = PhotoReader.create();
    this.reader = options.exactDecoding() ? usual.withExactDecoding() : usual;
    int threads =
        options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
    int batchSize = options.batchSize();
    boolean onCpu = session.device() instanceof Device.Cpu;
    this.runs =
        new ModelRuns(
            file + ": this classifier",
            ModelTensors.IMAGE,
            OUTPUTS,
            new Sessions(session, threads, opening(bytes.again())),
            threads,
            onCpu
                // Two overlap what each does on one thread alone.
                ? new RunShape(Math.min(2, threads), threads, Math.max(1, batchSize))
                : new RunShape(1, threads, batchSize == 0 ? ModelRuns.BATCH : batchSize),
            batchSize > 0 && (!onCpu || threads == 1));
  }

  /** Of the same bytes: kept, those of a file would take as much memory as a session. */
  private static Sessions.Opening opening(Supplier<Optional<ModelBytes>> again) {
    return threads -> {
      Optional<ModelBytes> bytes = again.get();
      return bytes.isEmpty()
          ? Optional.empty()
          : Optional.of(InferenceSession.open(bytes.get().buffer(), Device.cpu(), threads));
    };
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
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(options, "options");
    return open(ModelBytes.read(file, options.allowChanged()), options);
  }

  /** Opens with {@link ClassifierOptions#defaults()}. */
  public static Classifier open(byte[] model) throws ModelException {
    return open(model, ClassifierOptions.defaults());
  }

  /**
   * Loads a model that is in memory, such as a resource or a row of a database. A copy of the bytes
   * is kept, for {@link BatchClassifier} may need a second session.
   *
   * @param model all of a model file
   * @throws ModelException as {@link #open(Path, ClassifierOptions)}
   */
  public static Classifier open(byte[] model, ClassifierOptions options) throws ModelException {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(options, "options");
    return open(ModelBytes.of(model, IN_MEMORY, options.allowChanged()), options);
  }

  /** Opens with {@link ClassifierOptions#defaults()}. */
  public static Classifier open(InputStream model) throws IOException {
    return open(model, ClassifierOptions.defaults());
  }

  /**
   * Loads a model from a stream, which is read to its end, as {@link #open(byte[],
   * ClassifierOptions)} does.
   *
   * @param model stays the caller's to close
   * @throws ModelException as {@link #open(Path, ClassifierOptions)}
   * @throws IOException if the stream cannot be read
   */
  public static Classifier open(InputStream model, ClassifierOptions options) throws IOException {
    Objects.requireNonNull(model, "model");
    return open(model.readAllBytes(), options);
  }

  /** Loads bytes that were read already. */
  public static Classifier open(ModelBytes bytes, ClassifierOptions options) throws ModelException {
    Objects.requireNonNull(bytes, "bytes");
    Objects.requireNonNull(options, "options");
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
      classifier.checkGraph(session);
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
  @Override
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
    return runs.device();
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

  /** How {@link BatchClassifier} runs this model. */
  ModelRuns runs() {
    return runs;
  }

  /** Measures which shape is fastest, where the options leave it open, and keeps it. */
  void findShape(Duration work) throws ModelException {
    try {
      runs.findShape(
          model.preprocessing().resize(),
          work,
          search -> options.batchSize() > 0 ? search.withFixedBatchSize() : search);
    } catch (InferenceException e) {
      throw failed(file, "ONNX Runtime cannot run it", e);
    }
  }

  /**
   * Reads a photo as this model wants it: the pixels for {@link #classify(Pixels)}.
   *
   * @throws PhotoException if it cannot be read
   */
  public Pixels read(Path photo) throws PhotoException {
    return reader.read(photo, model.preprocessing());
  }

  @Override
  public Prediction classify(Path photo) throws PhotoException, ModelException {
    return classify(read(photo));
  }

  @Override
  public Prediction classify(byte[] encoded, String name) throws PhotoException, ModelException {
    return classify(reader.read(encoded, name, model.preprocessing()));
  }

  @Override
  public Prediction classify(InputStream encoded, String name)
      throws PhotoException, ModelException {
    return classify(reader.read(encoded, name, model.preprocessing()));
  }

  @Override
  public Prediction classify(BufferedImage photo) throws ModelException {
    Objects.requireNonNull(photo, "photo");
    return classify(Pixels.of(photo));
  }

  @Override
  public Prediction classify(Pixels photo) throws ModelException {
    Objects.requireNonNull(photo, "photo");
    return classifyAll(List.of(photo)).get(0);
  }

  /**
   * Classifies photos that are decoded already, {@link ClassifierOptions#batchSize()} at a time, or
   * 8 where that is 0. Those of another size than the model's are brought to it, as files are.
   *
   * @return one prediction for each, in their order
   * @throws ModelException if the model cannot run, say for want of memory
   */
  public List<Prediction> classifyAll(List<Pixels> photos) throws ModelException {
    Objects.requireNonNull(photos, "photos");
    List<Pixels> seen = photos.stream().map(model.preprocessing()::apply).toList();
    int batchSize = options.batchSize() == 0 ? ModelRuns.BATCH : options.batchSize();
    List<Prediction> predictions = new ArrayList<>(photos.size());
    for (int from = 0; from < seen.size(); from += batchSize) {
      int to = Math.min(seen.size(), from + batchSize);
      predictions.addAll(predict(seen.subList(from, to), runs.threads()));
    }
    return predictions;
  }

  /** Runs photos of the model's size, all at once, on so many threads. */
  List<Prediction> predict(List<Pixels> photos, int threads) throws ModelException {
    List<Prediction> predictions = new ArrayList<>(photos.size());
    if (photos.isEmpty()) {
      return predictions;
    }
    long[] expected = {photos.size(), classes().size()};
    List<InferenceSession.Output> outputs;
    try {
      outputs = runs.run(photos, threads, expected);
    } catch (InferenceException e) {
      throw failed(file, "ONNX Runtime cannot run it", e);
    }
    float[] probabilities = numbers(ModelTensors.PROBABILITIES, outputs.get(0));
    float[] logits = numbers(ModelTensors.LOGITS, outputs.get(1));
    for (int row = 0; row < photos.size(); row++) {
      predictions.add(Prediction.of(model, probabilities, logits, row));
    }
    return predictions;
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
    predict(List.of(ModelRuns.gray(model.preprocessing().resize())), runs.threads());
  }

  private void checkGraph(InferenceSession session) throws ModelException {
    Resize size = model.preprocessing().resize();
    long[] image = {-1, size.height(), size.width(), 3};
    String scores = "FLOAT " + Arrays.toString(new long[] {-1, classes().size()});
    try {
      check(
          "input " + ModelTensors.IMAGE,
          "UINT8 " + Arrays.toString(image),
          session.describeInput(ModelTensors.IMAGE));
      for (String output : OUTPUTS) {
        check("output " + output, scores, session.describeOutput(output));
      }
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
    runs.close();
  }
}

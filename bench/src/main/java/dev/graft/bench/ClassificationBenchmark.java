package dev.graft.bench;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.graft.error.GraftException;
import dev.graft.photo.Pixels;
import dev.graft.serve.BatchClassifier;
import dev.graft.serve.Classifier;
import dev.graft.serve.Prediction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Photos to their labels on all cores, and the same by ONNX Runtime alone; milliseconds a photo,
 * also where there are several.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class ClassificationBenchmark {

  private static final int SIZE = 224;
  private static final int BATCH = 8;
  private static final int FILES = 64;

  /** What an application has: a {@link Classifier}. */
  @State(Scope.Benchmark)
  public static class Graft {

    /** Name of a bundled backbone, or a model file. */
    @Param({"efficientnet-lite0", "vgg16"})
    String model;

    private Classifier classifier;
    private Pixels pixels;
    private List<Pixels> batch;
    private byte[] encoded;

    @Setup
    public void open() throws IOException, InterruptedException {
      classifier = Classifier.open(SampleModel.file(model));
      pixels = SamplePhotos.pixels(SIZE, SIZE);
      batch = Collections.nCopies(BATCH, pixels);
      encoded = SamplePhotos.jpeg(1024, 768);
    }

    @TearDown
    public void close() {
      classifier.close();
    }
  }

  /** Small photos in files: JPEGs of 320 x 240. */
  @State(Scope.Benchmark)
  public static class PhotoFiles {

    private final List<Path> photos = new ArrayList<>();
    private Path folder;

    @Setup
    public void write() throws IOException {
      folder = Files.createTempDirectory("graft-bench");
      byte[] encoded = SamplePhotos.jpeg(320, 240);
      for (int i = 0; i < FILES; i++) {
        photos.add(Files.write(folder.resolve(i + ".jpg"), encoded));
      }
    }

    @TearDown
    public void delete() throws IOException {
      for (Path photo : photos) {
        Files.delete(photo);
      }
      Files.delete(folder);
    }
  }

  /** What one has without Graft: a session with its default options, and arrays that are ready. */
  @State(Scope.Benchmark)
  public static class ByHand {

    /** Name of a bundled backbone, or a model file. */
    @Param({"efficientnet-lite0", "vgg16"})
    String model;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private OrtSession session;
    private ByteBuffer photo;
    private ByteBuffer batch;

    @Setup
    public void open() throws IOException, InterruptedException, OrtException {
      session = environment.createSession(SampleModel.file(model).toString());
      byte[] rgb = SamplePhotos.pixels(SIZE, SIZE).rgb();
      photo = ByteBuffer.allocateDirect(rgb.length).order(ByteOrder.nativeOrder()).put(rgb).flip();
      batch = ByteBuffer.allocateDirect(BATCH * rgb.length).order(ByteOrder.nativeOrder());
      for (int i = 0; i < BATCH; i++) {
        batch.put(rgb);
      }
      batch.flip();
    }

    @TearDown
    public void close() throws OrtException {
      session.close();
    }

    private float[] run(int photos, ByteBuffer rgb) throws OrtException {
      long[] shape = {photos, SIZE, SIZE, 3};
      try (OnnxTensor image = OnnxTensor.createTensor(environment, rgb, shape, OnnxJavaType.UINT8);
          OrtSession.Result result = session.run(Map.of("image", image), Set.of("probabilities"))) {
        FloatBuffer probabilities = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] values = new float[probabilities.remaining()];
        probabilities.get(values);
        return values;
      }
    }
  }

  /** One photo, decoded and resized already. */
  @Benchmark
  public Prediction pixels(Graft graft) throws GraftException {
    return graft.classifier.classify(graft.pixels);
  }

  @Benchmark
  public float[] pixelsByHand(ByHand byHand) throws OrtException {
    return byHand.run(1, byHand.photo);
  }

  /** Eight photos, decoded and resized already. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public List<Prediction> batch(Graft graft) throws GraftException {
    return graft.classifier.classifyAll(graft.batch);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public float[] batchByHand(ByHand byHand) throws OrtException {
    return byHand.run(BATCH, byHand.batch);
  }

  /** Small photos from files, as {@code graft classify} does it. */
  @Benchmark
  @OperationsPerInvocation(FILES)
  public void files(Graft graft, PhotoFiles files, Blackhole labels) throws GraftException {
    BatchClassifier.of(graft.classifier).classify(files.photos, labels::consume);
  }

  /** One photo from the bytes of a JPEG file of 1024 x 768. */
  @Benchmark
  public Prediction bytes(Graft graft) throws GraftException {
    return graft.classifier.classify(graft.encoded, "photo.jpg");
  }
}

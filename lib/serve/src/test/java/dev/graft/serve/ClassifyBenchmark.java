package dev.graft.serve;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.graft.photo.Pixels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Times {@link BatchClassifier} on files against ONNX Runtime called by hand on the same photos
 * already decoded, in turn. By hand in batches of 1 and 8, with idle threads that spin, which is
 * ONNX Runtime's default, and that sleep; the best of these counts. Run by the command in
 * docs/serving.md; the arguments are a model file, a folder of photos and how many to classify,
 * over and over if there are fewer.
 */
final class ClassifyBenchmark {

  private static final int ROUNDS = 5;
  private static final int[] BATCHES = {1, 8};

  private ClassifyBenchmark() {}

  public static void main(String[] args) throws Exception {
    Path model = Path.of(args[0]);
    int n = Integer.parseInt(args[2]);
    List<Path> files;
    try (Stream<Path> all = Files.walk(Path.of(args[1]))) {
      files = all.filter(file -> file.toString().endsWith(".jpg")).sorted().toList();
    }
    List<Path> photos = IntStream.range(0, n).mapToObj(i -> files.get(i % files.size())).toList();
    try (Classifier classifier = Classifier.open(model);
        OrtSession spinning = session(model, "1");
        OrtSession sleeping = session(model, "0")) {
      BatchClassifier graft = BatchClassifier.of(classifier);
      List<Pixels> pixels = new ArrayList<>();
      for (Path photo : photos) {
        pixels.add(classifier.read(photo));
      }
      List<OrtSession> sessions = List.of(spinning, sleeping);
      for (OrtSession session : sessions) {
        byHand(session, pixels.subList(0, Math.min(n, 64)), 8);
      }
      double[] ratios = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        double ours = time(() -> graft.classify(photos, result -> {}));
        List<Double> theirs = new ArrayList<>();
        for (OrtSession session : sessions) {
          for (int batch : BATCHES) {
            theirs.add(time(() -> byHand(session, pixels, batch)));
          }
        }
        double best = Collections.min(theirs);
        ratios[round] = ours / best;
        System.out.printf(
            Locale.ROOT,
            "%d photos: files %.2f s (%s), ready arrays by hand %.2f s (spinning, batch 1 %.2f, 8"
                + " %.2f; sleeping %.2f, %.2f), ratio %.2f%n",
            n,
            ours,
            classifier.shape(),
            best,
            theirs.get(0),
            theirs.get(1),
            theirs.get(2),
            theirs.get(3),
            ratios[round]);
      }
      Arrays.sort(ratios);
      System.out.printf(
          Locale.ROOT,
          "median ratio %.2f (%.2f to %.2f)%n",
          ratios[ROUNDS / 2],
          ratios[0],
          ratios[ROUNDS - 1]);
    }
  }

  private static OrtSession session(Path model, String spinning) throws OrtException {
    try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
      settings.addConfigEntry("session.intra_op.allow_spinning", spinning);
      return OrtEnvironment.getEnvironment().createSession(model.toString(), settings);
    }
  }

  private interface Work {
    void run() throws IOException, InterruptedException, OrtException;
  }

  private static double time(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private static void byHand(OrtSession session, List<Pixels> photos, int batchSize)
      throws OrtException {
    Pixels size = photos.get(0);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(batchSize * size.rgb().length).order(ByteOrder.nativeOrder());
    for (int from = 0; from < photos.size(); from += batchSize) {
      List<Pixels> batch = photos.subList(from, Math.min(photos.size(), from + batchSize));
      buffer.clear();
      batch.forEach(photo -> buffer.put(photo.rgb()));
      long[] shape = {batch.size(), size.height(), size.width(), 3};
      try (OnnxTensor image =
              OnnxTensor.createTensor(
                  OrtEnvironment.getEnvironment(), buffer.flip(), shape, OnnxJavaType.UINT8);
          OrtSession.Result result = session.run(Map.of("image", image), Set.of("probabilities"))) {
        result.get(0).getValue();
      }
    }
  }
}

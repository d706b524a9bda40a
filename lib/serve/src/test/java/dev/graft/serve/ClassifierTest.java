package dev.graft.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.device.Device;
import dev.graft.engine.CudaInstallation;
import dev.graft.engine.DeviceChoice;
import dev.graft.engine.InferenceSession;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelException;
import dev.graft.model.ModelFile;
import dev.graft.photo.PhotoException;
import dev.graft.photo.Pixels;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassifierTest {

  @TempDir Path folder;

  private Path model;

  @BeforeEach
  void copyModel() throws Exception {
    model = TestPhotos.model(folder);
  }

  @Test
  void classifiesAPhotoFile() throws Exception {
    Path photo = TestPhotos.write(folder.resolve("rose"), 40, 30, 250, 10, 20);
    try (Classifier classifier = Classifier.open(model)) {
      Prediction prediction = classifier.classify(photo);

      assertEquals("red", prediction.best().label());
      assertEquals(prediction, classifier.classify(Files.readAllBytes(photo), "rose"));
      // The fixture's graph: logits = 10 * mean / 255. Tolerance: float rounding over 256 pixels.
      assertArrayEquals(
          new float[] {2500 / 255f, 100 / 255f, 200 / 255f}, prediction.logits(), 1e-5f);
      double[] exp = {Math.exp(2500 / 255.), Math.exp(100 / 255.), Math.exp(200 / 255.)};
      assertEquals(exp[0] / (exp[0] + exp[1] + exp[2]), prediction.best().probability(), 1e-5);
    }
  }

  @Test
  void ranksLabelsAndKeepsClassOrderBetweenEqualOnes() throws Exception {
    try (Classifier classifier = Classifier.open(model)) {
      Prediction prediction = classifier.classify(TestPhotos.pixels(0, 0, 200));

      assertEquals(
          List.of("blue", "red", "green"),
          prediction.ranked().stream().map(LabelProbability::label).toList());
      assertEquals(prediction.ranked().subList(0, 2), prediction.top(2));
      assertEquals(prediction.ranked(), prediction.top(99));
      assertThrows(IllegalArgumentException.class, () -> prediction.top(0));
      float[] inClassOrder = prediction.probabilities();
      assertEquals(prediction.best().probability(), inClassOrder[2]);
      assertEquals(1, inClassOrder[0] + inClassOrder[1] + inClassOrder[2], 1e-6);
    }
  }

  @Test
  void readsAllItNeedsFromTheFile() throws Exception {
    ClassifierOptions onCpu = ClassifierOptions.defaults().withDevice(Device.cpu());
    try (Classifier classifier = Classifier.open(model, onCpu)) {
      assertEquals(List.of("red", "green", "blue"), classifier.classes());
      assertEquals(ModelFile.read(model), classifier.modelFile());
      assertEquals(Device.cpu(), classifier.device());
      assertEquals(Optional.empty(), classifier.fallback());
      Pixels pixels = classifier.read(TestPhotos.write(folder.resolve("p"), 5, 50, 1, 2, 3));
      assertEquals(16, pixels.width());
      assertEquals(16, pixels.height());
    }
  }

  @Test
  void givesTheSameForBatchesOfAnySizeAsForSinglePhotos() throws Exception {
    List<Pixels> photos =
        IntStream.range(0, 21).mapToObj(i -> TestPhotos.pixels(12 * i, 255 - i, 7 * i)).toList();
    List<Prediction> singles = new ArrayList<>();
    try (Classifier classifier = Classifier.open(model)) {
      for (Pixels photo : photos) {
        singles.add(classifier.classify(photo));
      }
      assertEquals(List.of(), classifier.classifyAll(List.of()));
    }
    for (int batchSize : new int[] {1, 2, 8, 21, 64}) {
      ClassifierOptions options = ClassifierOptions.defaults().withBatchSize(batchSize);
      try (Classifier classifier = Classifier.open(model, options)) {
        assertEquals(singles, classifier.classifyAll(photos));
      }
    }
  }

  @Test
  void givesTheSameWhateverTheThreadsOfARunAndTheWarmUp() throws Exception {
    Pixels photo = TestPhotos.pixels(90, 120, 30);
    ClassifierOptions options = ClassifierOptions.defaults().withThreads(1).withWarmUp(false);
    try (Classifier one = Classifier.open(model, options);
        Classifier all = Classifier.open(model)) {
      assertEquals(one.classify(photo), all.classify(photo));
    }
  }

  @Test
  @Timeout(60)
  void serves8ThreadsAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Classifier classifier = Classifier.open(model)) {
      List<Callable<Boolean>> work = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        Pixels photo = TestPhotos.pixels(30 * t, 255 - 20 * t, 99);
        Prediction expected = classifier.classify(photo);
        work.add(
            () ->
                IntStream.range(0, 300).allMatch(i -> expected.equals(answer(classifier, photo))));
      }
      for (Future<Boolean> same : threads.invokeAll(work)) {
        assertTrue(same.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @Timeout(60)
  void canBeClosedWhileOthersClassify() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 20; round++) {
        Classifier classifier = Classifier.open(model);
        CountDownLatch started = new CountDownLatch(4);
        List<Future<String>> ends = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
          ends.add(
              threads.submit(
                  () -> {
                    try {
                      for (int i = 0; ; i++) {
                        classifier.classify(TestPhotos.pixels(1, 2, 3));
                        if (i == 5) {
                          started.countDown();
                        }
                      }
                    } catch (IllegalStateException e) {
                      return e.getMessage();
                    }
                  }));
        }
        started.await();
        classifier.close();
        classifier.close();
        for (Future<String> end : ends) {
          assertEquals(model + ": this classifier is closed", end.get());
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void runsOnTheCpuAndSaysSoWhereCudaCannotBeHad() throws Exception {
    // No machine has so many GPUs, so this falls back with the GPU build of ONNX Runtime too.
    ClassifierOptions options = ClassifierOptions.defaults().withDevice(Device.cuda(99));
    try (Classifier classifier = Classifier.open(model, options)) {
      assertEquals(Device.cpu(), classifier.device());
      String note = classifier.fallback().orElseThrow();
      assertTrue(note.startsWith("cuda:99 cannot be used ("), note);
      assertTrue(note.endsWith("); running on the CPU"), note);
      if (!InferenceSession.isBuiltFor(Device.cuda(0))) {
        assertTrue(note.contains("this build of ONNX Runtime is without it"), note);
      } else if (!CudaInstallation.find().driver()) {
        assertTrue(note.contains("; missing: NVIDIA driver"), note);
      }
      assertEquals(1, note.lines().count());
      assertEquals("red", classifier.classify(TestPhotos.pixels(200, 0, 0)).best().label());
    }
  }

  @Test
  void readsDevicesAsTheyAreWritten() {
    for (Device device :
        List.of(
            Device.auto(),
            Device.cpu(),
            Device.cuda(0),
            Device.cuda(3),
            Device.tensorRt(1),
            Device.coreMl(),
            Device.directMl(2))) {
      assertEquals(device, Device.parse(device.toString()));
    }
    assertEquals(Device.cuda(0), Device.parse("cuda"));
    assertEquals(Device.tensorRt(0), Device.parse("tensorrt"));
    assertEquals(Device.directMl(0), Device.parse("directml"));
    for (String wrong :
        List.of("gpu", "", "CPU", "cpu:0", "coreml:0", "cuda:", "cuda:-1", "cuda:x")) {
      assertEquals(
          "expected auto, cpu, cuda[:N], tensorrt[:N], coreml or directml[:N] as device, got "
              + wrong,
          assertThrows(IllegalArgumentException.class, () -> Device.parse(wrong)).getMessage());
    }
  }

  @Test
  void takesTheDeviceThatWorksByDefault() throws Exception {
    boolean cuda = DeviceChoice.problem(Device.cuda(0)).isEmpty();
    try (Classifier classifier = Classifier.open(model)) {
      assertEquals(Device.auto(), classifier.options().device());
      assertEquals(cuda ? Device.cuda(0) : Device.cpu(), classifier.device());
      boolean silent = cuda || !InferenceSession.isBuiltFor(Device.cuda(0));
      assertEquals(silent, classifier.fallback().isEmpty(), classifier.fallback().toString());
      assertEquals("red", classifier.classify(TestPhotos.pixels(200, 0, 0)).best().label());
    }
  }

  private static Prediction answer(Classifier classifier, Pixels photo) {
    try {
      return classifier.classify(photo);
    } catch (ModelException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Fate {
    void befalls(Path model) throws Exception;
  }

  /** Says the opposite of the fixture. */
  private Path otherModel() throws Exception {
    // The initializer 10 / 255.
    return edited("\u00a1\u00a0 =", "\u00a1\u00a0 \u00bd");
  }

  @Test
  void staysWhatItWasWhenOpenedWhateverBecomesOfTheFile() throws Exception {
    Path other = otherModel();
    List<Fate> fates =
        List.of(
            file -> Files.move(other, file, StandardCopyOption.REPLACE_EXISTING),
            file -> Files.write(file, Files.readAllBytes(other)), // in place
            file -> Files.write(file, new byte[0]),
            Files::delete,
            file ->
                Files.move(
                    file, folder.resolve("renamed.onnx"), StandardCopyOption.REPLACE_EXISTING));
    Path photo = TestPhotos.write(folder.resolve("rose"), 40, 30, 250, 10, 20);
    byte[] bytes = Files.readAllBytes(model);
    byte[] otherBytes = Files.readAllBytes(other);
    for (int threads : new int[] {1, 2}) {
      for (Fate fate : fates) {
        Files.write(model, bytes);
        Files.write(other, otherBytes);
        ClassifierOptions options =
            ClassifierOptions.defaults().withDevice(Device.cpu()).withThreads(threads);
        try (Classifier classifier = Classifier.open(model, options)) {
          fate.befalls(model);
          List<String> labels = new ArrayList<>();
          BatchClassifier.of(classifier)
              .classify(
                  Collections.nCopies(200, photo),
                  result ->
                      labels.add(((PhotoResult.Classified) result).prediction().best().label()));
          assertEquals(Collections.nCopies(200, "red"), labels);
          assertEquals(List.of("red", "green", "blue"), classifier.classes());
        }
      }
    }
    Files.write(other, otherBytes);
    try (Classifier classifier = Classifier.open(other)) {
      assertEquals("green", classifier.classify(photo).best().label());
    }
  }

  @Test
  void opensAFileOfAnyNameAndInAnyFileSystem() throws Exception {
    try (FileSystem zip =
        FileSystems.newFileSystem(folder.resolve("models.zip"), Map.of("create", "true"))) {
      Path inside = Files.copy(model, zip.getPath("out\uD83D\uDE00.onnx"));
      try (Classifier classifier = Classifier.open(inside)) {
        assertEquals("red", classifier.classify(TestPhotos.pixels(200, 0, 0)).best().label());
      }
    }
    assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "needs a locale of UTF-8");
    for (String name : List.of("out\uD83D\uDE00.onnx", "\uD842\uDFB7\u91CE.onnx")) {
      Path file = Files.copy(model, folder.resolve(name));
      try (Classifier classifier = Classifier.open(file)) {
        assertEquals("red", classifier.classify(TestPhotos.pixels(200, 0, 0)).best().label());
      }
    }
  }

  private Path hostile(String name) throws Exception {
    Path file = folder.resolve(name);
    try (InputStream in = ClassifierTest.class.getResourceAsStream("/dev/graft/hostile/" + name)) {
      Files.copy(in, file);
    }
    return file;
  }

  /** Reported files: probabilities of 0.067, and an ArrayIndexOutOfBoundsException. */
  @ParameterizedTest
  @CsvSource({"dyn_colsmore.onnx, '[1, 15]'", "dyn_zero.onnx, '[0, 5]'"})
  void refusesOutputsOfOtherSizesThanTheGraphDeclares(String name, String shape) throws Exception {
    Path file = hostile(name);
    String expected =
        ("ONNX Runtime cannot run it: its output probabilities has the shape %s, expected [1, 5];"
                + " export it again")
            .formatted(shape);
    assertEquals(expected, reason(file));
    try (Classifier classifier =
        Classifier.open(file, ClassifierOptions.defaults().withWarmUp(false))) {
      Pixels photo = new Pixels(18, 18, new byte[18 * 18 * 3]);
      assertEquals(
          file + ": " + expected,
          assertThrows(ModelException.class, () -> classifier.classify(photo)).getMessage());
    }
  }

  /** A reported file: it ended in an OutOfMemoryError. */
  @Test
  void refusesAModelOfHugePhotos() throws Exception {
    assertEquals(
        "its metadata is damaged: expected photos of at most 16777216 pixels, got 16000x16000; copy"
            + " or export it again",
        reason(hostile("size_16k.onnx")));
  }

  /** Reported files: they ended the process, or never ended. */
  @ParameterizedTest
  @CsvSource({
    "conv_stride0.onnx, 'it has a Conv with strides [0, 0]; expected numbers from 1 to 1048576'",
    "recfunction.onnx, 'it has a function that calls itself, or functions nested too deep'",
    "loop_dep.onnx, 'it has a Loop of 1000000000000000 rounds; expected a constant number of at"
        + " most 1000000'",
  })
  void refusesGraphsThatOnnxRuntimeDoesNotSurvive(String name, String complaint) throws Exception {
    assertEquals("ONNX Runtime cannot load it: " + complaint, reason(hostile(name)));
  }

  @Test
  void opensAChangedFileOnRequestOnly() throws Exception {
    Path file = folder.resolve("sealed.onnx");
    ModelBytes.write(file, Files.readAllBytes(otherModel()), false);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 3] ^= 1; // a digit of the checksum
    Files.write(file, bytes);
    String reason = reason(file);
    assertTrue(reason.startsWith("damaged, or changed by another tool: "), reason);
    ClassifierOptions options = ClassifierOptions.defaults().withAllowChanged(true);
    try (Classifier classifier = Classifier.open(file, options)) {
      assertEquals("red", classifier.classify(TestPhotos.pixels(0, 200, 200)).best().label());
    }
  }

  @Test
  void namesAPhotoThatCannotBeRead() throws Exception {
    try (Classifier classifier = Classifier.open(model)) {
      Path text = Files.writeString(folder.resolve("note.jpg"), "no photo");
      PhotoException e = assertThrows(PhotoException.class, () -> classifier.classify(text));
      assertTrue(e.getMessage().startsWith(text + ": "), e.getMessage());
    }
  }

  @Test
  void takesNullForTheCallersMistakeAndNotForAPhoto() throws Exception {
    try (Classifier classifier = Classifier.open(model)) {
      NullPointerException e =
          assertThrows(NullPointerException.class, () -> classifier.classify((byte[]) null, "x"));
      assertEquals("encoded", e.getMessage());
    }
  }

  @Test
  void refusesAFileThatIsNoModel() throws Exception {
    Path text = Files.writeString(folder.resolve("text.onnx"), "hello, world");
    assertEquals(
        text + ": not an ONNX file; expected a model file, as graft train writes it (.onnx)",
        assertThrows(ModelException.class, () -> Classifier.open(text)).getMessage());
  }

  @Test
  void refusesAGraphThatDoesNotFitItsMetadata() throws Exception {
    assertEquals(
        "its graph does not fit its metadata: expected the input image of UINT8 [-1, 16, 61, 3],"
            + " found UINT8 [-1, 16, 16, 3]; export it again",
        reason(edited("\"width\":16", "\"width\":61")));
    assertEquals(
        "its graph does not fit its metadata: expected the output probabilities of FLOAT [-1, 4],"
            + " found FLOAT [-1, 3]; export it again",
        reason(edited("[\"red\",\"green\"", "[\"re\",\"g\",\"en\"")));
    assertEquals(
        "its graph does not fit its metadata: expected the output logits of FLOAT [-1, 3], found"
            + " none; export it again",
        reason(edited("logits", "scores")));
  }

  @Test
  void refusesAGraphThatOnnxRuntimeCannotLoad() throws Exception {
    String reason = reason(edited("Softmax", "Sofdmax"));
    assertTrue(reason.startsWith("ONNX Runtime cannot load it: "), reason);
    assertTrue(reason.contains("Sofdmax"), reason);
  }

  private static String reason(Path file) {
    return assertThrows(ModelException.class, () -> Classifier.open(file)).reason();
  }

  /** The fixture with a text replaced by another of the same length. */
  private Path edited(String from, String to) throws Exception {
    assertEquals(from.length(), to.length());
    String bytes = Files.readString(model, StandardCharsets.ISO_8859_1);
    assertTrue(bytes.contains(from));
    return Files.writeString(
        folder.resolve("edited.onnx"), bytes.replace(from, to), StandardCharsets.ISO_8859_1);
  }
}

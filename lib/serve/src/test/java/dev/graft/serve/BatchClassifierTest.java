package dev.graft.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.engine.RunShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BatchClassifierTest {

  private static final List<String> COLOURS = List.of("red", "green", "blue");

  @TempDir Path folder;

  private Path model;
  private Classifier classifier;

  @BeforeEach
  void open() throws Exception {
    ClassifierOptions options = ClassifierOptions.defaults().withBatchSize(4);
    model = TestPhotos.model(folder);
    classifier = Classifier.open(model, options);
  }

  @AfterEach
  void close() {
    classifier.close();
  }

  private Path photo(int colour) throws Exception {
    Path file = folder.resolve("photo" + colour);
    if (Files.notExists(file)) {
      int[] rgb = new int[3];
      rgb[colour] = 255;
      TestPhotos.write(file, 20, 20, rgb[0], rgb[1], rgb[2]);
    }
    return file;
  }

  @Test
  void givesOneResultForEveryInputInInputOrder() throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.jpg"), "no photo");
    Path missing = folder.resolve("missing.jpg");
    List<Path> inputs = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      if (i % 7 == 3 || (i > 20 && i < 30)) {
        inputs.add(i % 2 == 0 ? broken : missing);
        expected.add("failed");
      } else {
        inputs.add(photo(i % 3));
        expected.add(COLOURS.get(i % 3));
      }
    }
    List<PhotoResult> results = new ArrayList<>();
    BatchClassifier.of(classifier).classify(inputs, results::add);

    assertEquals(inputs, results.stream().map(PhotoResult::path).toList());
    assertEquals(
        expected,
        results.stream()
            .map(
                result ->
                    result instanceof PhotoResult.Classified classified
                        ? classified.prediction().best().label()
                        : "failed")
            .toList());
    PhotoResult.Failed failed = assertInstanceOf(PhotoResult.Failed.class, results.get(3));
    assertTrue(!failed.reason().isBlank() && !failed.reason().contains("missing.jpg"));
  }

  @Test
  void givesNothingForNothing() throws Exception {
    List<PhotoResult> results = new ArrayList<>();
    BatchClassifier.of(classifier).classify(List.of(), results::add);
    assertEquals(List.of(), results);
  }

  @Test
  void looksAheadNoFurtherThanItSays() throws Exception {
    List<Path> asked = new ArrayList<>();
    List<PhotoResult> results = new ArrayList<>();
    int bound = 3 * 3 * 4;
    Iterator<Path> photos =
        Stream.generate(() -> folder.resolve("photo0"))
            .limit(200)
            .peek(
                path -> {
                  asked.add(path);
                  // The batch that is handed over has left the look-ahead.
                  assertTrue(asked.size() <= results.size() + bound + 4, "too far ahead");
                })
            .iterator();
    photo(0);
    BatchClassifier.of(classifier, 3).classify(() -> photos, results::add);
    assertEquals(200, results.size());
  }

  @Test
  void measuresOnceWhereThereIsEnoughToDoAndAnswersTheSame() throws Exception {
    List<Path> photos = List.of(photo(0), photo(1), photo(2));
    try (Classifier free = Classifier.open(model)) {
      BatchClassifier batches = BatchClassifier.of(free);
      List<PhotoResult> before = new ArrayList<>();
      batches.classify(photos, before::add);
      assertFalse(free.runs().isShapeFixed(), "3 photos are not worth a measurement");

      free.findShape(Duration.ofSeconds(20));
      RunShape found = free.runs().shape();
      assertTrue(free.runs().isShapeFixed());
      free.findShape(Duration.ofSeconds(20));
      assertEquals(found, free.runs().shape());

      List<PhotoResult> after = new ArrayList<>();
      batches.classify(photos, after::add);
      for (int i = 0; i < photos.size(); i++) {
        assertArrayEquals(probabilities(before.get(i)), probabilities(after.get(i)), 1e-6f);
      }
    }
  }

  @Test
  void givesEachRunOneThreadOnceThereAreMoreThanAFewPhotos() throws Exception {
    Path photo = photo(0);
    try (Classifier free = Classifier.open(model, ClassifierOptions.defaults().withThreads(3))) {
      BatchClassifier batches = BatchClassifier.of(free);
      RunShape opened = free.runs().shape();
      List<PhotoResult> results = new ArrayList<>();
      batches.classify(Collections.nCopies(20, photo), results::add);
      assertEquals(opened, free.runs().shape());
      assertEquals(3, opened.threads());

      batches.classify(Collections.nCopies(50, photo), results::add);
      assertEquals(new RunShape(3, 1, 1), free.runs().shape());
      assertEquals(70, results.size());
      for (PhotoResult result : results) {
        assertArrayEquals(probabilities(results.get(0)), probabilities(result), 1e-6f);
      }
    }
  }

  private static float[] probabilities(PhotoResult result) {
    return assertInstanceOf(PhotoResult.Classified.class, result).prediction().probabilities();
  }

  @Test
  void measuresBeforeTheRestOfALongJob() throws Exception {
    Path photo = photo(0);
    List<Path> job =
        new AbstractList<>() {
          @Override
          public Path get(int index) {
            if (index == 200) {
              throw new IllegalStateException("enough");
            }
            return photo;
          }

          @Override
          public int size() {
            return 20_000_000;
          }
        };
    try (Classifier free = Classifier.open(model)) {
      BatchClassifier batches = BatchClassifier.of(free);
      assertThrows(IllegalStateException.class, () -> batches.classify(job, result -> {}));
      assertTrue(free.runs().isShapeFixed());
    }
  }

  @Test
  void stopsWhenInterrupted() throws Exception {
    Path photo = photo(0);
    Iterable<Path> endless = () -> Stream.generate(() -> photo).iterator();
    List<PhotoResult> results = new ArrayList<>();
    assertThrows(
        CancellationException.class,
        () ->
            BatchClassifier.of(classifier)
                .classify(
                    endless,
                    result -> {
                      results.add(result);
                      if (results.size() == 10) {
                        Thread.currentThread().interrupt();
                      }
                    }));
    assertTrue(results.size() < 20, "went on after the interrupt: " + results.size());
  }

  @Test
  void endsWithWhatTheReceiverThrows() throws Exception {
    Path photo = photo(0);
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                BatchClassifier.of(classifier)
                    .classify(
                        () -> Stream.generate(() -> photo).iterator(),
                        result -> {
                          throw new IllegalStateException("disk full");
                        }));
    assertEquals("disk full", e.getMessage());
  }
}

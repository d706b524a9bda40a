package dev.graft.examples;

// Shown in docs/serving.md from here ...
import dev.graft.serve.BatchClassifier;
import dev.graft.serve.Classifier;
import dev.graft.serve.ClassifierOptions;
import dev.graft.serve.PhotoResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Classifies any number of photos; one that cannot be read holds up no other. */
public final class BatchExample {

  private BatchExample() {}

  public static void main(String[] args) throws IOException {
    List<Path> photos = Stream.of(args).skip(1).map(Path::of).toList();
    ClassifierOptions options = ClassifierOptions.defaults().withThreads(4); // of 8 cores
    try (Classifier classifier = Classifier.open(Path.of(args[0]), options)) {
      BatchClassifier.of(classifier).classify(photos, BatchExample::show); // in their order
    }
  }

  private static void show(PhotoResult result) {
    if (result instanceof PhotoResult.Classified classified) {
      System.out.println(result.path() + ": " + classified.prediction().best().label());
    } else if (result instanceof PhotoResult.Failed failed) {
      System.out.println(result.path() + ": error: " + failed.reason());
    }
  }
}
// ... to here.

package dev.graft.examples;

// Shown in README.md from here ...
import dev.graft.photo.PhotoException;
import dev.graft.serve.Classifier;
import dev.graft.serve.LabelProbability;
import java.io.IOException;
import java.nio.file.Path;

/** Classifies photos with a model file. */
public final class ServeExample {

  private ServeExample() {}

  public static void main(String[] args) throws IOException {
    // Thread-safe: open it once and share it.
    try (Classifier classifier = Classifier.open(Path.of(args[0]))) {
      for (int i = 1; i < args.length; i++) {
        try {
          LabelProbability best = classifier.classify(Path.of(args[i])).best();
          System.out.printf("%s: %s %.3f%n", args[i], best.label(), best.probability());
        } catch (PhotoException e) {
          System.err.println(e.getMessage()); // names the file and what is wrong with it
        }
      }
    }
  }
}
// ... to here.

package dev.graft.examples;

// Shown in docs/multi-label.md from here ...
import dev.graft.serve.Classifier;
import dev.graft.serve.LabelProbability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Gives each photo its labels: any number of them with a multi-label model, else one. */
public final class LabelsExample {

  private LabelsExample() {}

  public static void main(String[] args) throws IOException {
    try (Classifier classifier = Classifier.open(Path.of(args[0]))) {
      for (int i = 1; i < args.length; i++) {
        List<LabelProbability> labels = classifier.classify(Path.of(args[i])).labels();
        System.out.println(
            args[i]
                + ": "
                + labels.stream().map(LabelProbability::label).collect(Collectors.joining(", ")));
      }
    }
  }
}
// ... to here.

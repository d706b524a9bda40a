package dev.graft.examples;

// Shown in README.md from here ...
import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.recipe.Head;
import dev.graft.recipe.Progress;
import dev.graft.train.TrainedModel;
import dev.graft.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;

/** Learns the classes of a folder of photos and writes them as one ONNX file. */
public final class TrainExample {

  private TrainExample() {}

  public static void main(String[] args) throws IOException {
    Path photos = Path.of(args[0]); // one subfolder a class
    Path model = Path.of(args[1]);

    TrainedModel trained =
        Trainer.on(LabeledFolder.open(photos)) // a fifth of the photos validates
            .backbone(Backbones.efficientNetLite0())
            .head(Head.linear())
            .onProgress(TrainExample::show)
            .train();
    trained.exportOnnx(model); // fails if the file exists

    System.out.println("classes: " + trained.classes());
    System.out.println("validation: " + trained.report().validation());
  }

  private static void show(Progress progress) {
    if (progress instanceof Progress.Epoch epoch) {
      System.err.println(epoch.metrics() + ", seconds left: " + epoch.remaining().toSeconds());
    }
  }
}
// ... to here.

package dev.graft.bench;

import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.recipe.Head;
import dev.graft.train.Trainer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * A model file to measure with: a bundled backbone and its usual head, trained for a moment on
 * plain colours. How fast a model is does not depend on what it has learnt.
 */
final class SampleModel {

  private static final Map<String, Path> MADE = new HashMap<>();

  private SampleModel() {}

  /**
   * The model of a backbone, made in a process of its own: training would leave PyTorch's threads
   * and memory in this one.
   *
   * @param model name of a bundled backbone, or a model file, which is taken as it is
   */
  static synchronized Path file(String model) throws IOException, InterruptedException {
    if (model.endsWith(".onnx")) {
      return Path.of(model);
    }
    if (MADE.containsKey(model)) {
      return MADE.get(model);
    }
    Path file = Files.createTempDirectory("graft-bench").resolve(model + ".onnx");
    // Deleted in the reverse order: the folder is empty by then.
    file.getParent().toFile().deleteOnExit();
    file.toFile().deleteOnExit();
    Process training =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("java.class.path"),
                SampleModel.class.getName(),
                model,
                file.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (training.waitFor() != 0) {
      throw new IOException("the model of " + model + " could not be made, see above");
    }
    MADE.put(model, file);
    return file;
  }

  /** Arguments: name of a backbone, the file to write. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("graft-bench");
    try {
      for (String colour : List.of("ff0000", "00ff00")) {
        Path photos = Files.createDirectory(folder.resolve(colour));
        for (int i = 0; i < 2; i++) {
          BufferedImage photo = new BufferedImage(8, 8 + i, BufferedImage.TYPE_INT_RGB);
          for (int y = 0; y < photo.getHeight(); y++) {
            for (int x = 0; x < photo.getWidth(); x++) {
              photo.setRGB(x, y, Integer.parseInt(colour, 16));
            }
          }
          ImageIO.write(photo, "png", photos.resolve(i + ".png").toFile());
        }
      }
      boolean flat = args[0].equals("vgg16");
      Trainer.on(LabeledFolder.open(folder))
          .backbone(Backbones.named(args[0]))
          .head(flat ? Head.flattenDense() : Head.linear())
          .epochs(1)
          .train()
          .exportOnnx(Path.of(args[1]));
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      files
          .sorted((a, b) -> b.compareTo(a))
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}

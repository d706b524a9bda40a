package dev.graft.cli;

import dev.graft.curves.Curves;
import dev.graft.model.AtomicFile;
import dev.graft.train.TrainingReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where {@code train} draws the curves, one of two options; without any beside the model. */
final class CurvesOptions {

  @Option(
      names = "--curves",
      paramLabel = "FILE.svg",
      description =
          "File that the curves of loss and accuracy are drawn to (default: MODEL.curves.svg"
              + " beside the model).")
  private Path file;

  @Option(names = "--no-curves", description = "Draw no curves.")
  private boolean none;

  /** Where they will be; null where none are wanted. */
  Path file(Path model) {
    if (none || file != null) {
      return none ? null : file;
    }
    String name = model.getFileName().toString().replaceFirst("(?i)(?<=.)\\.onnx$", "");
    return model.resolveSibling(name + ".curves.svg");
  }

  /**
   * Fails before the training where the curves cannot be written after it. Those of an earlier
   * model of that name may be overwritten, now that it is gone.
   */
  void check(Path model, boolean overwrite) throws IOException {
    Path curves = file(model);
    if (curves != null) {
      OutputFile.check(curves);
      if (!overwrite && file != null && Files.exists(curves)) {
        throw new FileAlreadyExistsException(curves.toString());
      }
    }
  }

  /**
   * Draws them. The model is there already: a failure is told, and fails nothing else.
   *
   * @param curves null where none are wanted
   */
  static void draw(TrainingReport report, Path curves, PrintWriter err) {
    if (curves == null) {
      return;
    }
    try {
      AtomicFile.write(curves, Curves.svg(report));
    } catch (IOException e) {
      err.println("graft: no curves: " + Main.message(e));
    }
  }
}

package dev.graft.cli.option;

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
}

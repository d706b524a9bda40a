package dev.graft.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The files that {@code train} writes. */
final class TrainOutputs implements OptionGroup {

  @Option(
      names = {"-o", "--output"},
      paramLabel = "MODEL.onnx",
      required = true,
      description = "File that the model is written to.")
  private Path output;

  @Option(names = "--force", description = "Overwrite MODEL.onnx and the curves if they exist.")
  private boolean force;

  @Option(
      names = "--resume",
      description =
          "Go on where a run with the same options was stopped, if MODEL.onnx.checkpoint is there.")
  private boolean resume;

  @Option(
      names = "--metrics",
      paramLabel = "FILE.json",
      description = "File that the metrics are written to as JSON; one that exists is overwritten.")
  private Path metrics;

  @ArgGroup private CurvesOptions curves = new CurvesOptions();

  @Override
  public String heading() {
    return "Output";
  }

  Path model() {
    return output;
  }

  boolean force() {
    return force;
  }

  boolean resume() {
    return resume;
  }

  /** Null where none are wanted. */
  Path metrics() {
    return metrics;
  }

  /** Null where none are wanted. */
  Path curves() {
    return curves.file(output);
  }

  /**
   * Checks that they are files of their own.
   *
   * @throws IllegalArgumentException if two are the same
   */
  void checkDistinct() {
    if (metrics != null && isSame(output, metrics)) {
      throw new IllegalArgumentException("--output and --metrics are the same file, " + output);
    }
    Path drawing = curves();
    if (drawing != null
        && (isSame(drawing, output) || (metrics != null && isSame(drawing, metrics)))) {
      throw new IllegalArgumentException(
          "--curves and %s are the same file, %s"
              .formatted(drawing.equals(output) ? "--output" : "--metrics", drawing));
    }
  }

  /** However the paths are written. */
  private static boolean isSame(Path one, Path other) {
    try {
      return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())
          || (Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other));
    } catch (IOException e) {
      return false; // writing to it will say why
    }
  }

  /**
   * Fails before the work where writing would fail after it.
   *
   * @throws IOException if one of the files cannot be written, or is there and may not be replaced
   */
  void check() throws IOException {
    OutputFile.check(output);
    if (!force && Files.exists(output)) {
      throw new FileAlreadyExistsException(output.toString());
    }
    if (metrics != null) {
      OutputFile.check(metrics);
    }
    curves.check(output, force);
  }

  /** The file that a run which is stopped leaves for {@code --resume}. */
  Path checkpoint() {
    return output.resolveSibling(output.getFileName() + ".checkpoint");
  }

  /** Says what becomes of a checkpoint that is there, or is not. */
  void announceCheckpoint(PrintWriter err) {
    if (resume && Files.notExists(checkpoint())) {
      err.println("graft: " + checkpoint() + ": no checkpoint to go on from; training begins");
    } else if (!resume && Files.exists(checkpoint())) {
      err.println(
          "graft: "
              + checkpoint()
              + ": a run was stopped here; this one begins again (--resume would go on)");
    }
  }
}

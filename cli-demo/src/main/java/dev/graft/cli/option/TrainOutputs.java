package dev.graft.cli.option;

import dev.graft.cli.output.OutputFiles;
import dev.graft.file.FileProblem;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The files that {@code train} writes. */
public final class TrainOutputs implements OptionGroup {

  @Option(
      names = {"-o", "--output"},
      paramLabel = "MODEL.onnx",
      required = true,
      description = "File that the model is written to.")
  private Path output;

  @Option(
      names = "--force",
      description = "Overwrite MODEL.onnx, metrics and curves if they exist.")
  private boolean force;

  @Option(
      names = "--resume",
      description =
          "Go on where a run with the same options was stopped, if MODEL.onnx.checkpoint is there.")
  private boolean resume;

  @Option(
      names = "--metrics",
      paramLabel = "FILE.json",
      description = "File that the metrics are written to as JSON.")
  private Path metrics;

  @ArgGroup private CurvesOptions curves = new CurvesOptions();

  @Override
  public String heading() {
    return "Output";
  }

  public Path model() {
    return output;
  }

  public boolean force() {
    return force;
  }

  public boolean resume() {
    return resume;
  }

  /** Null where none are wanted. */
  public Path metrics() {
    return metrics;
  }

  /** Null where none are wanted. */
  public Path curves() {
    return curves.file(output);
  }

  /**
   * Checks that they are files of their own.
   *
   * @throws IllegalArgumentException if two are the same
   */
  public void checkDistinct() {
    if (metrics != null && OutputFiles.isSame(output, metrics)) {
      throw new IllegalArgumentException("--output and --metrics are the same file, " + output);
    }
    Path drawing = curves();
    if (drawing != null
        && (OutputFiles.isSame(drawing, output)
            || (metrics != null && OutputFiles.isSame(drawing, metrics)))) {
      throw new IllegalArgumentException(
          "--curves and %s are the same file, %s"
              .formatted(drawing.equals(output) ? "--output" : "--metrics", drawing));
    }
  }

  /**
   * Takes them all, before the work.
   *
   * @param inputs what the training reads
   * @throws IOException if one of the files cannot be written, or is there and may not be replaced
   */
  public void claim(OutputFiles files, Collection<Path> inputs) throws IOException {
    files.claim(output, inputs);
    checkCheckpoint();
    if (metrics != null) {
      files.claim(metrics, inputs);
    }
    if (curves() != null) {
      files.claim(curves(), inputs);
    }
  }

  /** Its name is longer than the model's. */
  private void checkCheckpoint() throws IOException {
    try {
      OutputFiles.checkWritable(checkpoint());
    } catch (FileSystemException e) {
      throw new FileSystemException(
          output.toString(),
          null,
          "no checkpoint can be written beside it, %s: %s"
              .formatted(checkpoint().getFileName(), FileProblem.reason(e)));
    }
  }

  /** The file that a run which is stopped leaves for {@code --resume}. */
  public Path checkpoint() {
    return output.resolveSibling(output.getFileName() + ".checkpoint");
  }

  /** Says what becomes of a checkpoint that is there, or is not. */
  public void announceCheckpoint(PrintWriter err) {
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

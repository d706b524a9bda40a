package dev.graft.cli.command;

import dev.graft.cli.process.Failure;
import dev.graft.curves.Curves;
import dev.graft.file.AtomicFile;
import dev.graft.train.TrainingReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Draws the curves of a training while its model is exported. Closing waits for the end of the
 * drawing.
 */
final class CurvesDrawing implements AutoCloseable {

  private CompletableFuture<byte[]> drawing; // null: not begun

  void begin(TrainingReport report) {
    drawing = CompletableFuture.supplyAsync(() -> draw(report));
  }

  private static byte[] draw(TrainingReport report) {
    try {
      return Curves.svg(report);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The model is there already: a failure is told, and fails nothing else. */
  void write(Path file, boolean overwrite, PrintWriter out, PrintWriter err) {
    try {
      AtomicFile.write(file, drawing.join(), overwrite);
      out.printf("curves       %s%n", file);
    } catch (CompletionException e) {
      err.println("graft: no curves: " + Failure.message(e.getCause()));
    } catch (IOException e) {
      err.println("graft: no curves: " + Failure.message(e));
    }
  }

  @Override
  public void close() {
    if (drawing != null) {
      drawing.handle((svg, failure) -> svg).join(); // what failed is told by write
    }
  }
}

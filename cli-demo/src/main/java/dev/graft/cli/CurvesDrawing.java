package dev.graft.cli;

import dev.graft.curves.Curves;
import dev.graft.model.AtomicFile;
import dev.graft.train.TrainingReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Draws the curves of a training while its model is exported: Java takes 0.3 s to load what it
 * draws with. Closing waits for the end of the drawing.
 */
final class CurvesDrawing implements AutoCloseable {

  private FutureTask<byte[]> drawing; // null: not begun
  private Thread thread;

  void begin(TrainingReport report) {
    drawing = new FutureTask<>(() -> Curves.svg(report));
    thread = new Thread(drawing, "graft-curves");
    thread.setDaemon(true);
    thread.start();
  }

  /** The model is there already: a failure is told, and fails nothing else. */
  void write(Path file, PrintWriter err) {
    try {
      AtomicFile.write(file, drawing.get());
    } catch (InterruptedException e) {
      throw new CancellationException("drawing was stopped");
    } catch (ExecutionException e) {
      err.println("graft: no curves: " + Main.message(e.getCause()));
    } catch (IOException e) {
      err.println("graft: no curves: " + Main.message(e));
    }
  }

  @Override
  public void close() {
    boolean interrupted = false;
    while (thread != null && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.graft.cli;

import dev.graft.train.EpochMetrics;
import dev.graft.train.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows how far long work is on standard error: a bar on a terminal, else a plain line now and
 * then.
 */
final class ProgressView implements Consumer<Progress>, AutoCloseable {

  private static final long NANOS_BETWEEN_LINES = Duration.ofSeconds(5).toNanos();

  private final PrintWriter err;
  private final boolean terminal;
  private ProgressBar bar;
  private String barTask;
  private long lastLine = System.nanoTime();

  private ProgressView(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  static ProgressView on(PrintWriter err) {
    return new ProgressView(err, Terminal.isInteractive());
  }

  @Override
  public void accept(Progress progress) {
    if (progress instanceof Progress.Features features) {
      String extra =
          features.fromCache() == 0 ? "" : " (" + features.fromCache() + " from the cache)";
      step("features", features.done(), features.total(), extra, features.remaining());
    } else if (progress instanceof Progress.Epoch epoch) {
      if (terminal) {
        bar("head", epoch.metrics().epoch(), epoch.epochs(), " " + describe(epoch.metrics()));
      } else {
        line(
            "epoch %d/%d: %s%s"
                .formatted(
                    epoch.metrics().epoch(),
                    epoch.epochs(),
                    describe(epoch.metrics()),
                    eta(epoch.remaining())));
      }
    }
  }

  /** Shows a step of work that has a number of equal steps. */
  void step(String task, int done, int total, String extra, Duration remaining) {
    if (terminal) {
      bar(task, done, total, extra);
    } else if (done == total || System.nanoTime() - lastLine > NANOS_BETWEEN_LINES) {
      line("%s %d/%d%s%s".formatted(task, done, total, extra, eta(remaining)));
    }
  }

  private void bar(String task, int done, int total, String extra) {
    if (bar == null || !task.equals(barTask)) {
      close();
      barTask = task;
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .build();
    }
    bar.stepTo(done);
    bar.setExtraMessage(extra);
  }

  private void line(String text) {
    err.println(text);
    lastLine = System.nanoTime();
  }

  private static String describe(EpochMetrics metrics) {
    String text =
        "loss %.4f, accuracy %.3f".formatted(metrics.train().loss(), metrics.train().accuracy());
    return metrics.validation() == null
        ? text
        : text
            + ", validation loss %.4f, accuracy %.3f"
                .formatted(metrics.validation().loss(), metrics.validation().accuracy());
  }

  private static String eta(Duration remaining) {
    return remaining.isZero() ? "" : ", " + minutes(remaining) + " left";
  }

  private static String minutes(Duration time) {
    return "%d:%02d".formatted(time.toMinutes(), time.toSecondsPart());
  }

  /** Ends the bar, so that other lines can follow. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}

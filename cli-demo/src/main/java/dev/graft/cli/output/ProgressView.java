package dev.graft.cli.output;

import dev.graft.model.SplitMetrics;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Standard error during long work: messages, and how far the work is, which is a bar on a terminal
 * and else a plain line now and then. For one thread, whose calls do all the drawing.
 */
public final class ProgressView implements Consumer<Progress>, AutoCloseable {

  private static final long NANOS_BETWEEN_LINES = Duration.ofSeconds(5).toNanos();
  private static final long NANOS_BETWEEN_BARS = Duration.ofMillis(100).toNanos();
  private static final int LONGEST_BAR = 40;

  // What every terminal since the VT100 understands.
  private static final String ERASE_BELOW = "\u001b[J";
  private static final String CUT_OFF = "\u001b[?7l"; // what is beyond the margin
  private static final String WRAP = "\u001b[?7h";

  private final PrintWriter err;
  private final boolean terminal;
  private final boolean escapes;
  private final int columns;

  private String task = "";
  private long lastShown = System.nanoTime();
  private boolean anyShown;
  private String bar = ""; // what is on the cursor's line
  private String counted = "";
  private long countedSince;

  /**
   * @param escapes whether the terminal understands escape sequences
   * @param columns the terminal's width, in the beginning
   */
  ProgressView(PrintWriter err, boolean terminal, boolean escapes, int columns) {
    this.err = err;
    this.terminal = terminal;
    this.escapes = escapes;
    this.columns = columns;
  }

  public static ProgressView on(PrintWriter err) {
    return new ProgressView(
        err, Terminal.isStandardError(), Terminal.understandsEscapes(), Terminal.columns());
  }

  @Override
  public void accept(Progress progress) {
    if (progress instanceof Progress.Features features) {
      String cached = features.fromCache() == 0 ? "" : features.fromCache() + " from the cache";
      boolean due = features.done() == features.total();
      show("features", features.done(), features.total(), cached, features.remaining(), due);
    } else if (progress instanceof Progress.Quantizing quantizing) {
      message("quantising %s".formatted(quantizing.backbone()));
    } else if (progress instanceof Progress.Chosen chosen) {
      message(
          "precision %s: int8 is %.1f times as fast as fp32 here"
              .formatted(chosen.precision(), chosen.speedup()));
    } else if (progress instanceof Progress.Fold fold) {
      close();
      task = "";
      err.println("fold %d/%d".formatted(fold.fold(), fold.folds()));
    } else if (progress instanceof Progress.Resumed resumed) {
      message("goes on after epoch %d".formatted(resumed.epoch()));
    } else if (progress instanceof Progress.Fallback fallback) {
      message(fallback.reason());
    } else if (progress instanceof Progress.CacheFailed failed) {
      message(failed.reason());
    } else if (progress instanceof Progress.CheckpointFailed failed) {
      message(
          "%s: %s; the training goes on, but --resume could not go on from here"
              .formatted(failed.file(), failed.reason()));
    } else if (progress instanceof Progress.Epoch epoch) {
      EpochMetrics metrics = epoch.metrics();
      String result = terminal ? brief(metrics) : describe(metrics);
      boolean due = !terminal || metrics.epoch() == epoch.epochs();
      show("epoch", metrics.epoch(), epoch.epochs(), result, epoch.remaining(), due);
    }
  }

  /** Shows how many of a number of equal steps are done; no line for work of a few seconds. */
  public void step(String name, int done, int total) {
    long now = System.nanoTime();
    if (!name.equals(counted)) {
      counted = name;
      countedSince = now;
    }
    long each = done == 0 ? 0 : (now - countedSince) / done;
    Duration remaining = Duration.ofNanos(each * (total - done));
    show(name, done, total, "", remaining, done == total && anyShown);
  }

  /** Prints a line for people to read. */
  public void message(String text) {
    String interrupted = bar;
    draw("");
    err.println("graft: " + text);
    draw(interrupted);
  }

  /**
   * @param due whether it is shown however little time has passed since the last one
   */
  private void show(
      String name, int done, int total, String extra, Duration remaining, boolean due) {
    boolean begins = terminal && !name.equals(task);
    if (begins) {
      close();
      task = name;
    }
    long now = System.nanoTime();
    long pause = terminal ? NANOS_BETWEEN_BARS : NANOS_BETWEEN_LINES;
    if (!begins && !due && now - lastShown < pause) {
      return;
    }
    String end = done == 0 || done == total ? "" : ", " + minutes(remaining) + " left";
    if (!extra.isEmpty()) {
      end = terminal ? end + "  " + extra : ", " + extra + end;
    }
    if (terminal) {
      draw(bar(name, done, total, end));
    } else {
      err.println("%s %d/%d%s".formatted(name, done, total, end));
    }
    lastShown = now;
    anyShown = true;
  }

  /** As long a bar as there is room for; an end that is too long is cut off. */
  private String bar(String name, int done, int total, String end) {
    String count = "%d/%d".formatted(done, total);
    int room = columns - 1 - (name + " [] " + count + end).length();
    int length = Math.max(5, Math.min(LONGEST_BAR, room));
    int full = (int) ((long) length * done / total);
    String line = name + " [" + "=".repeat(full) + " ".repeat(length - full) + "] " + count + end;
    return line.substring(0, Math.min(columns - 1, line.length()));
  }

  /**
   * Puts a text in the place of the bar. The cursor goes back to where the text begins: when the
   * window becomes narrower, terminals break the line in two and keep the cursor with its
   * character, so that the next text and what is erased below it cover both. Nor may a text that is
   * then too long begin a second line.
   */
  private void draw(String text) {
    if (bar.isEmpty() && text.isEmpty()) {
      return;
    }
    err.print('\r' + (escapes ? ERASE_BELOW : " ".repeat(bar.length()) + '\r'));
    if (!text.isEmpty()) {
      err.print((escapes ? CUT_OFF + text + WRAP : text) + '\r');
    }
    err.flush();
    bar = text;
  }

  private static String minutes(Duration time) {
    return "%d:%02d".formatted(time.toMinutes(), time.toSecondsPart());
  }

  /** Beside a bar there is little room. */
  private static String brief(EpochMetrics metrics) {
    return score(metrics.train())
        + (metrics.validation() == null
            ? ""
            : ", validation %.3f".formatted(scoreOf(metrics.validation())))
        + ", loss %.4f".formatted(metrics.train().loss());
  }

  private static String describe(EpochMetrics metrics) {
    String text = "loss %.4f, %s".formatted(metrics.train().loss(), score(metrics.train()));
    return metrics.validation() == null
        ? text
        : text
            + ", validation loss %.4f, %s"
                .formatted(metrics.validation().loss(), score(metrics.validation()));
  }

  private static String score(SplitMetrics metrics) {
    String name = metrics.meanAveragePrecision() == null ? "accuracy" : "mAP";
    return "%s %.3f".formatted(name, scoreOf(metrics));
  }

  private static double scoreOf(SplitMetrics metrics) {
    return metrics.meanAveragePrecision() == null
        ? metrics.accuracy()
        : metrics.meanAveragePrecision();
  }

  /** Ends the bar's line, so that others can follow. */
  @Override
  public void close() {
    if (!bar.isEmpty()) {
      draw(bar); // Ctrl-C may have written over its beginning
      err.println();
      bar = "";
    }
  }
}

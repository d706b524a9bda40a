package dev.graft.curves;

import dev.graft.model.SplitMetrics;
import dev.graft.recipe.EpochMetrics;
import dev.graft.train.TrainingReport;
import java.awt.AWTError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The curves of a training as a picture: the loss and the accuracy after each epoch, of a
 * multi-label model the mean average precision in place of the accuracy.
 */
public final class Curves {

  /** What an axis of shares shows at least. */
  private static final double LEAST_RANGE = 0.05;

  private Curves() {}

  /**
   * Draws the two side by side on white, 960 by 410 pixels. The axis of the loss begins at 0, that
   * of the accuracy shows the part with values. A ring marks the best epoch of each curve, a dot
   * its last one; the legend tells both values. A dashed line stands where the head alone had
   * learnt and the fine-tuning began; with early stopping a diamond marks the epoch whose weights
   * the model has.
   *
   * <p>Equal reports give equal bytes, on machines with the same fonts. Safe for use by several
   * threads. On a machine with a screen Java draws without it if the system property {@code
   * java.awt.headless} is true.
   *
   * @return an SVG 1.1 document in UTF-8 that refers to nothing outside itself; texts are text
   *     elements
   * @throws IOException if this Java cannot draw text, as on a machine without any font
   */
  public static byte[] svg(TrainingReport report) throws IOException {
    List<EpochMetrics> epochs = report.epochs();
    boolean multiLabel =
        epochs.stream().anyMatch(e -> hasPrecision(e.train()) || hasPrecision(e.validation()));
    String score = multiLabel ? "mean average precision" : "accuracy";
    ToDoubleFunction<SplitMetrics> scoreOf =
        metrics -> {
          if (!multiLabel) {
            return metrics.accuracy();
          }
          return hasPrecision(metrics) ? metrics.meanAveragePrecision() : Double.NaN;
        };
    int kept = keptEpoch(report);
    int head = report.headEpochs();
    double fineTuning = head > 0 && head < epochs.size() ? head + 0.5 : Double.NaN;
    List<Panel> panels =
        List.of(
            panel("loss", false, epochs, SplitMetrics::loss, kept, fineTuning),
            panel(score, true, epochs, scoreOf, kept, fineTuning));
    String title = "Loss and " + score + " of " + report.backbone() + ", " + report.head().name();
    try {
      return CurvesPainter.paint(title, panels);
    } catch (RuntimeException | LinkageError | AWTError | InternalError e) {
      // What Java throws where fonts or the native libraries for them are missing has many types.
      throw new IOException(
          "this Java cannot draw text ("
              + e
              + "); install fontconfig and a font, such as the package fonts-dejavu-core",
          e);
    }
  }

  private static boolean hasPrecision(SplitMetrics metrics) {
    return metrics != null && metrics.meanAveragePrecision() != null;
  }

  /** The epoch whose weights the model has, where that need not be the last one; else 0. */
  private static int keptEpoch(TrainingReport report) {
    List<EpochMetrics> epochs = report.epochs();
    if (report.hyperparameters().patience() == 0 || report.validation() == null) {
      return 0;
    }
    int first = report.headEpochs() < epochs.size() ? report.headEpochs() : 0;
    EpochMetrics best = epochs.get(first);
    for (EpochMetrics epoch : epochs.subList(first, epochs.size())) {
      if (epoch.validation().loss() < best.validation().loss()) {
        best = epoch;
      }
    }
    return best.epoch();
  }

  private static Panel panel(
      String name,
      boolean share,
      List<EpochMetrics> epochs,
      ToDoubleFunction<SplitMetrics> value,
      int kept,
      double fineTuning) {
    List<Panel.Point> train = new ArrayList<>();
    List<Panel.Point> validation = new ArrayList<>();
    for (EpochMetrics epoch : epochs) {
      add(train, epoch.epoch(), epoch.train(), value);
      add(validation, epoch.epoch(), epoch.validation(), value);
    }
    DoubleSummaryStatistics values =
        Stream.concat(train.stream(), validation.stream())
            .mapToDouble(Panel.Point::value)
            .summaryStatistics();
    double bottom = 0;
    double top = values.getMax() > 0 ? values.getMax() * 1.05 : 1;
    if (share) {
      // As much of 0 to 1 as has values, in steps.
      double range = Math.max(LEAST_RANGE, values.getMax() - values.getMin());
      double step = range > 0.5 ? 0.2 : range > 0.2 ? 0.1 : range > 0.1 ? 0.05 : 0.02;
      bottom = Math.max(0, Math.floor(values.getMin() / step - 0.5) * step);
      top = Math.min(1, Math.ceil(values.getMax() / step + 0.5) * step);
    }
    List<Panel.Point> marked = validation.stream().filter(p -> p.epoch() == kept).toList();
    return new Panel(
        name, share, bottom, top, epochs.size(), train, validation, marked, fineTuning);
  }

  private static void add(
      List<Panel.Point> points,
      int epoch,
      SplitMetrics metrics,
      ToDoubleFunction<SplitMetrics> value) {
    double y = metrics == null ? Double.NaN : value.applyAsDouble(metrics);
    if (!Double.isNaN(y)) {
      points.add(new Panel.Point(epoch, y));
    }
  }
}

package dev.graft.curves;

import java.util.Comparator;
import java.util.List;

/**
 * One of the charts.
 *
 * @param name of what it shows, the title of its vertical axis
 * @param rising whether a larger value is a better one
 * @param bottom where the vertical axis begins
 * @param top where it ends
 * @param epochs how many there are; the horizontal axis has them all
 * @param validation empty where there is none
 * @param kept the point of the epoch whose weights the model has; empty where that is the last one
 * @param fineTuning where the fine-tuning begins, between two epochs; NaN without
 */
record Panel(
    String name,
    boolean rising,
    double bottom,
    double top,
    int epochs,
    List<Point> train,
    List<Point> validation,
    List<Point> kept,
    double fineTuning) {

  record Point(int epoch, double value) {}

  Panel {
    train = List.copyOf(train);
    validation = List.copyOf(validation);
    kept = List.copyOf(kept);
  }

  /** The first of the best of these points. */
  Point best(List<Point> points) {
    Comparator<Point> byValue = Comparator.comparingDouble(Point::value);
    return points.stream().min(rising ? byValue.reversed() : byValue).orElseThrow();
  }
}

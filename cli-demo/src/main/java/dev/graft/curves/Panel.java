package dev.graft.curves;

import java.util.List;
import java.util.stream.Stream;

/**
 * One of the charts.
 *
 * @param name of what it shows, the title of its vertical axis, which begins at 0
 * @param top where the vertical axis ends; NaN for a bit above the largest value
 * @param epochs how many there are; the horizontal axis has them all
 * @param validation empty where there is none
 * @param kept the point of the epoch whose weights the model has; empty where that is the last one
 * @param fineTuning where the fine-tuning begins, between two epochs; NaN without
 */
record Panel(
    String name,
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
    if (Double.isNaN(top)) {
      double largest =
          Stream.concat(train.stream(), validation.stream())
              .mapToDouble(Point::value)
              .max()
              .orElse(0);
      top = largest > 0 ? largest * 1.05 : 1;
    }
  }
}

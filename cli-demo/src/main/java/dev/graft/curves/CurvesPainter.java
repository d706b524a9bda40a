package dev.graft.curves;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws panels side by side: the plots with XChart; the title, the labels of the epochs and the
 * legend by itself.
 */
final class CurvesPainter {

  private static final int WIDTH = 480; // pixels of a panel
  private static final int TITLE = 32; // height above the panels
  private static final int PLOT = 280; // height of a panel without what is below its plot
  private static final int LINE = 18; // height of a line of text below it
  private static final int HEIGHT = TITLE + PLOT + 5 * LINE + 8;
  private static final int INDENT = 60; // of the legend
  private static final int SAMPLE = 24; // length of the lines in the legend

  /** Labels of epochs, if there is room for so many. */
  private static final int MOST_TICKS = 10;

  /** Pixels between two of them. */
  private static final int GAP = 16;

  /** More epochs than this are a line without a circle for each. */
  private static final int MOST_CIRCLES = 60;

  // Two colors of Okabe and Ito, told apart by the color-blind too.
  private static final Color BLUE = new Color(0x0072b2);
  private static final Color VERMILION = new Color(0xd55e00);
  private static final Color INK = new Color(0x333333);
  private static final Color FAINT = new Color(0xe0e0e0);

  private static final BasicStroke SOLID = new BasicStroke(1.5f);
  private static final BasicStroke DASHED =
      new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {5, 4}, 0);

  private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 11);
  private static final Font BOLD = new Font(Font.SANS_SERIF, Font.BOLD, 12);
  private static final Font LEGEND = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
  private static final Font TITLE_FONT = new Font(Font.SANS_SERIF, Font.BOLD, 14);

  private static final int MARKER = 5; // size

  private CurvesPainter() {}

  static byte[] paint(String title, List<Panel> panels) throws IOException {
    SvgCanvas canvas = new SvgCanvas(title, WIDTH * panels.size(), HEIGHT);
    write(canvas, title, TITLE_FONT, WIDTH * panels.size() / 2.0, TITLE - 10.0);
    canvas.translate(0, TITLE);
    for (Panel panel : panels) {
      XYChart chart = chart(panel, canvas);
      chart.paint(canvas, WIDTH, PLOT);
      markBestAndLast(canvas, chart, panel);
      writeEpochs(canvas, chart, panel.epochs());
      writeLegend(canvas, panel);
      canvas.translate(WIDTH, 0);
    }
    return canvas.toBytes();
  }

  private static XYChart chart(Panel panel, SvgCanvas canvas) {
    XYChart chart = new XYChart(WIDTH, PLOT, Styler.ChartTheme.XChart);
    chart.setYAxisTitle(panel.name());
    style(chart.getStyler());
    chart
        .getStyler()
        .setYAxisMin(panel.bottom())
        .setYAxisMax(panel.top())
        .setYAxisTickLabelsFormattingFunction(value -> canvas.know(number(value), TEXT));

    if (panel.epochs() == 1) {
      chart.getStyler().setXAxisMin(0.0).setXAxisMax(2.0); // XChart has no place for it else
    }
    Marker circle = panel.epochs() > MOST_CIRCLES ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE;
    add(chart, "train", panel.train(), BLUE, circle);
    add(chart, "validation", panel.validation(), VERMILION, circle);
    if (!Double.isNaN(panel.fineTuning())) {
      double x = panel.fineTuning();
      style(
          chart.addSeries(
              "fine-tuning", new double[] {x, x}, new double[] {panel.bottom(), panel.top()}),
          INK,
          SeriesMarkers.NONE,
          DASHED);
    }
    XYSeries kept = add(chart, "kept epoch", panel.kept(), INK, SeriesMarkers.DIAMOND);
    if (kept != null) {
      kept.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    }
    canvas.knowUpright(chart.getYAxisTitle(), BOLD);
    return chart;
  }

  /** A ring around the best point of each curve, and a dot on its last one. */
  private static void markBestAndLast(SvgCanvas canvas, XYChart chart, Panel panel) {
    mark(canvas, chart, panel, panel.train(), BLUE);
    mark(canvas, chart, panel, panel.validation(), VERMILION);
  }

  private static void mark(
      SvgCanvas canvas, XYChart chart, Panel panel, List<Panel.Point> points, Color color) {
    if (points.isEmpty()) {
      return;
    }
    canvas.setColor(color);
    canvas.setStroke(SOLID);
    canvas.draw(circle(chart, panel.best(points), 5.5));
    canvas.fill(circle(chart, points.get(points.size() - 1), 3.5));
  }

  private static Shape circle(XYChart chart, Panel.Point point, double radius) {
    double x = chart.getScreenXFromChart(point.epoch());
    double y = chart.getScreenYFromChart(point.value());
    return new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius);
  }

  /**
   * The labels of the horizontal axis. XChart's are as close together as they become with many
   * epochs.
   */
  private static void writeEpochs(SvgCanvas canvas, XYChart chart, int epochs) {
    double left = chart.getScreenXFromChart(1);
    double right = chart.getScreenXFromChart(epochs);
    int widest = canvas.getFontMetrics(TEXT).stringWidth(Integer.toString(epochs));
    int most = (int) Math.min(MOST_TICKS, (right - left) / (widest + GAP));
    for (int epoch : ticks(epochs, Math.max(1, most))) {
      double x = chart.getScreenXFromChart(epoch);
      write(canvas, Integer.toString(epoch), TEXT, x, PLOT + 6.0);
    }
    write(canvas, "epoch", BOLD, (left + right) / 2, PLOT + 6.0 + LINE);
  }

  /** Epochs that have a label: all, or round numbers, and the first where there is room for it. */
  static List<Integer> ticks(int epochs, int most) {
    int step = 1;
    for (int i = 0; epochs / step > most; i++) {
      step = (int) Math.pow(10, i / 3 + 1) / new int[] {5, 2, 1}[i % 3];
    }
    List<Integer> ticks = new ArrayList<>();
    if (step != 1 && step != 2) {
      ticks.add(1);
    }
    for (int epoch = step; epoch <= epochs; epoch += step) {
      ticks.add(epoch);
    }
    return ticks;
  }

  private static void writeLegend(SvgCanvas canvas, Panel panel) {
    double y = PLOT + 12.0 + 2 * LINE;
    y += sample(canvas, panel, "train", panel.train(), BLUE, y);
    y += sample(canvas, panel, "validation", panel.validation(), VERMILION, y);
    int x = INDENT;
    if (!Double.isNaN(panel.fineTuning())) {
      canvas.setColor(INK);
      canvas.setStroke(DASHED);
      canvas.draw(new Line2D.Double(x, y, x + SAMPLE, y));
      label(canvas, "fine-tuning", x + SAMPLE + 8.0, y);
      x += 140;
    }
    if (!panel.kept().isEmpty()) {
      canvas.setColor(INK);
      canvas.setStroke(SOLID);
      SeriesMarkers.DIAMOND.paint(canvas, x + SAMPLE / 2.0, y, MARKER);
      label(canvas, "kept epoch", x + SAMPLE + 8.0, y);
    }
  }

  /** A curve's line of the legend; returns its height, 0 where there is no such curve. */
  private static int sample(
      SvgCanvas canvas, Panel panel, String name, List<Panel.Point> points, Color color, double y) {
    if (points.isEmpty()) {
      return 0;
    }
    canvas.setColor(color);
    canvas.setStroke(SOLID);
    canvas.draw(new Line2D.Double(INDENT, y, INDENT + SAMPLE, y));
    Panel.Point best = panel.best(points);
    label(
        canvas,
        String.format(
            Locale.ROOT,
            "%s: best %.3f in epoch %d, last %.3f",
            name,
            best.value(),
            best.epoch(),
            points.get(points.size() - 1).value()),
        INDENT + SAMPLE + 8.0,
        y);
    return LINE;
  }

  private static void label(SvgCanvas canvas, String text, double x, double y) {
    canvas.setColor(INK);
    canvas.setFont(LEGEND);
    canvas.drawString(text, (float) x, (float) y + 4);
  }

  /** Writes a text with its middle here. */
  private static void write(SvgCanvas canvas, String text, Font font, double x, double y) {
    canvas.setColor(INK);
    canvas.setFont(font);
    double width = canvas.getFontMetrics(font).stringWidth(text);
    canvas.drawString(text, (float) (x - width / 2), (float) y);
  }

  private static XYSeries add(
      XYChart chart, String name, List<Panel.Point> points, Color color, Marker marker) {
    if (points.isEmpty()) {
      return null;
    }
    XYSeries series =
        chart.addSeries(
            name,
            points.stream().mapToDouble(Panel.Point::epoch).toArray(),
            points.stream().mapToDouble(Panel.Point::value).toArray());
    style(series, color, marker, SOLID);
    return series;
  }

  private static void style(XYSeries series, Color color, Marker marker, BasicStroke stroke) {
    series.setLineColor(color);
    series.setLineStyle(stroke);
    series.setMarkerColor(color);
    series.setMarker(marker);
  }

  private static void style(XYStyler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderColor(FAINT);
    styler.setPlotGridLinesColor(FAINT);
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotContentSize(0.92);
    styler.setPlotMargin(0);
    styler.setChartFontColor(INK);
    styler.setAxisTickLabelsColor(INK);
    styler.setChartTitleVisible(false);
    styler.setLegendVisible(false);
    styler.setMarkerSize(MARKER);
    styler.setXAxisTicksVisible(false);
    styler.setAxisTicksMarksVisible(false);
    styler.setLocale(Locale.ROOT);
    styler.setBaseFont(LEGEND);
    styler.setAxisTitleFont(BOLD);
    styler.setAxisTickLabelsFont(TEXT);
  }

  /** As short as it can be: 2, 0.5, 0.025. */
  private static String number(double value) {
    String digits = String.format(Locale.ROOT, "%.6f", value);
    return digits.replaceAll("\\.?0+$", "");
  }
}

package dev.graft.curves;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws panels side by side with XChart. */
final class CurvesPainter {

  private static final String TRAIN = "train";
  private static final String VALIDATION = "validation";
  private static final String FINE_TUNING = "fine-tuning";
  private static final String KEPT = "kept epoch";
  private static final List<String> SERIES = List.of(TRAIN, VALIDATION, FINE_TUNING, KEPT);

  private static final int WIDTH = 480; // pixels of a panel
  private static final int HEIGHT = 360;

  /** More epochs than this are a line without a circle for each. */
  private static final int MOST_CIRCLES = 60;

  // Two colours of Okabe and Ito, told apart by the colour-blind too.
  private static final Color BLUE = new Color(0x0072b2);
  private static final Color VERMILION = new Color(0xd55e00);
  private static final Color INK = new Color(0x333333);
  private static final Color FAINT = new Color(0xe0e0e0);

  private static final BasicStroke SOLID = new BasicStroke(1.5f);
  private static final BasicStroke DASHED =
      new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {5, 4}, 0);

  private CurvesPainter() {}

  static byte[] paint(String title, List<Panel> panels) throws IOException {
    SvgCanvas canvas = new SvgCanvas(title, WIDTH * panels.size(), HEIGHT);
    for (Panel panel : panels) {
      chart(panel, canvas).paint(canvas, WIDTH, HEIGHT);
      canvas.translate(WIDTH, 0);
    }
    return canvas.toBytes();
  }

  private static XYChart chart(Panel panel, SvgCanvas canvas) {
    XYChart chart = new XYChart(WIDTH, HEIGHT, Styler.ChartTheme.XChart);
    chart.setXAxisTitle("epoch");
    chart.setYAxisTitle(panel.name());
    style(chart.getStyler());
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(panel.top());
    Font ticks = chart.getStyler().getAxisTickLabelsFont();
    chart
        .getStyler()
        .setXAxisTickLabelsFormattingFunction(
            epoch -> canvas.know(epoch == Math.rint(epoch) ? number(epoch) : "", ticks))
        .setYAxisTickLabelsFormattingFunction(value -> canvas.know(number(value), ticks));

    Marker circle = panel.epochs() > MOST_CIRCLES ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE;
    add(chart, TRAIN, panel.train(), BLUE, circle);
    add(chart, VALIDATION, panel.validation(), VERMILION, circle);
    if (!Double.isNaN(panel.fineTuning())) {
      double x = panel.fineTuning();
      style(
          chart.addSeries(FINE_TUNING, new double[] {x, x}, new double[] {0, panel.top()}),
          INK,
          SeriesMarkers.NONE,
          DASHED);
    }
    XYSeries kept = add(chart, KEPT, panel.kept(), INK, SeriesMarkers.DIAMOND);
    if (kept != null) {
      kept.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    }
    Font legend = chart.getStyler().getLegendFont();
    SERIES.forEach(name -> canvas.know(name, legend));
    Font titles = chart.getStyler().getAxisTitleFont();
    canvas.know(chart.getXAxisTitle(), titles);
    canvas.knowUpright(chart.getYAxisTitle(), titles);
    return chart;
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
    styler.setLegendPosition(Styler.LegendPosition.OutsideS);
    styler.setLegendLayout(Styler.LegendLayout.Horizontal);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setMarkerSize(5);
    styler.setXAxisTickMarkSpacingHint(40);
    styler.setAxisTicksMarksVisible(false);
    styler.setLocale(Locale.ROOT);
    styler.setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 12));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
  }

  /** As short as it can be: 2, 0.5, 0.025. */
  private static String number(double value) {
    String digits = String.format(Locale.ROOT, "%.6f", value);
    return digits.replaceAll("\\.?0+$", "");
  }
}

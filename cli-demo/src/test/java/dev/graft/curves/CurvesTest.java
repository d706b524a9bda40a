package dev.graft.curves;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.augment.Augmentation;
import dev.graft.data.Overlap;
import dev.graft.evaluate.Baseline;
import dev.graft.model.SplitMetrics;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import dev.graft.train.Timing;
import dev.graft.train.TrainingReport;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class CurvesTest {

  /** Where the pictures of this test are left to be looked at. */
  private static final Path LOOK = Path.of("target", "curves");

  /** A curve has a ring around its best point and a dot on its last one. */
  private static final int MARKS = 2;

  @BeforeAll
  static void needFonts() {
    assumeTrue(Fonts.areThere(), "this Java finds no font");
  }

  /** The loss falls, and rises again on validation photos after the eighth epoch. */
  private static List<EpochMetrics> epochs(int n, boolean validation, boolean multiLabel) {
    List<EpochMetrics> epochs = new ArrayList<>();
    for (int e = 1; e <= n; e++) {
      double learnt = 1 - Math.exp(-e / 5.0);
      SplitMetrics train =
          new SplitMetrics(
              400, 1.7 - 1.6 * learnt, 0.2 + 0.79 * learnt, multiLabel ? learnt : null);
      double overfitting = 0.01 * Math.max(0, e - 8);
      SplitMetrics unseen =
          new SplitMetrics(
              100,
              1.6 - 1.1 * Math.min(learnt, 1 - Math.exp(-8 / 5.0)) + overfitting,
              0.25 + 0.6 * learnt,
              multiLabel ? 0.9 * learnt : null);
      epochs.add(new EpochMetrics(e, train, validation ? unseen : null));
    }
    return epochs;
  }

  private static TrainingReport report(
      List<EpochMetrics> epochs, int headEpochs, Hyperparameters hyperparameters) {
    EpochMetrics last = epochs.get(epochs.size() - 1);
    return new TrainingReport(
        "vgg16",
        Head.flattenDense(),
        hyperparameters,
        headEpochs < epochs.size() ? FineTuning.from("block5") : null,
        Augmentation.none(),
        42,
        last.train(),
        last.validation(),
        null,
        null,
        epochs,
        headEpochs,
        new Timing(0, 1, 1, 1, 0),
        List.of(),
        new Overlap(List.of(), List.of()),
        new Baseline("a", 0.2, 0.2, null));
  }

  private static TrainingReport report(List<EpochMetrics> epochs) {
    return report(epochs, epochs.size(), Head.flattenDense().defaults());
  }

  private static Element draw(String name, TrainingReport report) throws Exception {
    byte[] svg = Curves.svg(report);
    Files.createDirectories(LOOK);
    Files.write(LOOK.resolve(name + ".svg"), svg);
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    Document document = factory.newDocumentBuilder().parse(new ByteArrayInputStream(svg));
    return document.getDocumentElement();
  }

  private static Map<String, Integer> texts(Element svg) {
    Map<String, Integer> counts = new TreeMap<>();
    NodeList texts = svg.getElementsByTagName("text");
    for (int i = 0; i < texts.getLength(); i++) {
      counts.merge(texts.item(i).getTextContent(), 1, Integer::sum);
    }
    return counts;
  }

  private static int count(Element svg, String tag) {
    return svg.getElementsByTagName(tag).getLength();
  }

  @Test
  void drawsLossAndAccuracyOfEachEpochOnTrainingAndValidationPhotos() throws Exception {
    Element svg = draw("usual", report(epochs(10, true, false)));
    assertEquals("http://www.w3.org/2000/svg", svg.getNamespaceURI());
    assertEquals("svg", svg.getLocalName());
    assertEquals(
        "Loss and accuracy of vgg16, flatten-dense",
        svg.getElementsByTagName("title").item(0).getTextContent());
    Map<String, Integer> texts = texts(svg);
    for (String once : List.of("Loss and accuracy of vgg16, flatten-dense", "loss", "accuracy")) {
      assertEquals(1, texts.get(once), texts.toString());
    }
    for (String twice : List.of("epoch", "2", "10")) {
      assertEquals(2, texts.get(twice), twice + " " + texts);
    }
    assertFalse(texts.containsKey("fine-tuning"), texts.toString());
    assertFalse(texts.containsKey("kept epoch"), texts.toString());
    assertEquals(2 * 2 * (10 + MARKS), count(svg, "circle"));
  }

  @Test
  void tellsTheBestAndTheLastValueOfEachCurve() throws Exception {
    Map<String, Integer> texts = texts(draw("best", report(epochs(10, true, false))));
    // The loss on validation photos rises again after the eighth epoch.
    for (String curve :
        List.of(
            "train: best 0.317 in epoch 10, last 0.317",
            "validation: best 0.722 in epoch 8, last 0.742",
            "train: best 0.883 in epoch 10, last 0.883",
            "validation: best 0.769 in epoch 10, last 0.769")) {
      assertEquals(1, texts.get(curve), texts.toString());
    }
  }

  @Test
  void leavesOutWhatThereIsNot() throws Exception {
    Element svg = draw("train-only", report(epochs(7, false, false)));
    assertTrue(
        texts(svg).keySet().stream().noneMatch(text -> text.startsWith("validation")),
        texts(svg).toString());
    assertEquals(2 * (7 + MARKS), count(svg, "circle"));
  }

  @Test
  void showsThePartOfTheAccuraciesThatHasSome() throws Exception {
    List<EpochMetrics> high = new ArrayList<>();
    for (int e = 1; e <= 10; e++) {
      high.add(new EpochMetrics(e, new SplitMetrics(400, 0.1, 0.95 + 0.004 * e, null), null));
    }
    Map<String, Integer> texts = texts(draw("high", report(high)));
    assertTrue(texts.containsKey("0.96"), texts.toString());
    assertFalse(texts.containsKey("0.8"), texts.toString());
    texts = texts(draw("whole", report(epochs(50, true, false))));
    assertTrue(texts.containsKey("0.4"), texts.toString());
  }

  @Test
  void keepsTheLabelsOfTheEpochsApart() throws Exception {
    for (int n : new int[] {1, 2, 10, 11, 50, 333, 1000, 5000}) {
      Element svg = draw("epochs-" + n, report(epochs(n, false, false)));
      NodeList texts = svg.getElementsByTagName("text");
      List<double[]> labels = new ArrayList<>(); // left and right of those of the first chart
      for (int i = 0; i < texts.getLength(); i++) {
        Element text = (Element) texts.item(i);
        String label = text.getTextContent();
        if (label.equals("epoch")) {
          break;
        }
        if (label.matches("\\d+") && text.getAttribute("y").equals("286")) {
          double left = Double.parseDouble(text.getAttribute("x"));
          labels.add(new double[] {left, left + 7 * label.length()});
          assertTrue(Integer.parseInt(label) >= 1 && Integer.parseInt(label) <= n, label);
        }
      }
      assertTrue(labels.size() >= Math.min(n, 4) && labels.size() <= 11, n + ": " + labels.size());
      for (int i = 1; i < labels.size(); i++) {
        assertTrue(labels.get(i)[0] > labels.get(i - 1)[1], n + ": label " + i);
      }
    }
  }

  @Test
  void drawsEvenASingleEpoch() throws Exception {
    Element svg = draw("one", report(epochs(1, true, false)));
    assertEquals(2 * 2 * (1 + MARKS), count(svg, "circle"));
    Map<String, Integer> texts = texts(svg);
    assertTrue(texts.get("1") >= 2, texts.toString()); // one a horizontal axis
  }

  @Test
  void drawsManyEpochsAsLinesAlone() throws Exception {
    assertEquals(2 * 2 * MARKS, count(draw("many", report(epochs(300, true, false))), "circle"));
  }

  @Test
  void drawsTheMeanAveragePrecisionOfAMultiLabelModel() throws Exception {
    Map<String, Integer> texts = texts(draw("multi-label", report(epochs(12, true, true))));
    assertEquals(1, texts.get("mean average precision"), texts.toString());
    assertFalse(texts.containsKey("accuracy"), texts.toString());
  }

  @Test
  void marksWhereTheFineTuningBeginsAndWhichEpochWasKept() throws Exception {
    Hyperparameters patient = Head.flattenDense().defaults().withPatience(7);
    Element svg = draw("fine-tuned", report(epochs(15, true, false), 5, patient));
    Map<String, Integer> texts = texts(svg);
    assertEquals(2, texts.get("fine-tuning"), texts.toString());
    assertEquals(2, texts.get("kept epoch"), texts.toString());
    assertEquals(2 * 2 * (15 + MARKS), count(svg, "circle"));
  }

  @Test
  void marksNoFineTuningWhereNoHeadCameFirst() throws Exception {
    Map<String, Integer> texts =
        texts(draw("all-at-once", report(epochs(5, true, false), 0, Head.linear().defaults())));
    assertFalse(texts.containsKey("fine-tuning"), texts.toString());
  }

  @Test
  void equalReportsGiveEqualBytes() throws Exception {
    assertArrayEquals(
        Curves.svg(report(epochs(10, true, false))), Curves.svg(report(epochs(10, true, false))));
  }
}

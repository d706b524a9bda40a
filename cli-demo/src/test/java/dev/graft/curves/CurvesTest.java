package dev.graft.curves;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.augment.Augmentation;
import dev.graft.model.SplitMetrics;
import dev.graft.train.Baseline;
import dev.graft.train.EpochMetrics;
import dev.graft.train.FineTuning;
import dev.graft.train.Head;
import dev.graft.train.Hyperparameters;
import dev.graft.train.Overlap;
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
    for (String once : List.of("loss", "accuracy")) {
      assertEquals(1, texts.get(once), texts.toString());
    }
    for (String twice : List.of("epoch", "train", "validation", "2", "10", "0", "0.8")) {
      assertEquals(2, texts.get(twice), twice + " " + texts);
    }
    assertFalse(texts.containsKey("fine-tuning"), texts.toString());
    assertFalse(texts.containsKey("kept epoch"), texts.toString());
    // Two curves in each chart: a circle an epoch, and one in the legend.
    assertEquals(2 * 2 * (10 + 1), count(svg, "circle"));
  }

  @Test
  void leavesOutWhatThereIsNot() throws Exception {
    Element svg = draw("train-only", report(epochs(7, false, false)));
    assertFalse(texts(svg).containsKey("validation"), texts(svg).toString());
    assertEquals(2 * (7 + 1), count(svg, "circle"));
  }

  @Test
  void drawsEvenASingleEpoch() throws Exception {
    Element svg = draw("one", report(epochs(1, true, false)));
    assertEquals(2 * 2 * (1 + 1), count(svg, "circle"));
    Map<String, Integer> texts = texts(svg);
    assertEquals(4, texts.get("1"), texts.toString()); // one an axis
  }

  @Test
  void namesWholeEpochsAlone() throws Exception {
    for (int n : new int[] {2, 3, 50}) {
      Map<String, Integer> texts = texts(draw("epochs-" + n, report(epochs(n, true, false))));
      assertFalse(texts.containsKey("1.5"), texts.toString());
      assertFalse(texts.containsKey("2.5"), texts.toString());
      assertTrue(texts.containsKey("1"), texts.toString());
    }
  }

  @Test
  void drawsManyEpochsAsLinesAlone() throws Exception {
    assertEquals(0, count(draw("many", report(epochs(300, true, false))), "circle"));
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
    assertEquals(2 * 2 * (15 + 1), count(svg, "circle"));
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

package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.graft.augment.Augmentation;
import dev.graft.data.LabeledPhoto;
import dev.graft.data.Overlap;
import dev.graft.evaluate.Baseline;
import dev.graft.file.Sha256;
import dev.graft.model.SplitMetrics;
import dev.graft.model.Task;
import dev.graft.recipe.Head;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a model must beat, and what is said of one that does not. */
class BaselineTest {

  private static final List<String> CLASSES = List.of("a", "b", "c");

  private static List<LabeledPhoto> photos(List<List<Integer>> labels) {
    List<LabeledPhoto> photos = new ArrayList<>();
    labels.forEach(l -> photos.add(new LabeledPhoto(Path.of("x"), l, Sha256.of(new byte[0]))));
    return photos;
  }

  private static List<LabeledPhoto> photos(int... labels) {
    List<List<Integer>> lists = new ArrayList<>();
    for (int label : labels) {
      lists.add(List.of(label));
    }
    return photos(lists);
  }

  private static Baseline ofSingleLabel() {
    return Baseline.of(
        Task.SINGLE_LABEL, CLASSES, photos(0, 1, 1, 1, 2), photos(0, 0, 0, 1), List.of());
  }

  @Test
  void isTheClassMostFrequentInTrainingOnEachSet() {
    assertEquals(new Baseline("b", 0.6, 0.25, null), ofSingleLabel());
  }

  @Test
  void isTheMeanShareOfTheLabelsThatAreThere() {
    Baseline baseline =
        Baseline.of(
            Task.MULTI_LABEL,
            CLASSES,
            photos(List.of(List.of(0, 1), List.of(1), List.of(), List.of(1, 2))),
            photos(List.of(List.of(2), List.of())),
            photos(List.of(List.of())));
    assertNull(baseline.label());
    assertEquals((0.25 + 0.75 + 0.25) / 3, baseline.train(), 1e-12);
    assertEquals(0.5, baseline.validation(), 1e-12);
    assertNull(baseline.test(), "no photo has a label");
  }

  @Test
  void aModelHasToBeBetterOnEverySet() {
    assertEquals(List.of(), report(0.61, 0.26, null).unbeaten());
    assertEquals(List.of("validation 0.250 against 0.250"), report(0.61, 0.25, null).unbeaten());
    assertEquals(
        List.of("training 0.400 against 0.600", "validation 0.000 against 0.250"),
        report(0.4, 0, null).unbeaten());
    CrossValidation folds =
        new CrossValidation(List.of(new SplitMetrics(2, 1, 0.5), new SplitMetrics(3, 1, 0.7)));
    assertEquals(
        List.of("cross-validation 0.600 against 0.600"), report(0.9, 0.9, folds).unbeaten());
  }

  @Test
  void aModelThatIsAlwaysRightIsNoWorseThanAnAnswerThatIsToo() {
    Baseline oneClass =
        Baseline.of(Task.SINGLE_LABEL, CLASSES, photos(0, 1, 1), photos(1, 1), List.of());
    assertEquals(1.0, oneClass.validation());
    assertEquals(List.of(), report(1, 1, null, oneClass).unbeaten());
    assertEquals(
        List.of("validation 0.500 against 1.000"), report(1, 0.5, null, oneClass).unbeaten());
  }

  private static TrainingReport report(double train, double validation, CrossValidation folds) {
    return report(train, validation, folds, ofSingleLabel());
  }

  private static TrainingReport report(
      double train, double validation, CrossValidation folds, Baseline baseline) {
    return new TrainingReport(
        "vgg16",
        Head.linear(),
        Head.linear().defaults(),
        null,
        Augmentation.none(),
        42,
        new SplitMetrics(5, 1, train),
        new SplitMetrics(4, 1, validation),
        null,
        folds,
        List.of(),
        0,
        new Timing(0, 0, 0, 0, 0),
        List.of(),
        new Overlap(List.of(), List.of()),
        baseline);
  }
}

package dev.graft.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.optimize.Optimizer;
import dev.graft.optimize.Schedule;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HyperparametersTest {

  private static final Hyperparameters FEW = Hyperparameters.of(10, 32, 1e-4f);

  private static final Hyperparameters ALL =
      FEW.withWeightDecay(0.01f)
          .withOptimizer(new Optimizer.Sgd(0.8f))
          .withSchedule(new Schedule.Step(10, 0.1f))
          .withWarmupEpochs(2)
          .withLabelSmoothing(0.1f)
          .withBalance(Balance.CLASS_WEIGHTS)
          .withClipNorm(1)
          .withPatience(5);

  /** Files of before have these words. */
  @Test
  void theModelFileNamesThoseInUse() {
    assertEquals(
        "{epochs=10, batch_size=32, learning_rate=1.0E-4, weight_decay=0.0, optimizer=adam,"
            + " schedule=constant}",
        FEW.toMetadata().toString());
    assertEquals(
        "{epochs=10, batch_size=32, learning_rate=1.0E-4, weight_decay=0.01, optimizer=sgd,"
            + " momentum=0.8, schedule=step=10/0.1, warmup_epochs=2, label_smoothing=0.1,"
            + " balance=class_weights, clip_norm=1.0, patience=5}",
        ALL.toMetadata().toString());
  }

  /** Checkpoints of before have these words. */
  @Test
  void aCheckpointComparesAll() {
    assertEquals(
        "{epochs=10, batch size=32, learning rate=1.0E-4, weight decay=0.0,"
            + " optimizer=Adam[beta1=0.9, beta2=0.999, epsilon=1.0E-8], schedule=constant,"
            + " epochs of warm-up=0, label smoothing=0.0, balance=NONE, norm to clip at=Infinity,"
            + " patience=0}",
        FEW.settings().toString());
    assertEquals(
        "{epochs=10, batch size=32, learning rate=1.0E-4, weight decay=0.01,"
            + " optimizer=Sgd[momentum=0.8], schedule=step=10/0.1, epochs of warm-up=2,"
            + " label smoothing=0.1, balance=CLASS_WEIGHTS, norm to clip at=1.0, patience=5}",
        ALL.settings().toString());
    assertEquals(
        List.of(
            "AdamW[beta1=0.9, beta2=0.999, epsilon=1.0E-8]", "RmsProp[rho=0.9, epsilon=1.0E-8]"),
        List.of(Optimizer.adamW().toString(), Optimizer.rmsProp().toString()));
    assertEquals("FlattenDense[hidden=512, dropout=0.5]", Head.flattenDense().toString());
    assertEquals("Linear[dropout=0.0]", Head.linear().toString());
    assertEquals(
        "FineTuning[from=all, epochs=5, learningRate=1.0E-4]",
        FineTuning.from(FineTuning.ALL).toString());
  }

  @ParameterizedTest
  @EnumSource
  void eachCanBeReadAndChangedAlone(Hyperparameter each) throws Exception {
    String name = camelCase(each.key());
    Method getter = Hyperparameters.class.getMethod(name);
    Method with =
        Arrays.stream(Hyperparameters.class.getMethods())
            .filter(method -> method.getName().equalsIgnoreCase("with" + name))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no with method for " + each));
    Object other = getter.invoke(ALL.withEpochs(20).withBatchSize(16).withLearningRate(0.5f));
    Object changed = with.invoke(FEW, other);
    assertEquals(other, getter.invoke(changed));

    Map<String, String> before = FEW.settings();
    Map<String, String> after = ((Hyperparameters) changed).settings();
    assertNotEquals(before, after);
    assertEquals(before.put(each.setting(), ""), getter.invoke(FEW).toString());
    after.put(each.setting(), "");
    assertEquals(before, after);
  }

  private static String camelCase(String key) {
    return Pattern.compile("_(.)")
        .matcher(key)
        .replaceAll(m -> m.group(1).toUpperCase(Locale.ROOT));
  }

  @ParameterizedTest
  @EnumSource
  void theDocumentOfModelFilesNamesEach(Hyperparameter each) throws IOException {
    String document =
        Files.readString(Path.of(System.getProperty("graft.root"), "docs", "model-file.md"));
    assertTrue(
        document.contains("`" + each.key() + "`") || document.contains("\"" + each.key() + "\""),
        each.key());
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertRefused("at least 1 epoch, got 0", () -> FEW.withEpochs(0));
    assertRefused("a batch size of at least 1, got -1", () -> FEW.withBatchSize(-1));
    assertRefused("a learning rate above 0, got NaN", () -> FEW.withLearningRate(Float.NaN));
    assertRefused("a weight decay of 0 or more, got -1.0", () -> FEW.withWeightDecay(-1));
    assertRefused("an optimizer, got null", () -> FEW.withOptimizer(null));
    assertRefused("a schedule, got null", () -> FEW.withSchedule(null));
    assertRefused(
        "at least 0 and fewer than all 10 epochs of warm-up, got 10",
        () -> FEW.withWarmupEpochs(10));
    assertRefused(
        "at least 0 and fewer than all 10 epochs of warm-up, got -1",
        () -> FEW.withWarmupEpochs(-1));
    assertRefused(
        "a label smoothing of at least 0 and below 1, got 1.0", () -> FEW.withLabelSmoothing(1));
    assertRefused("a balance, got null", () -> FEW.withBalance(null));
    assertRefused("a norm to clip at above 0, got 0.0", () -> FEW.withClipNorm(0));
    assertRefused("a patience of 0 or more, got -1", () -> FEW.withPatience(-1));
  }

  private static void assertRefused(String message, Runnable change) {
    assertEquals(
        "expected " + message,
        assertThrows(IllegalArgumentException.class, change::run).getMessage());
  }

  @Test
  void equalOnesAreEqual() {
    assertEquals(FEW, Hyperparameters.of(10, 32, 1e-4f));
    assertEquals(FEW.hashCode(), Hyperparameters.of(10, 32, 1e-4f).hashCode());
    assertNotEquals(FEW, FEW.withPatience(1));
  }
}

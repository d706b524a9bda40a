package dev.graft.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.cli.Screen;
import dev.graft.model.SplitMetrics;
import dev.graft.recipe.EpochMetrics;
import dev.graft.recipe.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressViewTest {

  private static final Duration LEFT = Duration.ofSeconds(65);
  private static final SplitMetrics METRICS = new SplitMetrics(10, 0.25, 0.5);

  private final StringWriter err = new StringWriter();

  private ProgressView terminal(boolean escapes, int columns) {
    return new ProgressView(new PrintWriter(err), true, escapes, columns);
  }

  /** Sends on what was printed since the last time. */
  private void show(Screen screen) {
    screen.print(err.toString());
    err.getBuffer().setLength(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void drawsABarThatMakesWayForMessages(boolean escapes) {
    Screen screen = new Screen(50);
    try (ProgressView view = terminal(escapes, 50)) {
      view.step("photos", 0, 4);
      show(screen);
      assertEquals(List.of("photos [                                    ] 0/4"), screen.rows());
      view.message("a.jpg: empty");
      view.accept(new Progress.Features(2, 2, 0, Duration.ZERO));
      view.accept(new Progress.Features(1, 2, 1, LEFT));
    }
    show(screen);
    assertEquals(
        List.of(
            "graft: a.jpg: empty",
            "photos [                                    ] 0/4",
            "features [==================================] 2/2",
            ""),
        screen.rows());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsABarOnOneLine(boolean escapes) {
    Screen screen = new Screen(60);
    try (ProgressView view = terminal(escapes, 60)) {
      view.accept(new Progress.Epoch(100, new EpochMetrics(1, METRICS, METRICS), LEFT));
    }
    show(screen);
    assertEquals(
        List.of("epoch [     ] 1/100, 1:05 left  accuracy 0.500, validation", ""), screen.rows());
  }

  @Test
  void keepsABarOnOneLineWhenTheWindowBecomesNarrower() {
    Screen screen = new Screen(100);
    screen.print("$ graft train\n");
    try (ProgressView view = terminal(true, 100)) {
      view.accept(new Progress.Epoch(9, new EpochMetrics(1, METRICS, METRICS), LEFT));
      for (int columns = 90; columns >= 40; columns -= 10) {
        show(screen);
        screen.resize(columns);
        view.message("noted"); // draws the bar again
      }
    }
    show(screen);
    List<String> expected = new ArrayList<>(List.of("$ graft train"));
    expected.addAll(Collections.nCopies(6, "graft: noted"));
    // As much as fits, with the last character at the margin.
    expected.addAll(List.of("epoch [===                          ] 10", ""));
    assertEquals(expected, screen.rows());
  }

  @Test
  void coversWhatCtrlCLeavesOnTheScreen() {
    Screen screen = new Screen(50);
    try (ProgressView view = terminal(true, 50)) {
      view.step("photos", 0, 4);
      show(screen);
      screen.print("^C");
    }
    show(screen);
    assertEquals(List.of("photos [                                    ] 0/4", ""), screen.rows());
  }

  @Test
  void printsPlainLinesWhereThereIsNoTerminal() {
    try (ProgressView view = new ProgressView(new PrintWriter(err), false, true, 80)) {
      view.accept(new Progress.Features(1, 2, 0, LEFT));
      view.accept(new Progress.Features(2, 2, 1, Duration.ZERO));
      view.accept(new Progress.Epoch(2, new EpochMetrics(1, METRICS, null), LEFT));
      view.accept(new Progress.Epoch(2, new EpochMetrics(2, METRICS, METRICS), Duration.ZERO));
      view.message("done");
    }
    assertEquals(
        """
        features 2/2, 1 from the cache
        epoch 1/2, loss 0.2500, accuracy 0.500, 1:05 left
        epoch 2/2, loss 0.2500, accuracy 0.500, validation loss 0.2500, accuracy 0.500
        graft: done
        """,
        err.toString().replace(System.lineSeparator(), "\n"));
  }
}

package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.model.SplitMetrics;
import dev.graft.train.EpochMetrics;
import dev.graft.train.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressViewTest {

  private static final Duration LEFT = Duration.ofSeconds(65);

  private final StringWriter err = new StringWriter();

  private ProgressView view(boolean terminal, int columns) {
    return new ProgressView(new PrintWriter(err), terminal, columns);
  }

  /** What a terminal of this width shows in the end. */
  private List<String> screen(int columns) {
    List<String> lines = new ArrayList<>();
    for (String line : err.toString().split("\n", -1)) {
      StringBuilder row = new StringBuilder();
      int column = 0;
      for (int i = 0; i < line.length(); i++) {
        char c = line.charAt(i);
        if (c == '\r') {
          column = 0;
        } else {
          row.replace(column, Math.min(row.length(), column + 1), Character.toString(c));
          column++;
          assertTrue(column < columns, "wider than the terminal: " + row);
        }
      }
      lines.add(row.toString().stripTrailing());
    }
    return lines;
  }

  @Test
  void drawsABarThatMakesWayForMessages() {
    try (ProgressView view = view(true, 50)) {
      view.step("photos", 0, 4, Duration.ZERO);
      assertEquals(List.of("photos [                                    ] 0/4"), screen(50));
      view.message("a.jpg: empty");
      view.accept(new Progress.Features(2, 2, 0, Duration.ZERO));
      view.accept(new Progress.Features(1, 2, 1, LEFT));
    }
    assertEquals(
        List.of(
            "graft: a.jpg: empty",
            "photos [                                    ] 0/4",
            "features [==================================] 2/2",
            ""),
        screen(50));
  }

  @Test
  void keepsABarOnOneLine() {
    SplitMetrics metrics = new SplitMetrics(10, 0.25, 0.5);
    try (ProgressView view = view(true, 60)) {
      view.accept(new Progress.Epoch(100, new EpochMetrics(1, metrics, metrics), LEFT));
    }
    assertEquals(
        List.of("epoch [     ] 1/100, 1:05 left  accuracy 0.500, validation", ""), screen(60));
  }

  @Test
  void printsPlainLinesWhereThereIsNoTerminal() {
    SplitMetrics metrics = new SplitMetrics(10, 0.25, 0.5);
    try (ProgressView view = view(false, 80)) {
      view.accept(new Progress.Features(1, 2, 0, LEFT));
      view.accept(new Progress.Features(2, 2, 1, Duration.ZERO));
      view.accept(new Progress.Epoch(2, new EpochMetrics(1, metrics, null), LEFT));
      view.accept(new Progress.Epoch(2, new EpochMetrics(2, metrics, metrics), Duration.ZERO));
      view.message("done");
    }
    assertEquals(
        List.of(
            "features 2/2, 1 from the cache",
            "epoch 1/2, loss 0.2500, accuracy 0.500, 1:05 left",
            "epoch 2/2, loss 0.2500, accuracy 0.500, validation loss 0.2500, accuracy 0.500",
            "graft: done",
            ""),
        screen(100));
  }
}

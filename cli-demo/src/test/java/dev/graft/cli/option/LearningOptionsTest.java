package dev.graft.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.graft.recipe.Hyperparameters;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Each hyper-parameter that is declared has its option, which changes it alone. */
class LearningOptionsTest {

  private static final Hyperparameters DEFAULTS = Hyperparameters.of(10, 32, 1e-4f);

  /** By the names that {@link Hyperparameters#settings} has: a line, and what it makes of it. */
  private static final Map<String, List<String>> LINES = new LinkedHashMap<>();

  static {
    LINES.put("epochs", List.of("--epochs=7", "7"));
    LINES.put("batch size", List.of("--batch-size=3", "3"));
    LINES.put("learning rate", List.of("--learning-rate=0.5", "0.5"));
    LINES.put("weight decay", List.of("--weight-decay=0.25", "0.25"));
    LINES.put("optimizer", List.of("--optimizer=sgd --momentum=0.8", "Sgd[momentum=0.8]"));
    LINES.put("schedule", List.of("--schedule=cosine", "cosine"));
    LINES.put("epochs of warm-up", List.of("--warmup-epochs=2", "2"));
    LINES.put("label smoothing", List.of("--label-smoothing=0.125", "0.125"));
    LINES.put("balance", List.of("--sampling=balanced", "SAMPLING"));
    LINES.put("norm to clip at", List.of("--clip-norm=2", "2.0"));
    LINES.put("patience", List.of("--early-stopping=4", "4"));
  }

  @Command
  private static final class Anything {
    @Mixin private LearningOptions learning;
  }

  @Command
  private static final class Parent {}

  private static Hyperparameters parse(String... options) {
    Anything command = new Anything();
    CommandLine parent = new CommandLine(new Parent()).addSubcommand("any", command);
    EnumConverter.registerIn(parent);
    parent.parseArgs(Stream.concat(Stream.of("any"), Stream.of(options)).toArray(String[]::new));
    return command.learning.hyperparameters(DEFAULTS);
  }

  @Test
  void eachHasAnOptionThatChangesItAlone() {
    assertEquals(List.copyOf(DEFAULTS.settings().keySet()), List.copyOf(LINES.keySet()));
    LINES.forEach(
        (name, line) -> {
          Map<String, String> expected = new HashMap<>(DEFAULTS.settings());
          expected.put(name, line.get(1));
          assertEquals(expected, parse(line.get(0).split(" ")).settings());
        });
    assertEquals("CLASS_WEIGHTS", parse("--class-weights=balanced").settings().get("balance"));
  }

  @Test
  void withoutOptionsTheDefaultsStay() {
    assertEquals(DEFAULTS, parse());
  }
}

package dev.graft.cli;

import static java.util.stream.Collectors.joining;

import dev.graft.backbone.BackboneCard;
import dev.graft.backbone.Backbones;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code graft backbones}: the known backbones. */
@Command(name = "backbones", description = "Lists the known backbones.", sortOptions = false)
final class BackbonesCommand implements Callable<Integer> {

  private enum Format {
    TABLE,
    JSON
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json (default: ${DEFAULT-VALUE}).")
  private Format format;

  @Override
  public Integer call() {
    List<BackboneCard> cards = Backbones.all();
    PrintWriter out = spec.commandLine().getOut();
    if (format == Format.JSON) {
      out.println(Json.document(cards));
      return 0;
    }
    for (BackboneCard card : cards) {
      out.println(card.name());
      line(out, "title", card.title());
      line(out, "paper", card.paper());
      line(out, "licence", card.licence());
      line(out, "attribution", card.attribution());
      line(out, "source", card.source());
      line(out, "size", "%.1f MB, %,d parameters".formatted(card.bytes() / 1e6, card.parameters()));
      line(out, "sha256", card.sha256());
      line(
          out,
          "input",
          "%1$dx%1$d, preprocessing %2$s".formatted(card.inputSize(), card.normalization()));
      line(
          out, "features", card.featureShape().stream().map(String::valueOf).collect(joining("x")));
      line(
          out,
          "cut points",
          card.cutPoints().stream().map(BackboneCard.CutPoint::tensor).collect(joining(", ")));
      for (BackboneCard.Figure figure : card.figures()) {
        line(
            out,
            figure.measure(),
            "%.3f, n %d (%s)".formatted(figure.value(), figure.n(), figure.source()));
      }
    }
    return 0;
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf("  %-15s %s%n", name, value);
  }
}

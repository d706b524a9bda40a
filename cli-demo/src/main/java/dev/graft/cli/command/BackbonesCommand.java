package dev.graft.cli.command;

import static java.util.stream.Collectors.joining;

import dev.graft.backbone.BackboneCard;
import dev.graft.backbone.BackboneInspection;
import dev.graft.backbone.Backbones;
import dev.graft.backbone.CutPoint;
import dev.graft.cli.option.FormatOption;
import dev.graft.cli.output.Json;
import dev.graft.cli.process.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code graft backbones}: the known backbones, and what a file would be as one. */
@Command(
    name = "backbones",
    description = "Lists the known backbones, or shows where an ONNX file can be cut to be one.",
    customSynopsis = "graft backbones [OPTION...]",
    footerHeading = "%nExamples:%n",
    footer = {"  graft backbones", "  graft backbones --inspect resnet18.onnx"},
    sortOptions = false)
final class BackbonesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private FormatOption format;

  @Option(
      names = "--inspect",
      paramLabel = "MODEL.onnx",
      description =
          "Show this file instead: inputs, size, and the tensors where it can be cut, with what"
              + " stands in the way of training the layers between them and its features.")
  private Path inspected;

  @Option(
      names = "--all",
      description =
          "With --inspect, list every tensor that the file can be cut at, not only the ends of"
              + " layers and blocks.")
  private boolean all;

  @Option(
      names = "--input-size",
      paramLabel = "N",
      description =
          "With --inspect, height and width of photos for a file that takes any size (default:"
              + " 224).")
  private Integer inputSize;

  @Override
  public Integer call() throws IOException {
    if (inspected != null) {
      return inspect();
    }
    if (all || inputSize != null) {
      throw new ParameterException(
          spec.commandLine(), (all ? "--all" : "--input-size") + " needs --inspect MODEL.onnx");
    }
    list();
    return 0;
  }

  private void list() {
    List<BackboneCard> cards = Backbones.all();
    PrintWriter out = spec.commandLine().getOut();
    if (format.isJson()) {
      Json.print(out, cards);
      return;
    }
    for (BackboneCard card : cards) {
      out.println(card.name());
      line(out, "title", card.title());
      line(out, "paper", card.paper());
      line(out, "licence", card.license());
      line(out, "attribution", card.attribution());
      line(out, "source", card.source());
      line(out, "size", "%.1f MB, %,d parameters".formatted(card.bytes() / 1e6, card.parameters()));
      line(out, "sha256", card.sha256());
      line(
          out,
          "input",
          "%1$dx%1$d, preprocessing %2$s".formatted(card.inputSize(), card.normalization()));
      line(out, "features", sizes(card.featureShape()));
      line(
          out,
          "cut points",
          card.cutPoints().stream().map(CutPoint::tensor).collect(joining(", ")));
      for (BackboneCard.Figure figure : card.figures()) {
        line(
            out,
            figure.measure(),
            "%.3f, n %d (%s)".formatted(figure.value(), figure.n(), figure.source()));
      }
    }
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf("  %-15s %s%n", name, value);
  }

  private static String sizes(List<Integer> shape) {
    return shape.stream().map(String::valueOf).collect(joining("x"));
  }

  private int inspect() throws IOException {
    if (inputSize != null && inputSize < 1) {
      throw new ParameterException(
          spec.commandLine(), "expected an input size of at least 1, got " + inputSize);
    }
    BackboneInspection file;
    try {
      file = Backbones.inspect(inspected, inputSize == null ? 0 : inputSize);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (format.isJson()) {
      Json.print(out, json(file));
    } else {
      print(file, out);
    }
    if (file.problem() != null) {
      spec.commandLine().getErr().println("graft: " + inspected + ": " + file.problem());
      return ExitCode.FAILED;
    }
    return 0;
  }

  private void print(BackboneInspection file, PrintWriter out) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("file", "%s (%.1f MB)".formatted(file.file(), file.bytes() / 1e6));
    lines.put("sha256", file.sha256());
    lines.put("written by", file.producer().isEmpty() ? "unknown" : file.producer());
    lines.put("opset", "%d, IR version %d".formatted(file.opset(), file.irVersion()));
    file.inputs().forEach(input -> lines.merge("input", input.toString(), (a, b) -> a + "; " + b));
    file.outputs()
        .forEach(output -> lines.merge("output", output.toString(), (a, b) -> a + "; " + b));
    lines.put("parameters", "%,d".formatted(file.parameters()));
    if (file.problem() == null) {
      lines.put("photos", "%1$dx%1$d".formatted(file.inputSize()));
      lines.put(
          "features",
          file.featuresTensor() == null ? "none found: choose a tensor" : file.featuresTensor());
    }
    lines.forEach((name, value) -> out.printf("%-15s %s%n", name, value));
    List<BackboneInspection.Cut> cuts = new ArrayList<>(file.cuts());
    cuts.removeIf(cut -> !all && !cut.notable() && !cut.tensor().equals(file.featuresTensor()));
    if (cuts.isEmpty()) {
      return;
    }
    List<String> notes = new ArrayList<>();
    int width = cuts.stream().mapToInt(cut -> cut.tensor().length()).max().orElse(0);
    String row = "%1s %-" + width + "s  %12s %15s %15s  %s%n";
    out.println();
    out.printf(row, "", "cut at", "shape", "weights below", "weights above", "trainable");
    for (BackboneInspection.Cut cut : cuts) {
      String obstacle = cut.obstacle();
      if (obstacle != null && !notes.contains(obstacle)) {
        notes.add(obstacle);
      }
      String trainable =
          !cut.belowFeatures()
              ? "-"
              : obstacle == null ? "yes" : "no (" + (notes.indexOf(obstacle) + 1) + ")";
      out.printf(
          row,
          cut.tensor().equals(file.featuresTensor()) ? "*" : "",
          cut.tensor(),
          sizes(cut.shape()),
          "%,d".formatted(cut.parametersBelow()),
          "%,d".formatted(cut.parametersAbove()),
          trainable);
    }
    out.println();
    if (file.featuresTensor() != null) {
      out.println("* the features, unless --features names another tensor");
    }
    out.println("trainable: whether the layers between the tensor and the features can be trained");
    for (int i = 0; i < notes.size(); i++) {
      out.printf("(%d) %s%n", i + 1, notes.get(i));
    }
  }

  private static Map<String, Object> json(BackboneInspection file) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("file", file.file().toString());
    object.put("bytes", file.bytes());
    object.put("sha256", file.sha256());
    object.put("producer", file.producer());
    object.put("opset", file.opset());
    object.put("ir_version", file.irVersion());
    object.put("inputs", file.inputs().stream().map(BackbonesCommand::json).toList());
    object.put("outputs", file.outputs().stream().map(BackbonesCommand::json).toList());
    object.put("parameters", file.parameters());
    object.put("problem", file.problem());
    object.put("input_size", file.problem() == null ? file.inputSize() : null);
    object.put(
        "layout", file.layout() == null ? null : file.layout().name().toLowerCase(Locale.ROOT));
    object.put("features", file.featuresTensor());
    List<Map<String, Object>> cuts = new ArrayList<>();
    for (BackboneInspection.Cut cut : file.cuts()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("tensor", cut.tensor());
      entry.put("shape", cut.shape());
      entry.put("parameters_below", cut.parametersBelow());
      entry.put("parameters_above", cut.parametersAbove());
      entry.put("notable", cut.notable());
      entry.put("trainable", cut.belowFeatures() ? cut.obstacle() == null : null);
      entry.put("obstacle", cut.obstacle());
      cuts.add(entry);
    }
    object.put("cuts", cuts);
    return object;
  }

  private static Map<String, Object> json(BackboneInspection.Tensor tensor) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", tensor.name());
    entry.put("type", tensor.type().toLowerCase(Locale.ROOT));
    // A name where the size is free, null where the file says nothing.
    entry.put(
        "shape",
        tensor.shape() == null
            ? null
            : tensor.shape().stream().map(BackbonesCommand::size).toList());
    return entry;
  }

  private static Object size(String size) {
    return size.matches("[0-9]+") ? (Object) Long.valueOf(size) : size;
  }
}

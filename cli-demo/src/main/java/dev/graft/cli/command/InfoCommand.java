package dev.graft.cli.command;

import static java.util.stream.Collectors.joining;

import dev.graft.cli.option.FormatOption;
import dev.graft.cli.option.ModelFileOptions;
import dev.graft.cli.output.Json;
import dev.graft.model.BackboneInfo;
import dev.graft.model.ModelBytes;
import dev.graft.model.ModelFile;
import dev.graft.model.QuantizationInfo;
import dev.graft.model.SplitMetrics;
import dev.graft.model.Task;
import dev.graft.model.TrainingInfo;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code graft info}: what a model file says about itself. */
@Command(
    name = "info",
    description = "Shows what a model file says about itself.",
    customSynopsis = "graft info MODEL.onnx [OPTION...]",
    sortOptions = false)
final class InfoCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL.onnx", description = "A model file.")
  private Path model;

  @Mixin private FormatOption format;

  @Mixin private ModelFileOptions models;

  @Override
  public Integer call() throws Exception {
    ModelBytes bytes = models.read(model);
    ModelFile file = bytes.describe();
    PrintWriter out = spec.commandLine().getOut();
    if (format.isJson()) {
      Json.print(out, json(file));
      return 0;
    }
    BackboneInfo backbone = file.backbone();
    TrainingInfo training = file.training();
    var resize = file.preprocessing().resize();
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("file", "%s (%.1f MB)".formatted(model, bytes.size() / 1e6));
    lines.put("format", Integer.toString(file.format()));
    if (file.task() == Task.MULTI_LABEL) {
      lines.put("task", file.task().toString());
    }
    lines.put("classes", file.classes().size() + ": " + String.join(", ", file.classes()));
    if (file.task() == Task.MULTI_LABEL) {
      lines.put("thresholds", thresholds(file));
    }
    lines.put(
        "photos",
        "%dx%d, %s, %s, %s"
            .formatted(
                resize.width(),
                resize.height(),
                lower(resize.fit()),
                lower(resize.filter()),
                lower(file.preprocessing().colorMode())));
    lines.put("backbone", backbone.name() + ", preprocessing " + backbone.normalization());
    lines.put("  licence", backbone.licence());
    lines.put("  attribution", backbone.attribution());
    lines.put("  source", backbone.source());
    lines.put("  sha256", backbone.sha256());
    if (file.quantization() != null) {
      lines.put("precision", precision(file.quantization()));
    }
    lines.put("head", training.head());
    training.hyperParameters().forEach((name, value) -> lines.put("  " + name, value));
    lines.put("seed", Long.toString(training.seed()));
    lines.put(
        "photos a class",
        training.data().countPerClass().entrySet().stream()
            .map(count -> count.getKey() + " " + count.getValue())
            .collect(joining(", ")));
    lines.put("fingerprint", training.data().fingerprint());
    put(lines, "train", training.train());
    put(lines, "validation", training.validation());
    put(lines, "test", training.test());
    lines.put(
        "made with",
        "Graft %s, DJL %s, ONNX Runtime %s"
            .formatted(
                training.graftVersion(), training.djlVersion(), training.onnxRuntimeVersion()));
    lines.forEach(
        (name, value) -> {
          if (value != null) {
            out.printf("%-15s %s%n", name, value);
          }
        });
    return 0;
  }

  private static void put(Map<String, String> lines, String split, SplitMetrics metrics) {
    if (metrics != null) {
      lines.put(
          split,
          metrics.meanAveragePrecision() == null
              ? "accuracy %.3f, loss %.4f, n %d"
                  .formatted(metrics.accuracy(), metrics.loss(), metrics.n())
              : "mAP %.3f, exact match %.3f, loss %.4f, n %d"
                  .formatted(
                      metrics.meanAveragePrecision(),
                      metrics.accuracy(),
                      metrics.loss(),
                      metrics.n()));
    }
  }

  /** In words. */
  static String precision(QuantizationInfo quantization) {
    if (quantization.rangeMethod() == null) {
      return quantization.precision();
    }
    return "%s, weights of %d bits, ranges by %s on %d photos, signal to noise %.1f dB%s"
        .formatted(
            quantization.precision(),
            quantization.reduceRange() ? 7 : 8,
            quantization.rangeMethod(),
            quantization.calibrationPhotos(),
            quantization.signalToNoise(),
            quantization.floatLayers().isEmpty()
                ? ""
                : ", in float: " + String.join(", ", quantization.floatLayers()));
  }

  private static String thresholds(ModelFile file) {
    return IntStream.range(0, file.classes().size())
        .mapToObj(i -> "%s %.3f".formatted(file.classes().get(i), file.thresholds().get(i)))
        .collect(joining(", "));
  }

  /** The metadata of the file, each value as the JSON that it is. */
  private static Map<String, Object> json(ModelFile file) {
    Map<String, Object> all = new LinkedHashMap<>();
    file.toMetadata()
        .forEach((key, value) -> all.put(key.substring("graft.".length()), Json.parse(value)));
    return all;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}

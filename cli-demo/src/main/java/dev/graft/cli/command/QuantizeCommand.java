package dev.graft.cli.command;

import dev.graft.cli.option.FormatOption;
import dev.graft.cli.option.ModelFileOptions;
import dev.graft.cli.output.Json;
import dev.graft.cli.output.OutputFiles;
import dev.graft.cli.process.ExitCode;
import dev.graft.data.DataException;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.Skipped;
import dev.graft.evaluate.ConfidenceInterval;
import dev.graft.evaluate.ModelComparison;
import dev.graft.evaluate.ModelComparison.Example;
import dev.graft.model.ModelBytes;
import dev.graft.model.Task;
import dev.graft.photo.Pixels;
import dev.graft.quantize.CalibrationPhotos;
import dev.graft.quantize.Int8Report;
import dev.graft.quantize.ModelQuantizer;
import dev.graft.quantize.Precision;
import dev.graft.quantize.QuantizedModel;
import dev.graft.quantize.WeightRange;
import dev.graft.serve.Classifier;
import dev.graft.serve.ClassifierOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code graft quantize}: a smaller model from a model. */
@Command(
    name = "quantize",
    description = {
      "Makes a model smaller, and with int8 on most processors faster, and says what that costs.",
      "%nint8 is calibrated on photos like those that the model was trained on; it needs no labels."
          + " Layers whose error would be too large stay in float and are listed. The same labels"
          + " are compared on other photos of the folder.",
      "%nA model that is trained anew is better off with 'graft train --precision int8', where the"
          + " head learns from the quantised backbone."
    },
    customSynopsis = "graft quantize MODEL.onnx -o SMALL.onnx --calibration DIR [OPTION...]",
    footerHeading = "%nExamples:%n",
    footer = {"  graft quantize flowers.onnx -o small.onnx --calibration photos"},
    sortOptions = false)
final class QuantizeCommand implements Callable<Integer> {

  /** Below this the time gained is not worth speaking of. */
  private static final double WORTHWHILE = 1.1;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL.onnx", description = "A model file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "SMALL.onnx",
      required = true,
      description = "File that the smaller model is written to.")
  private Path output;

  @Option(
      names = "--calibration",
      paramLabel = "DIR",
      required = true,
      description = "Folder of photos at any depth, such as the training photos.")
  private Path calibration;

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "int8",
      description =
          "int8 (a quarter of the size) or fp16 (half of it, same speed) (default:"
              + " ${DEFAULT-VALUE}).")
  private Precision precision;

  @Option(
      names = "--calibration-photos",
      paramLabel = "N",
      defaultValue = "" + CalibrationPhotos.USUAL,
      description = "Photos of the folder that int8 is calibrated on (default: ${DEFAULT-VALUE}).")
  private int calibrationPhotos;

  @Option(
      names = "--range",
      paramLabel = "RANGE",
      defaultValue = "auto",
      description =
          "int8 weights of 8 bits (full) or 7 (reduced). x86 processors without VNNI compute"
              + " wrongly with 8; auto finds out about this machine's (default: ${DEFAULT-VALUE}).")
  private WeightRange range;

  @Option(
      names = "--test",
      paramLabel = "DIR",
      description =
          "Folder of labelled photos to compare both models on, instead of other photos of the"
              + " calibration folder; with a subfolder for each class.")
  private Path test;

  @Option(
      names = "--follow-links",
      description = "Follow symbolic links to folders inside the folders named.")
  private boolean followLinks;

  @Mixin private FormatOption format;

  @Mixin private ModelFileOptions models;

  @Option(names = "--force", description = "Overwrite SMALL.onnx if it exists.")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    if (precision != Precision.INT8 && precision != Precision.FP16) {
      throw new ParameterException(
          spec.commandLine(), "expected --precision int8 or fp16, got " + precision);
    }
    if (calibrationPhotos < ModelQuantizer.LEAST_PHOTOS) {
      throw new ParameterException(
          spec.commandLine(),
          "expected --calibration-photos %d or more, got %d"
              .formatted(ModelQuantizer.LEAST_PHOTOS, calibrationPhotos));
    }
    List<Path> inputs = new ArrayList<>(List.of(model, calibration));
    if (test != null) {
      inputs.add(test);
    }
    try (OutputFiles files = new OutputFiles(spec.commandLine(), force)) {
      files.claim(output, inputs);
      for (Path folder : inputs.subList(1, inputs.size())) {
        Data.requireThere(folder);
      }
      return quantize(err);
    }
  }

  private int quantize(PrintWriter err) throws IOException {
    ModelBytes bytes = models.read(model);
    ModelQuantizer quantizer = ModelQuantizer.of(bytes);
    try (Classifier before = Classifier.open(bytes, ClassifierOptions.defaults())) {
      if (test != null && before.modelFile().task() == Task.MULTI_LABEL) {
        throw new ParameterException(
            spec.commandLine(),
            "--test is for single-label models; run 'graft evaluate' on both files");
      }
      PhotoPaths paths = PhotoPaths.list(List.of(calibration), followLinks);
      paths.tell(err);
      CalibrationPhotos photos = CalibrationPhotos.of(before, calibration, paths.paths());
      // All that may be missing is looked for before the work.
      List<Pixels> calibrating =
          precision == Precision.INT8 ? photos.toCalibrate(calibrationPhotos) : null;
      Iterator<Example> examples = test != null ? photos.of(tests(before)) : photos.others();
      if (!examples.hasNext()) {
        throw new DataException(
            test != null ? test : calibration,
            "no photo is left to compare the models on; add some, or pass --test DIR");
      }
      QuantizedModel quantized =
          calibrating == null ? quantizer.fp16() : int8(quantizer, calibrating);
      ModelComparison compared = quantized.compare(before, examples);
      quantized.write(output, force); // after all that may fail, or a failure would leave it
      report(quantized.int8().orElse(null), compared);
      List<Skipped> skipped = photos.skipped();
      skipped.forEach(photo -> err.println("graft: " + photo + "; passed over"));
      return skipped.isEmpty() ? 0 : ExitCode.SOME_INPUTS_FAILED;
    }
  }

  private QuantizedModel int8(ModelQuantizer quantizer, List<Pixels> photos) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    err.printf("graft: quantising %s on %d photos%n", model, photos.size());
    err.flush();
    return quantizer.int8(photos, range);
  }

  private LabeledFolder tests(Classifier classifier) throws IOException {
    return Data.open(
        test,
        LabeledFolderOptions.suitedTo(classifier.modelFile())
            .withFollowLinks(followLinks)
            .withSkipUnreadable(true),
        spec.commandLine().getErr());
  }

  private void report(Int8Report int8, ModelComparison compared) throws IOException {
    long bytesBefore = Files.size(model);
    long bytesAfter = Files.size(output);
    PrintWriter out = spec.commandLine().getOut();
    if (format.isJson()) {
      Json.print(out, json(bytesBefore, bytesAfter, int8, compared));
      return;
    }
    out.printf("model      %s, %s%n", output, precision);
    out.printf(
        "size       %.1f MB, before %.1f MB: %.2f of it%n",
        bytesAfter / 1e6, bytesBefore / 1e6, (double) bytesAfter / bytesBefore);
    if (int8 != null) {
      out.printf(
          "int8       %d of %d layers, weights of %d bits, ranges by %s on %d photos%n",
          int8.int8Layers(),
          int8.int8Layers() + int8.info().floatLayers().size(),
          int8.info().reduceRange() ? 7 : 8,
          int8.info().rangeMethod(),
          int8.info().calibrationPhotos());
      out.printf(
          "error      signal to noise of the logits %.1f dB, on %d other photos%n",
          int8.signalToNoise(), int8.heldOut());
      if (!int8.info().floatLayers().isEmpty()) {
        out.printf("in float   %s%n", String.join(", ", int8.info().floatLayers()));
      }
    }
    String where = test != null ? "" : ", of photos it may have learnt from";
    if (compared.labelled() > 0) {
      printAccuracy(out, "accuracy", compared.rightAfter(), compared.labelled(), where);
      printAccuracy(out, "  before", compared.rightBefore(), compared.labelled(), where);
    }
    out.printf(
        "agreement  the same label for %d of %d photos (%.3f), largest difference of a probability"
            + " %.3f%n",
        compared.agreeing(),
        compared.n(),
        (double) compared.agreeing() / compared.n(),
        compared.maxDifference());
    out.printf(
        "speed      %.2f times as fast on this machine: %.1f ms a photo, before %.1f ms%n",
        compared.speedup(), compared.millisAfter(), compared.millisBefore());
    if (int8 != null && compared.speedup() < WORTHWHILE) {
      out.println("           int8 saves size here, not time");
    }
  }

  private static void printAccuracy(PrintWriter out, String name, int right, int n, String where) {
    ConfidenceInterval interval = ConfidenceInterval.wilson95(right, n);
    out.printf(
        "%s   %.3f (95 %% interval %.3f to %.3f), n %d%s%n",
        name, (double) right / n, interval.low(), interval.high(), n, where);
  }

  private Map<String, Object> json(
      long bytesBefore, long bytesAfter, Int8Report int8, ModelComparison compared) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("precision", precision.toString());
    all.put("bytes", bytesAfter);
    all.put("bytes_before", bytesBefore);
    if (int8 != null) {
      all.put("range_method", int8.info().rangeMethod());
      all.put("reduce_range", int8.info().reduceRange());
      all.put("calibration_photos", int8.info().calibrationPhotos());
      all.put("signal_to_noise_db", int8.signalToNoise());
      all.put("int8_layers", int8.int8Layers());
      all.put("float_layers", int8.info().floatLayers());
    }
    all.put("n", compared.n());
    all.put("agreeing", compared.agreeing());
    all.put("max_abs_difference", compared.maxDifference());
    all.put("labelled", compared.labelled());
    all.put("labelled_unseen", test != null);
    all.put("accuracy", accuracy(compared.rightAfter(), compared.labelled()));
    all.put("accuracy_before", accuracy(compared.rightBefore(), compared.labelled()));
    all.put("milliseconds", compared.millisAfter());
    all.put("milliseconds_before", compared.millisBefore());
    all.put("speedup", compared.speedup());
    return all;
  }

  private static Map<String, Object> accuracy(int right, int n) {
    if (n == 0) {
      return null;
    }
    ConfidenceInterval interval = ConfidenceInterval.wilson95(right, n);
    Map<String, Object> accuracy = new LinkedHashMap<>();
    accuracy.put("value", (double) right / n);
    accuracy.put("ci95", List.of(interval.low(), interval.high()));
    return accuracy;
  }
}

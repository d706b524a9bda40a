package dev.graft.cli.command;

import dev.graft.augment.Augmentation;
import dev.graft.backbone.Backbone;
import dev.graft.cli.option.AugmentationOptions;
import dev.graft.cli.option.DataOptions;
import dev.graft.cli.option.LearningOptions;
import dev.graft.cli.option.MachineOptions;
import dev.graft.cli.option.ModelOptions;
import dev.graft.cli.option.TrainOutputs;
import dev.graft.cli.output.Json;
import dev.graft.cli.output.OutputFiles;
import dev.graft.cli.process.ExitCode;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.data.Skipped;
import dev.graft.device.Device;
import dev.graft.file.AtomicFile;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import dev.graft.train.Trainer;
import dev.graft.train.TrainingReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code graft train}: from a folder of photos to a model file. */
@Command(
    name = "train",
    description = {
      "Learns the classes of a folder of photos and writes them as one ONNX file.",
      "%nDATA has a subfolder for each class, named as the class, with its photos inside.",
      "%nDefaults that differ between the heads are given as flatten-dense / linear."
    },
    customSynopsis = "graft train DATA -o MODEL.onnx [OPTION...]",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft train photos -o flowers.onnx",
      "  graft train photos -o flowers.onnx --backbone efficientnet-lite0",
      "  graft train photos -o flowers.onnx --augment standard --fine-tune block5"
    },
    sortOptions = false)
final class TrainCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "DATA",
      description = "Folder with a subfolder of photos for each class.")
  private Path data;

  @Mixin private DataOptions photos;

  @Mixin private ModelOptions network;

  @Mixin private LearningOptions learning;

  @Mixin private AugmentationOptions augmentation;

  @Mixin private TrainOutputs outputs;

  @Mixin private MachineOptions machine;

  /** What the options say, checked. */
  private record Settings(
      Backbone backbone,
      Head head,
      Hyperparameters hyperparameters,
      Optional<FineTuning> fineTuning,
      Augmentation augmentation,
      LabeledFolderOptions data,
      Device device,
      int threads,
      Optional<MachineOptions.Cache> cache) {}

  @Override
  public Integer call() throws Exception {
    long start = System.nanoTime();
    try (OutputFiles files = new OutputFiles(spec.commandLine(), outputs.force())) {
      return train(files, start);
    }
  }

  private int train(OutputFiles files, long start) throws IOException {
    Settings settings;
    try {
      settings = settings(files);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    outputs.claim(files, inputs());
    for (Path folder : inputs()) {
      Data.requireThere(folder); // not when those before it have been read
    }
    outputs.announceCheckpoint(spec.commandLine().getErr());
    Path drawn = outputs.curves();
    try (CurvesDrawing drawing = new CurvesDrawing()) {
      TrainingRun run = run(settings, start, drawn == null ? report -> {} : drawing::begin);
      run.model().deleteCheckpoint();
      // The model is there: that is told before anything can fail that is less than it.
      run.print(spec.commandLine().getOut());
      if (drawn != null) {
        drawing.write(
            drawn, outputs.force(), spec.commandLine().getOut(), spec.commandLine().getErr());
      }
      if (outputs.metrics() != null) {
        byte[] json = (Json.document(run.metrics()) + "\n").getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(outputs.metrics(), json, outputs.force());
      }
      return run.skipped().isEmpty() ? 0 : ExitCode.SOME_INPUTS_FAILED;
    }
  }

  /** Trains and exports; the report is there before the export. */
  private TrainingRun run(Settings settings, long start, Consumer<TrainingReport> onReport)
      throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    List<Skipped> unreadable = new ArrayList<>();
    LabeledFolder folder = open(data, settings.data(), unreadable);
    Trainer trainer =
        Trainer.on(folder)
            .backbone(settings.backbone())
            .head(settings.head())
            .hyperparameters(settings.hyperparameters())
            .precision(network.precision())
            .device(settings.device())
            .threads(settings.threads())
            .allowOverlap(photos.allowOverlap())
            .checkpoint(outputs.checkpoint())
            .resume(outputs.resume());
    settings.cache().ifPresent(cache -> trainer.cache(cache.folder(), cache.maxBytes()));
    settings.fineTuning().ifPresent(trainer::fineTune);
    if (!settings.augmentation().isNone()) {
      trainer.augment(settings.augmentation(), augmentation.variants());
    }
    photos.folds().ifPresent(trainer::crossValidate);
    LabeledFolderOptions same =
        settings.data().withClasses(folder.classes()).withValidationSplit(0);
    if (photos.validation().isPresent()) {
      trainer.validation(open(photos.validation().get(), same, unreadable));
    }
    if (photos.test().isPresent()) {
      trainer.test(open(photos.test().get(), same, unreadable));
    }
    return TrainingRun.run(
        trainer, unreadable, outputs.model(), outputs.force(), start, onReport, err);
  }

  private LabeledFolder open(Path path, LabeledFolderOptions options, List<Skipped> unreadable)
      throws IOException {
    LabeledFolder folder = Data.openToLearn(path, options, spec.commandLine().getErr());
    unreadable.addAll(folder.unreadable());
    return folder;
  }

  /** What is read. */
  private List<Path> inputs() {
    List<Path> inputs = new ArrayList<>(List.of(data));
    photos.validation().ifPresent(inputs::add);
    photos.test().ifPresent(inputs::add);
    network.file().ifPresent(inputs::add);
    return inputs;
  }

  private Settings settings(OutputFiles files) throws IOException {
    Device device = machine.device();
    outputs.checkDistinct();
    if (network.file().isPresent()) {
      outputs.claim(files, inputs()); // before a file is run
    }
    Backbone backbone =
        photos.shown(network.backbone(learning.seed(), spec.commandLine().getErr()));
    Head head = network.head(backbone);
    Optional<FineTuning> fineTuning = learning.fineTuning();
    if (fineTuning.isPresent()) {
      fineTuning.get().requireIn(backbone);
    }
    network.precision().requireFor(fineTuning.isEmpty() && backbone.isPretrained());
    return new Settings(
        backbone,
        head,
        learning.hyperparameters(Hyperparameters.suitedTo(backbone, head)),
        fineTuning,
        augmentation.augmentation(),
        photos.folder(learning.seed()),
        device,
        machine.threads(),
        machine.cache());
  }
}

package dev.graft.cli.option;

import dev.graft.model.ModelException;
import dev.graft.serve.Classifier;
import dev.graft.serve.ClassifierOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How a model is run: options that several commands share. */
public final class RunOptions implements OptionGroup {

  @Mixin private ModelFileOptions models;

  @Mixin private DeviceOptions network;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Photos the model sees at once; 0 is what a short measurement finds to be fastest, where"
              + " there are enough photos (default: ${DEFAULT-VALUE}).")
  private int batchSize;

  @Override
  public String heading() {
    return "Machine";
  }

  /** Opens a model; says so if another device than the one asked for runs it. */
  public Classifier open(Path model, PrintWriter err, CommandLine commandLine)
      throws ModelException {
    ClassifierOptions options;
    try {
      options =
          ClassifierOptions.defaults()
              .withDevice(network.device())
              .withThreads(network.threads())
              .withBatchSize(batchSize);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandLine, e.getMessage(), e);
    }
    Classifier classifier = Classifier.open(models.read(model), options);
    classifier.fallback().ifPresent(reason -> err.println("graft: " + reason));
    classifier.warning().ifPresent(reason -> err.println("graft: " + reason));
    return classifier;
  }
}

package dev.graft.cli;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import dev.graft.model.ModelException;
import dev.graft.serve.Classifier;
import dev.graft.serve.ClassifierOptions;
import dev.graft.serve.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How a model is run: options that several commands share. */
final class RunOptions {

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description = "What runs the model: cpu, cuda or cuda:N (default: ${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Threads that run the model, in all; 0 is one a core (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Photos the model sees at once; 0 is what a short measurement finds to be fastest, where"
              + " there are enough photos (default: ${DEFAULT-VALUE}).")
  private int batchSize;

  /** Opens a model; says so if another device than the one asked for runs it. */
  Classifier open(Path model, PrintWriter err, CommandLine commandLine) throws ModelException {
    ClassifierOptions options;
    try {
      options =
          ClassifierOptions.defaults()
              .withDevice(Device.parse(device))
              .withThreads(threads)
              .withBatchSize(batchSize);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandLine, e.getMessage(), e);
    }
    if (!(options.device() instanceof Device.Cpu)) {
      // Of a GPU that cannot be used it prints lines of its own, before ours says the same; what
      // library it lacks 'graft doctor' shows.
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    }
    Classifier classifier = Classifier.open(model, options);
    classifier.fallback().ifPresent(reason -> err.println("graft: " + reason));
    return classifier;
  }
}

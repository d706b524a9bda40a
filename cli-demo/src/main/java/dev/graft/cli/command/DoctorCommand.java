package dev.graft.cli.command;

import static java.util.stream.Collectors.joining;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import dev.graft.backbone.BackboneCard;
import dev.graft.backbone.Backbones;
import dev.graft.cli.option.DeviceOptions;
import dev.graft.cli.output.GpuReport;
import dev.graft.cli.process.Caches;
import dev.graft.cli.process.ExitCode;
import dev.graft.cli.process.Shortage;
import dev.graft.djl.EngineLoading;
import dev.graft.engine.Int8Arithmetic;
import dev.graft.engine.OnnxRuntimeEnvironment;
import dev.graft.features.CacheFolder;
import dev.graft.model.GraftVersion;
import dev.graft.photo.spi.ScaledJpegDecoder;
import dev.graft.shutdown.Shutdown;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code graft doctor}: what works on this machine. */
@Command(
    name = "doctor",
    description =
        "Checks what Graft needs on this machine and says what to do where it is missing.",
    customSynopsis = "graft doctor")
final class DoctorCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--clean",
      description =
          "Empty the cache folder instead (features, and libraries unpacked), and say how much that"
              + " freed.")
  private boolean clean;

  private PrintWriter out;
  private boolean healthy = true;

  @Override
  public Integer call() throws IOException {
    out = spec.commandLine().getOut();
    if (clean) {
      Path folder = CacheFolder.ofUser();
      out.printf("freed %.1f MB in %s%n", Caches.clean(folder) / 1e6, folder);
      return 0;
    }
    Runtime runtime = Runtime.getRuntime();
    line("graft", GraftVersion.current());
    line(
        "java",
        System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")");
    line(
        "system",
        "%s %s, %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")));
    line("cores", Integer.toString(runtime.availableProcessors()));
    line(
        "java memory",
        "%.1f GB at most; GRAFT_JAVA_OPTS=-Xmx8g changes it".formatted(runtime.maxMemory() / 1e9));
    temporaryFiles();
    check("onnxruntime", this::onnxRuntime);
    check("int8", DoctorCommand::int8);
    if (healthy) {
      GpuReport.ofThisMachine().forEach(this::line);
    }
    check("djl", this::djl);
    check("backbones", this::backbones);
    line("jpeg", jpeg());
    cache();
    return healthy ? 0 : ExitCode.FAILED;
  }

  private static String int8() {
    return Int8Arithmetic.isExact()
        ? "exact: models have weights of 8 bits"
        : "sums of 16 bits (no VNNI): models need weights of 7 bits, and gain size rather than time";
  }

  private String onnxRuntime() {
    DeviceOptions.silenceOnnxRuntime();
    return OnnxRuntimeEnvironment.version()
        + ", providers "
        + OrtEnvironment.getAvailableProviders().stream()
            .map(OrtProvider::getName)
            .collect(joining(", "));
  }

  private String djl() {
    Shutdown.Work running = Shutdown.begin(Thread.currentThread()::interrupt);
    try {
      return describeDjl();
    } finally {
      running.close();
    }
  }

  private static String describeDjl() {
    Engine engine = Engine.getInstance();
    try (NDManager manager = NDManager.newBaseManager()) {
      manager.ones(new Shape(2, 2)).matMul(manager.ones(new Shape(2, 2))).sum().getFloat();
    }
    boolean cuda = engine.hasCapability(StandardCapabilities.CUDA) && engine.getGpuCount() > 0;
    return "%s, engine %s %s, trains on %s"
        .formatted(
            EngineLoading.djlVersion(),
            engine.getEngineName(),
            engine.getVersion(),
            cuda ? "CUDA" : "the CPU");
  }

  private String backbones() {
    return Backbones.all().stream().map(BackboneCard::name).collect(joining(", "));
  }

  /** Never a failure: what it does not do, the JDK does. */
  private static String jpeg() {
    String none = "the JDK's decoder, exact but slow for large photos; ";
    return ScaledJpegDecoder.installed()
        .map(
            decoder ->
                decoder
                    .problem()
                    .map(why -> none + decoder.name() + " cannot be used: " + why)
                    .orElseGet(() -> decoder.name() + " for large photos, else the JDK's decoder"))
        .orElse(none + "graft-jpeg is not on the class path");
  }

  private void temporaryFiles() {
    Optional<String> problem = Shortage.temporaryFiles();
    if (problem.isPresent()) {
      healthy = false;
      line("temporary", "FAILED: " + problem.get());
    }
  }

  private void cache() throws IOException {
    Path folder = CacheFolder.ofUser();
    Path nearest = folder.toAbsolutePath();
    while (!Files.exists(nearest)) {
      nearest = nearest.getParent();
    }
    if (!Files.isWritable(nearest)) {
      line("cache", folder + " (cannot be written; set XDG_CACHE_HOME to a folder that can)");
      return;
    }
    double free = Files.getFileStore(nearest).getUsableSpace() / 1e9;
    line("cache", "%s (%.1f GB free)".formatted(folder, free));
    line("", Caches.sizes(folder) + "; 'graft doctor --clean' empties them");
  }

  private interface Check {
    String run();
  }

  private void check(String name, Check check) {
    try {
      line(name, check.run());
    } catch (EngineException | IllegalStateException | LinkageError e) {
      healthy = false;
      Optional<String> shortage = Shortage.behind(e);
      if (shortage.isPresent()) {
        line(name, "FAILED: " + shortage.get());
        return;
      }
      line(name, "FAILED: " + e.getMessage());
      Throwable cause = e.getCause();
      if (cause != null) {
        line("", "because " + cause);
      }
      line(
          "",
          "needed: 64-bit Linux (glibc 2.28 or newer), macOS on ARM or Windows, and the native"
              + " library of this platform on the class path");
    }
  }

  private void line(String name, String value) {
    out.printf("%-12s %s%n", name, value);
  }
}

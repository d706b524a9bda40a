package dev.graft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.graft.train.UnreadablePhotosException;
import dev.graft.train.Versions;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code graft} command: sets the process up and hands over to a subcommand. */
@Command(
    name = "graft",
    description = "Turns a folder of labelled photos into one ONNX classifier, and runs it.",
    versionProvider = Main.VersionProvider.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainCommand.class,
      ClassifyCommand.class,
      EvaluateCommand.class,
      InfoCommand.class,
      BackbonesCommand.class,
      DemoCommand.class,
      DoctorCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all done",
      "1:failed",
      "2:wrong usage",
      "3:done, but some inputs failed (each is listed)"
    })
final class Main implements Runnable {

  static final int FAILED = 1;
  static final int SOME_INPUTS_FAILED = 3;

  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] args) {
    System.setProperty("java.awt.headless", "true");
    setIfAbsent("org.slf4j.simpleLogger.defaultLogLevel", "error");
    // Everything that DJL needs is on the class path: it must not look for it on the network.
    setIfAbsent("ai.djl.offline", "true");
    Locale.setDefault(Locale.ROOT);
    System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8));
    Interruption interruption = Interruption.ofThisThread();
    int code = run(writer(FileDescriptor.out), writer(FileDescriptor.err), args);
    interruption.exit(code);
  }

  /** Runs the command line with these writers in place of the process's own. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine commandLine =
        new CommandLine(new Main())
            .setOut(out)
            .setErr(err)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpWidth(100)
            .setUsageHelpAutoWidth(true)
            .setExecutionExceptionHandler((e, command, parsed) -> report(e, command.getErr()))
            .setParameterExceptionHandler(
                (e, arguments) -> {
                  e.getCommandLine().getErr().println("graft: " + e.getMessage());
                  e.getCommandLine()
                      .getErr()
                      .println(
                          "Try '"
                              + e.getCommandLine().getCommandSpec().qualifiedName()
                              + " --help'.");
                  return CommandLine.ExitCode.USAGE;
                });
    int code = commandLine.execute(args);
    out.flush();
    err.flush();
    return code;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected a command");
  }

  private static int report(Exception e, PrintWriter err) throws Exception {
    if (e instanceof ParameterException) {
      throw e;
    }
    if (e instanceof UnreadablePhotosException unreadable) {
      unreadable.photos().forEach(p -> err.println("graft: " + p.path() + ": " + p.reason()));
      err.println(
          "graft: "
              + e.getMessage()
              + "; mend or delete them, or pass --skip-unreadable to train without them");
    } else {
      err.println("graft: " + message(e));
    }
    if (System.getenv("GRAFT_DEBUG") != null) {
      e.printStackTrace(err);
    }
    return FAILED;
  }

  private static String message(Exception e) {
    if (e instanceof FileAlreadyExistsException) {
      return e.getMessage() + " exists; pass --force to overwrite it";
    }
    if (e instanceof NoSuchFileException) {
      return e.getMessage() + ": no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return e.getMessage() + ": permission denied";
    }
    if (e instanceof CancellationException || e instanceof InterruptedException) {
      return "stopped";
    }
    if (e instanceof FileSystemException
        || e instanceof IOException
        || e.getClass().getName().startsWith("dev.graft.")) {
      return e.getMessage();
    }
    return "internal error: " + e + "; run again with GRAFT_DEBUG=1 for a report to send us";
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), UTF_8), /* autoFlush= */ true);
  }

  static final class VersionProvider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"graft " + Versions.graft()};
    }
  }
}

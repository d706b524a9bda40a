package dev.graft.cli;

import dev.graft.cli.command.Commands;
import dev.graft.cli.option.EnumConverter;
import dev.graft.cli.output.Output;
import dev.graft.cli.process.Caches;
import dev.graft.cli.process.ExitCode;
import dev.graft.cli.process.Failure;
import dev.graft.cli.process.Interruption;
import dev.graft.cli.process.ProcessSetup;
import dev.graft.model.GraftVersion;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code graft} command: sets the process up and hands over to a subcommand. */
@Command(
    name = "graft",
    description = "Turns a folder of labelled photos into one ONNX classifier, and runs it.",
    versionProvider = Main.VersionProvider.class,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    parameterListHeading = "%n",
    customSynopsis = "graft COMMAND ...",
    commandListHeading = "%nCommands (more on one: graft help COMMAND):%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all done",
      "1:failed",
      "2:wrong usage",
      "3:done, but some inputs failed (each is listed)"
    })
public final class Main implements Callable<Integer> {

  private static final Set<String> VERSION_OPTIONS = Set.of("-V", "--version");

  /** In the order of the help. */
  private static final Map<String, Class<?>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.putAll(Commands.ALL);
    COMMANDS.put("help", HelpCommand.class);
  }

  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] args) {
    Output out = Output.on(FileDescriptor.out);
    Output err = Output.on(FileDescriptor.err);
    Interruption interruption = Interruption.of(out, err);
    ProcessSetup.apply(err);
    interruption.exit(runWithCaches(out, err, args));
  }

  /** Runs the command line, with libraries unpacked to the user's cache folder. */
  static int runWithCaches(Output out, Output err, String... args) {
    return run(Caches::use, out, err, args);
  }

  /** Runs the command line with these writers in place of the process's own. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return run(() -> {}, out, err, args);
  }

  private static int run(
      Runnable caches, PrintWriter standardOut, PrintWriter standardErr, String... args) {
    Output out = Output.of(standardOut);
    Output err = Output.of(standardErr);
    CommandLine commandLine =
        commandLine(args)
            .setOut(out)
            .setErr(err)
            .setExecutionExceptionHandler(
                (e, command, parsed) -> {
                  if (e instanceof ParameterException) {
                    throw e;
                  }
                  return Failure.report(e, command.getErr());
                })
            .setParameterExceptionHandler((e, arguments) -> Usage.report(e))
            .setExecutionStrategy(new WithCaches(caches));
    EnumConverter.registerIn(commandLine);
    HelpLayout.applyTo(commandLine);
    int code;
    try {
      code = commandLine.execute(args);
      if (code != ExitCode.FAILED) {
        Output.flush(out);
      }
    } catch (IOException e) {
      code = Failure.report(e, err);
    } catch (OutOfMemoryError | LinkageError e) {
      code = Failure.report(e, err);
    }
    err.flush();
    return code;
  }

  /**
   * The command line with the command that the arguments begin with; with all commands where they
   * begin with none. To look through the options of all of them is half of what a start costs.
   */
  public static CommandLine commandLine(String... args) {
    CommandLine graft = new CommandLine(new Main());
    String first = args.length == 0 ? "" : args[0];
    if (COMMANDS.containsKey(first) && COMMANDS.get(first) != HelpCommand.class) {
      graft.addSubcommand(first, COMMANDS.get(first));
    } else if (!VERSION_OPTIONS.contains(first)) {
      COMMANDS.forEach(graft::addSubcommand);
    }
    return graft;
  }

  /** Nothing was asked for: the short help says what can be. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }

  static final class VersionProvider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"graft " + GraftVersion.current()};
    }
  }

  /**
   * Calls the command when the caches are set up; help, the version and emptying them need none.
   */
  private static final class WithCaches extends CommandLine.RunLast {

    private final Runnable caches;

    WithCaches(Runnable caches) {
      this.caches = caches;
    }

    @Override
    protected List<Object> handle(ParseResult parsed) {
      if (parsed.hasSubcommand() && !parsed.subcommand().hasMatchedOption("--clean")) {
        try {
          caches.run();
        } catch (UncheckedIOException e) {
          throw new ExecutionException(parsed.commandSpec().commandLine(), e.getMessage(), e);
        }
      }
      return super.handle(parsed);
    }
  }
}

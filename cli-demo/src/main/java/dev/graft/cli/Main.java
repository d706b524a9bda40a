package dev.graft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.engine.EngineException;
import dev.graft.cli.option.EnumConverter;
import dev.graft.cli.output.FolderNotes;
import dev.graft.cli.output.Output;
import dev.graft.file.FileProblem;
import dev.graft.model.GraftVersion;
import dev.graft.recipe.OverlapException;
import dev.graft.recipe.UnreadablePhotosException;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
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
final class Main implements Callable<Integer> {

  static final int FAILED = 1;
  static final int SOME_INPUTS_FAILED = 3;

  /** What shells report of a program that SIGPIPE ended: 128 and its number. */
  static final int READER_GONE = 141;

  private static final Set<String> VERSION_OPTIONS = Set.of("-V", "--version");

  /** In the order of the help. */
  private static final Map<String, Class<?>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("train", TrainCommand.class);
    COMMANDS.put("augment", AugmentCommand.class);
    COMMANDS.put("classify", ClassifyCommand.class);
    COMMANDS.put("evaluate", EvaluateCommand.class);
    COMMANDS.put("quantize", QuantizeCommand.class);
    COMMANDS.put("info", InfoCommand.class);
    COMMANDS.put("backbones", BackbonesCommand.class);
    COMMANDS.put("demo", DemoCommand.class);
    COMMANDS.put("doctor", DoctorCommand.class);
    COMMANDS.put("help", HelpCommand.class);
  }

  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] args) {
    Output out = Output.on(FileDescriptor.out);
    Output err = Output.on(FileDescriptor.err);
    Interruption interruption = Interruption.of(out, err);
    setUp(err);
    interruption.exit(runWithCaches(out, err, args));
  }

  /** What the process is to be like, whatever is run in it. */
  static void setUp(Output err) {
    System.setProperty("java.awt.headless", "true");
    setIfAbsent("org.slf4j.simpleLogger.defaultLogLevel", "error");
    // Everything that DJL needs is on the class path: it must not look for it on the network.
    setIfAbsent("ai.djl.offline", "true");
    Locale.setDefault(Locale.ROOT);
    System.setErr(new PrintStream(err.stream(), true, UTF_8));
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
                  return report(e, command.getErr());
                })
            .setParameterExceptionHandler((e, arguments) -> Usage.report(e))
            .setExecutionStrategy(new WithCaches(caches));
    EnumConverter.registerIn(commandLine);
    HelpLayout.applyTo(commandLine);
    int code;
    try {
      code = commandLine.execute(args);
      if (code != FAILED) {
        Output.flush(out);
      }
    } catch (IOException e) {
      code = report(e, err);
    } catch (OutOfMemoryError | LinkageError e) {
      code = report(e, err);
    }
    err.flush();
    return code;
  }

  /**
   * The command line with the command that the arguments begin with; with all commands where they
   * begin with none. To look through the options of all of them is half of what a start costs.
   */
  static CommandLine commandLine(String... args) {
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

  private static int report(Throwable e, PrintWriter err) {
    if (isReaderGone(e)) {
      return READER_GONE; // who looks away has not asked why
    }
    if (e instanceof UnreadablePhotosException unreadable) {
      unreadable.photos().forEach(photo -> err.println("graft: " + photo));
      err.println(
          "graft: "
              + e.getMessage()
              + "; mend or delete them, or pass --skip-unreadable to train without them");
    } else if (e instanceof OverlapException overlapping) {
      FolderNotes.list(
          Stream.of(overlapping.overlap().validation(), overlapping.overlap().test())
              .flatMap(List::stream)
              .map(
                  pair ->
                      pair.photo().equals(pair.other())
                          ? pair.photo() + ": the same file in two sets"
                          : pair.photo() + ": the same photo as " + pair.other())
              .toList(),
          err);
      err.println(
          "graft: "
              + e.getMessage()
              + "; take them out of one folder, or pass --allow-overlap for figures that are too"
              + " good");
    } else {
      err.println("graft: " + message(e));
    }
    if (System.getenv("GRAFT_DEBUG") != null) {
      e.printStackTrace(err);
    }
    return FAILED;
  }

  private static boolean isReaderGone(Throwable e) {
    return e instanceof Output.ReaderGoneException
        || (e instanceof UncheckedIOException unchecked && isReaderGone(unchecked.getCause()));
  }

  /** What to say of a failure, in one line. */
  static String message(Throwable e) {
    if (isStop(e)) {
      return "stopped";
    }
    if (e instanceof UncheckedIOException unchecked) {
      return message(unchecked.getCause());
    }
    if (e instanceof FileAlreadyExistsException) {
      return e.getMessage() + " exists; pass --force to overwrite it";
    }
    if (e instanceof FileSystemException file && file.getFile() != null) {
      return file.getFile() + ": " + FileProblem.reason(file);
    }
    if (e instanceof IOException) {
      return e.getMessage() == null ? e.toString() : e.getMessage();
    }
    if (e instanceof OutOfMemoryError) {
      return "out of memory (%s); Java may use %d MB: set GRAFT_JAVA_OPTS=-Xmx8g for 8 GB"
          .formatted(e.getMessage(), Runtime.getRuntime().maxMemory() >> 20);
    }
    Optional<String> shortage = Shortage.behind(e);
    if (shortage.isPresent()) {
      return shortage.get();
    }
    if (e instanceof LinkageError || e instanceof EngineException) {
      return "a library cannot be loaded (%s); see what 'graft doctor' says".formatted(e);
    }
    return "internal error: " + e + "; run again with GRAFT_DEBUG=1 for a report to send us";
  }

  /** Whether an interrupt, which is what Ctrl-C becomes, has ended the work. */
  private static boolean isStop(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CancellationException
          || cause instanceof InterruptedException
          || cause instanceof InterruptedIOException
          || cause instanceof ClosedByInterruptException) {
        return true;
      }
    }
    return false;
  }

  static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
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

package dev.graft.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code graft help}: what {@code --help} prints. */
@Command(
    name = "help",
    description = "Shows the help of graft, or of one of its commands.",
    customSynopsis = "graft help [COMMAND]",
    sortOptions = false)
final class HelpCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "A command of graft.")
  private String name;

  @Override
  public Integer call() {
    CommandLine graft = spec.commandLine().getParent();
    CommandLine described = name == null ? graft : graft.getSubcommands().get(name);
    if (described == null) {
      throw Usage.noSuchCommand(graft, name);
    }
    described.usage(spec.commandLine().getOut());
    return 0;
  }
}

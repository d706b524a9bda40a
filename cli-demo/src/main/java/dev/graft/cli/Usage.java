package dev.graft.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is said of a command line that makes no sense. */
final class Usage {

  private Usage() {}

  /** Prints what is wrong, in one line, and where help is. */
  static int report(ParameterException e) {
    CommandLine command = e.getCommandLine();
    command.getErr().println("graft: " + message(e));
    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return CommandLine.ExitCode.USAGE;
  }

  static ParameterException noSuchCommand(CommandLine graft, String name) {
    Collection<String> commands = graft.getSubcommands().keySet();
    return new ParameterException(
        graft,
        "no command is called '%s'; %s"
            .formatted(
                name,
                nearest(name, commands)
                    .map(command -> "did you mean " + command + "?")
                    .orElseGet(() -> "the known ones are " + String.join(", ", commands))));
  }

  private static String message(ParameterException e) {
    CommandLine command = e.getCommandLine();
    // An option that is mistyped may leave another missing: the cause is told, not its effect.
    if (e instanceof UnmatchedArgumentException || e instanceof MissingParameterException) {
      List<String> unmatched = command.getUnmatchedArguments();
      Optional<String> option = unmatched.stream().filter(Usage::looksLikeOption).findFirst();
      if (option.isPresent()) {
        return noSuchOption(command, option.get().replaceFirst("=.*", ""));
      }
      if (command.getParent() == null && !unmatched.isEmpty()) {
        return noSuchCommand(command, unmatched.get(0)).getMessage();
      }
    }
    return e.getMessage().replaceFirst("^Error: ", "");
  }

  private static boolean looksLikeOption(String argument) {
    return argument.startsWith("-") && argument.length() > 1;
  }

  private static String noSuchOption(CommandLine command, String name) {
    return "no option is called '%s'%s"
        .formatted(
            name,
            nearest(name, command.getCommandSpec().optionsMap().keySet())
                .map(option -> "; did you mean " + option + "?")
                .orElse(""));
  }

  /**
   * The known word that was probably meant: one that begins so, or that differs in few letters;
   * none where all are far off.
   */
  static Optional<String> nearest(String typed, Collection<String> known) {
    String word = typed.toLowerCase(Locale.ROOT);
    Comparator<String> byLength = Comparator.comparingInt(String::length);
    return known.stream()
        .filter(other -> word.length() > 2 && other.startsWith(word))
        .min(byLength)
        .or(
            () ->
                known.stream()
                    .filter(other -> edits(word, other) <= word.length() / 3)
                    .min(Comparator.comparingInt(other -> edits(word, other))));
  }

  /** Letters to insert, delete, replace or swap with the next (optimal string alignment). */
  private static int edits(String a, String b) {
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replaced = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        edits[i][j] = Math.min(replaced, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
      }
    }
    return edits[a.length()][b.length()];
  }
}

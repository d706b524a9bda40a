package dev.graft.cli;

import dev.graft.cli.output.Output;
import dev.graft.cli.process.Interruption;
import dev.graft.cli.process.ProcessSetup;
import java.io.FileDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs the commands whose start should be quick, so that the launcher can have Java write down
 * which classes they load, for an archive of them. What it prints is of no interest.
 */
final class Rehearsal {

  private static final Output OUT = Output.on(FileDescriptor.out);
  private static final Output ERR = Output.on(FileDescriptor.err);

  private Rehearsal() {}

  /** Takes a model file and photos. */
  public static void main(String[] args) {
    Interruption interruption = Interruption.of(OUT, ERR);
    ProcessSetup.apply(ERR);
    String model = args[0];
    List<String> photos = Arrays.asList(args).subList(1, args.length);
    run("--help");
    run("--version");
    run("info", model);
    for (String format : List.of("table", "csv", "jsonl")) {
      List<String> classify = new ArrayList<>(List.of("classify", model, "--format", format));
      classify.addAll(photos);
      run(classify.toArray(String[]::new));
    }
    interruption.exit(0);
  }

  private static void run(String... args) {
    int code = Main.runWithCaches(OUT, ERR, args);
    if (code != 0) {
      System.exit(code);
    }
  }
}

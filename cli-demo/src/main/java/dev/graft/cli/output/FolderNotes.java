package dev.graft.cli.output;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import dev.graft.file.MachineMade;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Says on standard error what is odd about folders of photos. */
public final class FolderNotes {

  /** A damaged disk may have one for every photo: nobody reads thousands of lines. */
  private static final int LISTED = 20;

  private FolderNotes() {}

  /** Counts what machines have made: one line for folders and one for files. */
  public static void countMachineMade(List<Path> machineMade, PrintWriter err) {
    count("folder", machineMade.stream().filter(Files::isDirectory).toList(), err);
    count("file", machineMade.stream().filter(path -> !Files.isDirectory(path)).toList(), err);
  }

  private static void count(String what, List<Path> paths, PrintWriter err) {
    if (paths.isEmpty()) {
      return;
    }
    Map<String, Long> byName =
        paths.stream()
            .collect(groupingBy(path -> MachineMade.name(path).orElseThrow(), counting()));
    String names =
        byName.entrySet().stream()
            .sorted(
                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .map(name -> name.getKey().strip() + " " + name.getValue())
            .collect(joining(", "));
    err.println(
        "graft: passed over %d %s%s made by machines (%s)"
            .formatted(paths.size(), what, paths.size() == 1 ? "" : "s", names));
  }

  /** Prints lines, up to a number. */
  public static void list(List<String> lines, PrintWriter err) {
    lines.stream().limit(LISTED).forEach(line -> err.println("graft: " + line));
    if (lines.size() > LISTED) {
      err.println("graft: and %d more like these".formatted(lines.size() - LISTED));
    }
  }
}

package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/architecture.svg and the tables of docs/architecture.md show what has been compiled. */
class ArchitectureMapTest {

  private static final String REMEDY =
      "the map is out of date; draw it again: mvn -DskipTests package, and then"
          + " java docs/ArchitectureMap.java";
  private static final int LARGE = 500;
  private static final String ROOT_PACKAGE = "dev.graft.";
  private static final Path ROOT = Path.of(System.getProperty("graft.root"));
  private static final Path PAGE = ROOT.resolve("docs/architecture.md");

  @Test
  void theMapHasEachPackageAndEachArrow() throws IOException {
    SortedMap<String, SortedSet<String>> drawn = new TreeMap<>();
    String svg = Files.readString(ROOT.resolve("docs/architecture.svg"));
    for (MatchResult box : matches("data-package=\"([^\"]*)\" data-uses=\"([^\"]*)\"", svg)) {
      drawn.put(box.group(1), words(" ", box.group(2)));
    }
    assertLinesMatch(lines(compiled()), lines(drawn), REMEDY);
  }

  @Test
  void theTableHasEachPackageAndWhatItUses() throws IOException {
    SortedMap<String, SortedSet<String>> listed = new TreeMap<>();
    String row = "(?m)^\\| \\[`([^`]*)`]\\([^)]*\\) \\|(?:[^|\\n]*\\|){5} ([^|\\n]*) \\|$";
    for (MatchResult found : matches(row, Files.readString(PAGE))) {
      listed.put(
          ROOT_PACKAGE + found.group(1),
          matches("`([^`]*)`", found.group(2)).stream()
              .map(name -> ROOT_PACKAGE + name.group(1))
              .collect(Collectors.toCollection(TreeSet::new)));
    }
    assertLinesMatch(lines(compiled()), lines(listed), REMEDY);
  }

  @Test
  void whatIsLargeHasAReason() throws IOException {
    String row = "(?m)^\\| \\[`[^`]*`]\\(\\.\\./([^)]*)\\) \\| [\\d,]+ \\| (.*) \\|$";
    SortedMap<String, String> reasons = new TreeMap<>();
    for (MatchResult found : matches(row, Files.readString(PAGE))) {
      reasons.put(found.group(1), found.group(2));
      assertFalse(
          found.group(2).equals("(why?)"), () -> PAGE + " lacks a reason for " + found.group(1));
    }
    for (String folder : List.of("lib", "cli-demo")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          String name = ROOT.relativize(file).toString().replace('\\', '/');
          if (name.contains("/src/main/java/") && Files.readAllLines(file).size() > LARGE) {
            assertFalse(
                reasons.get(name) == null,
                () ->
                    "%s has more than %d lines: make it two, or give a reason in %s (%s)"
                        .formatted(name, LARGE, PAGE, REMEDY));
          }
        }
      }
    }
  }

  /** What the classes of each package name, as jdeps says, which the map is made with too. */
  private static SortedMap<String, SortedSet<String>> compiled() throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-verbose:package", "-filter:none"));
    for (Path parent : List.of(ROOT, ROOT.resolve("lib"))) {
      try (Stream<Path> modules = Files.list(parent)) {
        for (Path module : modules.sorted().toList()) {
          if (isPublished(module)) {
            arguments.add(module.resolve("target/classes/dev").toString());
          }
        }
      }
    }
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    int code =
        ToolProvider.findFirst("jdeps")
            .orElseThrow()
            .run(writer, writer, arguments.toArray(String[]::new));
    assertEquals(0, code, out::toString);
    SortedMap<String, SortedSet<String>> uses = new TreeMap<>();
    for (MatchResult arrow :
        matches("(?m)^\\s+(dev\\.graft\\S*)\\s+->\\s+(\\S+)", out.toString())) {
      Set<String> of = uses.computeIfAbsent(arrow.group(1), name -> new TreeSet<>());
      if (arrow.group(2).startsWith(ROOT_PACKAGE) && !arrow.group(2).equals(arrow.group(1))) {
        of.add(arrow.group(2));
      }
    }
    return uses;
  }

  private static boolean isPublished(Path module) throws IOException {
    Path pom = module.resolve("pom.xml");
    return Files.isDirectory(module.resolve("src/main/java"))
        && !Files.readString(pom).contains("<maven.deploy.skip>true<");
  }

  private static List<String> lines(SortedMap<String, SortedSet<String>> uses) {
    return uses.entrySet().stream()
        .map(entry -> entry.getKey() + " -> " + String.join(" ", entry.getValue()))
        .toList();
  }

  private static SortedSet<String> words(String separator, String text) {
    return Stream.of(text.split(separator))
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<MatchResult> matches(String regex, String text) {
    return Pattern.compile(regex).matcher(text).results().toList();
  }
}

package dev.graft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.graft.augment.Augmentation;
import dev.graft.backbone.BackboneCard;
import dev.graft.backbone.Backbones;
import dev.graft.backbone.Normalization;
import dev.graft.data.LabeledFolder;
import dev.graft.djl.TrainableGraph;
import dev.graft.examples.BatchExample;
import dev.graft.examples.LabelsExample;
import dev.graft.examples.ServeExample;
import dev.graft.examples.TrainExample;
import dev.graft.photo.Resize;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import dev.graft.serve.Classifier;
import dev.graft.serve.LabelProbability;
import dev.graft.serve.Prediction;
import dev.graft.testing.Ended;
import dev.graft.testing.Project;
import dev.graft.train.Trainer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What README.md and docs/ show is what there is. */
class ReadmeTest {

  private static final Path ROOT = Project.ROOT;
  private static final Path README = ROOT.resolve("README.md");
  private static final Path EXAMPLES = ROOT.resolve("cli-demo/src/test/java/dev/graft/examples");
  private static final Set<String> NO_SOURCES = Set.of(".git", "target", "work", "photos");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");
  private static final Pattern COMMAND =
      Pattern.compile("(?:\\./|\\b)graft ([a-z]+)([^`\n]*(?:\\\\\n[^`\n]*)*)");

  @TempDir Path folder;

  @Test
  void showsTheExamplesAsTheyAreCompiled() throws IOException {
    try (Stream<Path> examples = Files.list(EXAMPLES)) {
      for (Path example : examples.toList()) {
        String source = Files.readString(example);
        MatchResult shown =
            find("// Shown in (\\S+) from here ...\n(.*)// ... to here.\n", source)
                .orElseThrow(() -> new AssertionError(example + " is shown nowhere"));
        String document = Files.readString(ROOT.resolve(shown.group(1)));
        assertTrue(
            document.contains("```java\n" + shown.group(2) + "```"),
            () -> shown.group(1) + " does not show " + example + " as it is");
      }
    }
  }

  @Test
  void theExamplesTrainAndServe() throws Exception {
    Path photos = somePhotos();
    Path model = folder.resolve("model.onnx");
    String trained =
        output(() -> TrainExample.main(new String[] {photos.toString(), model.toString()}));
    assertTrue(trained.startsWith("classes: [birds, flowers]"), trained);
    assertTrue(Files.exists(model));

    Path rooster = ROOT.resolve("test-images/photos/birds/rooster.jpg");
    Path damaged = Files.writeString(folder.resolve("damaged.jpg"), "no photo");
    String[] args = {model.toString(), damaged.toString(), rooster.toString()};
    String served = output(() -> ServeExample.main(args));
    assertTrue(served.startsWith(rooster + ": birds 0."), served);
    assertEquals(
        List.of(damaged + ": error: text, not a photo; leave it out", rooster + ": birds"),
        output(() -> BatchExample.main(args)).lines().toList());

    Path yellow = Cli.photo(folder.resolve("yellow.png"), 0xffff00);
    String[] multiLabel = {Cli.COLOUR_LABELS.toString(), yellow.toString()};
    assertEquals(yellow + ": red, green\n", output(() -> LabelsExample.main(multiLabel)));
    String[] single = {model.toString(), rooster.toString()};
    assertEquals(rooster + ": birds\n", output(() -> LabelsExample.main(single)));
  }

  @ParameterizedTest
  @EnumSource
  void pythonServesTheFileAsJavaDoes(Resize.Fit fit) throws Exception {
    String python = python();
    Path model = folder.resolve("model.onnx");
    Path photos = somePhotos();
    Trainer.on(LabeledFolder.open(photos))
        .backbone(Backbones.efficientNetLite0().withFit(fit))
        .head(Head.linear())
        .epochs(5)
        .train()
        .exportOnnx(model);
    Path script = folder.resolve("serve.py");
    Files.writeString(
        script, find("```python\n(.*?)```", Files.readString(README)).orElseThrow().group(1));

    List<Path> all;
    try (Stream<Path> files = Files.walk(photos)) {
      all = files.filter(Files::isRegularFile).sorted().toList();
    }
    List<String> command = new ArrayList<>(List.of(python, script.toString(), model.toString()));
    all.forEach(photo -> command.add(photo.toString()));
    List<String> lines = run(command).lines().toList();
    assertEquals(all.size(), lines.size());
    try (Classifier classifier = Classifier.open(model)) {
      for (int i = 0; i < lines.size(); i++) {
        compare(classifier.classify(all.get(i)), all.get(i), lines.get(i));
      }
    }
  }

  @Test
  void pythonGivesTheLabelsThatJavaGives() throws Exception {
    String python = python();
    Path script = folder.resolve("labels.py");
    String readme =
        find("```python\n(.*?)for path in sys.argv", Files.readString(README))
            .orElseThrow()
            .group(1);
    String loop =
        find("```python\n(.*?)```", Files.readString(ROOT.resolve("docs/multi-label.md")))
            .orElseThrow()
            .group(1);
    Files.writeString(script, readme + loop);
    List<String> command =
        new ArrayList<>(List.of(python, script.toString(), Cli.COLOUR_LABELS.toString()));
    for (int rgb : new int[] {0xffff00, 0x000000, 0x737373, 0xffffff, 0x0000ff}) {
      command.add(Cli.photo(folder.resolve(rgb + ".png"), rgb).toString());
    }
    List<String> photos = command.subList(3, command.size());
    List<String> lines = run(command).lines().toList();
    assertEquals(5, lines.size());
    try (Classifier classifier = Classifier.open(Cli.COLOUR_LABELS)) {
      for (int i = 0; i < lines.size(); i++) {
        Set<String> labels =
            classifier.classify(Path.of(photos.get(i))).labels().stream()
                .map(LabelProbability::label)
                .collect(Collectors.toSet());
        JsonObject line = new Gson().fromJson(lines.get(i), JsonObject.class);
        assertEquals(labels, Set.of(new Gson().fromJson(line.get("labels"), String[].class)));
      }
    }
  }

  private String python() throws InterruptedException {
    String python =
        System.getProperty("graft.python", System.getenv().getOrDefault("GRAFT_PYTHON", "python3"));
    assumeTrue(
        runs(python, "-c", "import numpy, onnxruntime; from PIL import Image"),
        () -> python + " with numpy, onnxruntime and Pillow is needed; GRAFT_PYTHON names another");
    return python;
  }

  /** A level of grey of the pixels, and float rounding, stay far below a probability of 0.01. */
  private static void compare(Prediction java, Path photo, String line) {
    JsonObject python = new Gson().fromJson(line, JsonObject.class);
    assertEquals(photo.toString(), python.get("path").getAsString());
    assertEquals(java.best().label(), python.get("label").getAsString(), line);
    JsonObject probabilities = python.getAsJsonObject("probabilities");
    assertEquals(java.ranked().size(), probabilities.size());
    java.ranked()
        .forEach(
            label ->
                assertEquals(
                    label.probability(),
                    probabilities.get(label.label()).getAsDouble(),
                    0.01,
                    () -> photo + ": " + label));
  }

  @Test
  void linksLeadToFilesAndHeadingsThatAreThere() throws IOException {
    for (Path document : documents()) {
      for (MatchResult link : LINK.matcher(Files.readString(document)).results().toList()) {
        if (link.group(1).matches("(https?|mailto):.*")) {
          continue;
        }
        String[] target = link.group(1).split("#", 2);
        Path file = target[0].isEmpty() ? document : document.resolveSibling(target[0]);
        assertTrue(
            Files.exists(file), () -> document + " links to " + target[0] + ", which is not there");
        if (target.length == 2) {
          assertTrue(
              headings(Files.readString(file)).contains(target[1]),
              () -> document + " links to " + link.group(1) + ", where no such heading is");
        }
      }
    }
  }

  /** As they are named in links. */
  private static Set<String> headings(String markdown) {
    return matches("(?m)^#+ ([^\n]+)$", markdown).stream()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").strip().replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  @Test
  void namesNoCommandOrOptionThatThereIsNot() throws IOException {
    Map<String, Set<String>> options = new TreeMap<>();
    for (MatchResult command : matches("(?m)^  ([a-z]+) ", help("--help"))) {
      options.put(command.group(1), optionsIn(help(command.group(1), "--help")));
    }
    assertTrue(options.containsKey("train"), options::toString);
    Set<String> all = new HashSet<>();
    options.values().forEach(all::addAll);
    all.add("--add-modules"); // Java's own
    for (String script : List.of("bench/compare", "bench/stops")) {
      String text = Files.readString(ROOT.resolve(script));
      matches("add_argument\\(\\s*\"(--[a-z-]+)\"", text).forEach(o -> all.add(o.group(1)));
    }
    for (Path document : documents()) {
      String text = Files.readString(document);
      Set<String> unknown = new TreeSet<>(optionsIn(text.replaceAll("\\bgpg [^)\n]*", "")));
      unknown.removeAll(all);
      assertEquals(Set.of(), unknown, () -> document.toString());
      for (MatchResult fence : matches("```sh\n(.*?)```", text)) {
        for (MatchResult command : COMMAND.matcher(fence.group(1)).results().toList()) {
          Set<String> known = options.get(command.group(1));
          assertTrue(known != null, () -> document + " has " + command.group());
          Set<String> wrong = new TreeSet<>(optionsIn(command.group(2)));
          wrong.removeAll(known);
          assertEquals(Set.of(), wrong, () -> document + " has " + command.group());
        }
      }
    }
  }

  @Test
  void documentsEveryOptionOfEveryCommand() throws IOException {
    String text = Files.readString(ROOT.resolve("docs/cli.md"));
    for (MatchResult command : matches("(?m)^  ([a-z]+) ", help("--help"))) {
      String name = command.group(1);
      String section =
          find("(?m)^## graft " + name + "\n(.*?)(?=^## |\\z)", text)
              .orElseThrow(() -> new AssertionError("docs/cli.md lacks graft " + name))
              .group(1);
      Set<String> missing = new TreeSet<>(optionsIn(help(name, "--help")));
      missing.removeAll(optionsIn(section));
      missing.removeAll(Set.of("--help", "--version"));
      assertEquals(Set.of(), missing, () -> "docs/cli.md, graft " + name);
    }
  }

  @Test
  void tellsTheTruthAboutTheBackbones() throws IOException {
    String readme = Files.readString(README);
    for (BackboneCard card : Backbones.all()) {
      String features =
          card.featureShape().stream().map(String::valueOf).collect(Collectors.joining("x"));
      String row =
          "| `%s` | %s | %,d | %.1f MB | %5$dx%5$d | %6$s | "
              .formatted(
                  card.name(),
                  card.license(),
                  card.parameters(),
                  card.bytes() / 1e6,
                  card.inputSize(),
                  features);
      String shown =
          readme
              .lines()
              .filter(line -> line.startsWith(row))
              .findFirst()
              .orElseThrow(() -> new AssertionError("README.md lacks " + row));
      for (BackboneCard.Figure figure : card.figures()) {
        if (figure.measure().equals("ImageNet top-1")) {
          assertTrue(shown.contains("%.3f of %d".formatted(figure.value(), figure.n())), shown);
        }
      }
    }
  }

  @Test
  void tellsTheTruthAboutTheOperatorsAndPreprocessings() throws IOException {
    String text = Files.readString(ROOT.resolve("docs/backbones.md"));
    String operators = find("\n(`Abs`.*?)\n\n", text).orElseThrow().group(1);
    assertEquals(
        List.copyOf(TrainableGraph.operators()),
        matches("`(\\w+)`", operators).stream().map(operator -> operator.group(1)).toList());
    String table = find("\n\\| `--preprocessing`.*?\n\n", text).orElseThrow().group();
    assertEquals(
        new TreeSet<>(Normalization.names()),
        matches("(?m)^\\| `([^-`][^`]*)` ", table).stream()
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new)));
    String help = help("train", "--help").replaceAll("\\s+", "");
    for (String name : Normalization.names()) {
      assertTrue(help.contains(name), () -> name + " in " + help);
    }
  }

  @Test
  void tellsTheTruthAboutTheHeads() throws IOException {
    String training = Files.readString(ROOT.resolve("docs/training.md"));
    for (Head head : List.of(Head.flattenDense(), Head.linear())) {
      Hyperparameters chosen = head.defaults();
      String row =
          " | %s | %s | %d | %d | %s | %s |\n"
              .formatted(
                  head instanceof Head.FlattenDense dense ? dense.hidden() : "-",
                  head.dropout(),
                  chosen.epochs(),
                  chosen.batchSize(),
                  chosen.learningRate(),
                  chosen.weightDecay());
      assertTrue(
          find("\\| `" + head.name() + "` \\|[^|]*" + Pattern.quote(row), training).isPresent(),
          () -> "docs/training.md lacks " + head.name() + row);
    }
  }

  @Test
  void tellsTheTruthAboutTheAugmentationPresets() throws IOException {
    String text = Files.readString(ROOT.resolve("docs/augmentation.md"));
    Augmentation.presets()
        .forEach(
            (name, steps) -> {
              String content = steps.isEmpty() ? "nothing" : "`" + steps + "`";
              String row = "\n| `" + name + "` | " + content + " |\n";
              assertTrue(text.contains(row), () -> "docs/augmentation.md lacks " + row);
            });
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return NO_SOURCES.contains(folder.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              documents.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    assertTrue(documents.contains(README), documents::toString);
    return documents;
  }

  private static Set<String> optionsIn(String text) {
    Set<String> options = new TreeSet<>();
    OPTION.matcher(text).results().forEach(option -> options.add(option.group()));
    return options;
  }

  private static String help(String... args) {
    StringWriter out = new StringWriter();
    assertEquals(0, Main.run(new PrintWriter(out), new PrintWriter(new StringWriter()), args));
    return out.toString();
  }

  /** Ten photos in each of two classes, some of them with transparency. */
  private Path somePhotos() throws IOException {
    Path photos = folder.resolve("photos");
    for (String label : List.of("birds", "flowers")) {
      Path to = Files.createDirectories(photos.resolve(label));
      try (Stream<Path> files = Files.list(ROOT.resolve("test-images/photos").resolve(label))) {
        for (Path file : files.sorted().limit(10).toList()) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
    return photos;
  }

  private interface Code {
    void run() throws Exception;
  }

  /** What code prints on standard output; its progress on standard error is kept quiet. */
  private static String output(Code code) throws Exception {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), true, UTF_8));
    try {
      code.run();
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    return printed.toString(UTF_8);
  }

  private boolean runs(String... command) throws InterruptedException {
    try {
      run(List.of(command));
      return true;
    } catch (IOException | AssertionError e) {
      return false;
    }
  }

  /** Standard output of a program that ends well. */
  private String run(List<String> command) throws IOException, InterruptedException {
    return Ended.of(new ProcessBuilder(command)).outputOfSuccess();
  }

  private static Optional<MatchResult> find(String regex, String text) {
    return matches(regex, text).stream().findFirst();
  }

  private static List<MatchResult> matches(String regex, String text) {
    return Pattern.compile(regex, Pattern.DOTALL).matcher(text).results().toList();
  }
}

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Draws docs/architecture.svg and writes the tables of docs/architecture.md from what the build has
 * compiled. A JDK 17 is all it needs; from the project's root, after {@code mvn package}:
 *
 * <pre>java docs/ArchitectureMap.java</pre>
 *
 * <p>Equal classes and sources give equal bytes. The reasons for what is large are written by hand:
 * they stay.
 */
public final class ArchitectureMap {

  private static final Path SVG = Path.of("docs/architecture.svg");
  private static final Path PAGE = Path.of("docs/architecture.md");
  private static final String NO_REASON = "(why?)";

  // Above these a reason is asked for.
  private static final int LARGE_CLASS = 500; // lines
  private static final int LARGE_PACKAGE = 2500;
  private static final int MANY_TYPES = 30;

  private ArchitectureMap() {}

  public static void main(String[] args) throws IOException {
    if (!Files.exists(PAGE)) {
      throw new IOException(PAGE + " is not here; run this in the root of the project");
    }
    Locale.setDefault(Locale.ROOT); // how numbers are written
    Project project = Project.read();
    Files.writeString(SVG, new Picture(new Layout(project)).svg());
    String page = Files.readString(PAGE);
    String written = replace(page, "packages", packageTable(project));
    written = replace(written, "large ones", largeOnes(project, page));
    Files.writeString(PAGE, written);
    if (written.contains(NO_REASON)) {
      System.err.println(PAGE + ": give a reason where it says " + NO_REASON);
      System.exit(1);
    }
  }

  private static String packageTable(Project project) {
    List<Package> packages = project.packages();
    Map<Artifact, Integer> rows = project.rows();
    List<Package> inOrder =
        packages.stream()
            .sorted(
                Comparator.comparing((Package p) -> -rows.get(p.artifact()))
                    .thenComparing(p -> p.artifact().name())
                    .thenComparing(Package::name))
            .toList();
    StringBuilder table =
        new StringBuilder(
            """
            | package | artifact | purpose | lines | types | public | may use |
            |---|---|---|---|---|---|---|
            """);
    for (Package p : inOrder) {
      Path info =
          p.artifact().sources().resolve(p.name().replace('.', '/')).resolve("package-info.java");
      String uses =
          Stream.concat(
                  p.uses().stream().map(name -> "`" + Package.shortName(name) + "`"),
                  p.libraries().stream())
              .collect(Collectors.joining(", "));
      table.append(
          "| [`%s`](../%s) | %s | %s | %,d | %d | %s | %s |\n"
              .formatted(
                  p.shortName(),
                  slashed(info),
                  p.artifact().name(),
                  p.purpose(),
                  p.lines(),
                  p.types(),
                  p.isInternal() ? "internal" : p.publicTypes(),
                  uses.isEmpty() ? "-" : uses));
    }
    table.append(
        "| | | all | %,d | %d | %d | |\n"
            .formatted(
                packages.stream().mapToInt(Package::lines).sum(),
                packages.stream().mapToInt(Package::types).sum(),
                packages.stream()
                    .filter(p -> !p.isInternal())
                    .mapToInt(Package::publicTypes)
                    .sum()));
    return table.toString();
  }

  /** Packages and classes above the guide, each with the reason that the page gives already. */
  private static String largeOnes(Project project, String page) throws IOException {
    Map<String, String> reasons = new HashMap<>();
    Pattern row = Pattern.compile("(?m)^\\| \\[`(\\S+)`]\\(\\S+\\) \\| [\\d,]+ \\| (.*) \\|$");
    for (MatchResult found : row.matcher(section(page, "large ones")).results().toList()) {
      reasons.put(found.group(1), found.group(2));
    }
    SortedMap<String, String> rows = new TreeMap<>();
    for (Artifact artifact : project.artifacts()) {
      for (Map.Entry<String, List<Path>> of : artifact.packages().entrySet()) {
        int all = 0;
        for (Path file : of.getValue()) {
          int lines = Project.lines(Files.readString(file));
          all += lines;
          if (lines > LARGE_CLASS) {
            String type = file.getFileName().toString().replace(".java", "");
            put(rows, Package.shortName(of.getKey()) + "." + type, file, lines, reasons);
          }
        }
        if (all > LARGE_PACKAGE || of.getValue().size() - 1 > MANY_TYPES) {
          Path info = of.getValue().get(0).resolveSibling("package-info.java");
          put(rows, Package.shortName(of.getKey()), info, all, reasons);
        }
      }
    }
    return "| | lines | why |\n|---|---|---|\n" + String.join("", rows.values());
  }

  private static void put(
      Map<String, String> rows, String name, Path file, int lines, Map<String, String> reasons) {
    rows.put(
        name,
        "| [`%s`](../%s) | %,d | %s |\n"
            .formatted(name, slashed(file), lines, reasons.getOrDefault(name, NO_REASON)));
  }

  private static String slashed(Path path) {
    return path.toString().replace('\\', '/');
  }

  private static Pattern marked(String name) {
    return Pattern.compile("(?s)(<!-- %1$s -->\n)(.*?)(<!-- end of %1$s -->)".formatted(name));
  }

  private static String section(String page, String name) {
    Matcher found = marked(name).matcher(page);
    if (!found.find()) {
      throw new IllegalStateException(PAGE + " lacks the comment <!-- " + name + " --> or its end");
    }
    return found.group(2);
  }

  private static String replace(String page, String name, String content) {
    section(page, name);
    return marked(name).matcher(page).replaceFirst("$1" + Matcher.quoteReplacement(content) + "$3");
  }
}

/**
 * A Maven module with classes.
 *
 * @param folder as in the parent's POM
 */
record Artifact(String name, String description, Path folder) {

  Path sources() {
    return folder.resolve("src/main/java");
  }

  Path classes() {
    return folder.resolve("target/classes");
  }

  /** The source files of each package. */
  SortedMap<String, List<Path>> packages() throws IOException {
    SortedMap<String, List<Path>> sources = new TreeMap<>();
    try (Stream<Path> files = Files.walk(sources())) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        Path folder = sources().relativize(file.getParent());
        if (!folder.toString().isEmpty()) { // else a module-info
          sources
              .computeIfAbsent(
                  folder.toString().replaceAll("[/\\\\]", "."), key -> new ArrayList<>())
              .add(file);
        }
      }
    }
    return sources;
  }
}

/**
 * A package of Graft.
 *
 * @param isInternal whether its comment says that users have no business there
 * @param uses packages of Graft that its classes name, without itself
 * @param libraries of others that its classes name
 */
record Package(
    String name,
    Artifact artifact,
    String purpose,
    boolean isInternal,
    int lines,
    int types,
    int publicTypes,
    SortedSet<String> uses,
    SortedSet<String> libraries) {

  /** That all of them begin with. */
  static final String ROOT = "dev.graft.";

  String shortName() {
    return shortName(name);
  }

  static String shortName(String name) {
    return name.substring(ROOT.length());
  }

  static String shortNames(Collection<String> names) {
    return names.stream().map(Package::shortName).collect(Collectors.joining(", "));
  }
}

/** What there is, from the POMs, the sources and the compiled classes. */
record Project(List<Artifact> artifacts, List<Package> packages) {

  private static final Pattern INTERNAL = Pattern.compile("(?m)[ *]Internal[.:]");

  /** Of other projects' packages, the names that the docs use; the first that fits. */
  private static final Map<String, String> LIBRARIES = new LinkedHashMap<>();

  static {
    LIBRARIES.put("ai.djl", "DJL");
    LIBRARIES.put("ai.onnxruntime", "ONNX Runtime");
    LIBRARIES.put("ai.onnx.proto", "ONNX protobuf");
    LIBRARIES.put("com.google.protobuf", "ONNX protobuf");
    LIBRARIES.put("com.drew", "metadata-extractor");
    LIBRARIES.put("com.google.gson", "Gson");
    LIBRARIES.put("com.twelvemonkeys", "TwelveMonkeys");
    LIBRARIES.put("com.drew", "metadata-extractor");
    LIBRARIES.put("org.imgscalr", "imgscalr");
    LIBRARIES.put("org.apache.batik", "Batik");
    LIBRARIES.put("org.bytedeco", "leptonica");
    LIBRARIES.put("org.knowm.xchart", "XChart");
    LIBRARIES.put("org.slf4j", "SLF4J");
    LIBRARIES.put("picocli", "picocli");
    LIBRARIES.put("javax.imageio", "ImageIO");
  }

  static Project read() throws IOException {
    List<Artifact> artifacts = readArtifacts();
    return new Project(artifacts, readPackages(artifacts));
  }

  /** Those that are published: benchmarks and what the build itself runs are not. */
  private static List<Artifact> readArtifacts() throws IOException {
    List<Artifact> artifacts = new ArrayList<>();
    try (Stream<Path> files = Files.find(Path.of(""), 3, (file, a) -> isPom(file))) {
      for (Path pom : files.sorted().toList()) {
        Path folder = pom.getParent();
        String text = Files.readString(pom).replaceFirst("(?s)<parent>.*?</parent>", "");
        if (folder == null || text.contains("<maven.deploy.skip>true<")) {
          continue;
        }
        Artifact artifact =
            new Artifact(
                first("<artifactId>(.*?)</artifactId>", text),
                first("<description>\\s*(.*?)\\s*</description>", text).replaceAll("\\s+", " "),
                folder);
        if (Files.isDirectory(artifact.sources())) {
          artifacts.add(artifact);
        }
      }
    }
    return artifacts;
  }

  private static boolean isPom(Path file) {
    return file.getFileName().toString().equals("pom.xml");
  }

  private static List<Package> readPackages(List<Artifact> artifacts) throws IOException {
    SortedMap<String, SortedSet<String>> named = dependencies(artifacts);
    List<Package> packages = new ArrayList<>();
    for (Artifact artifact : artifacts) {
      for (Map.Entry<String, List<Path>> found : artifact.packages().entrySet()) {
        String name = found.getKey();
        int lines = 0;
        int types = 0;
        int publicTypes = 0;
        String purpose = "";
        boolean isInternal = false;
        for (Path file : found.getValue()) {
          String source = Files.readString(file);
          lines += lines(source);
          if (file.endsWith("package-info.java")) {
            purpose = purpose(source);
            isInternal = INTERNAL.matcher(source).find();
          } else {
            types++;
            publicTypes += isPublic(source) ? 1 : 0;
          }
        }
        SortedSet<String> others = named.getOrDefault(name, new TreeSet<>());
        SortedSet<String> uses =
            others.stream()
                .filter(other -> other.startsWith(Package.ROOT) && !other.equals(name))
                .collect(Collectors.toCollection(TreeSet::new));
        packages.add(
            new Package(
                name,
                artifact,
                purpose,
                isInternal,
                lines,
                types,
                publicTypes,
                uses,
                libraries(others)));
      }
    }
    packages.sort(Comparator.comparing(Package::name));
    return packages;
  }

  private static SortedSet<String> libraries(Collection<String> packages) {
    SortedSet<String> libraries = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (String name : packages) {
      LIBRARIES.entrySet().stream()
          .filter(known -> (name + ".").startsWith(known.getKey() + "."))
          .findFirst()
          .ifPresent(known -> libraries.add(known.getValue()));
    }
    return libraries;
  }

  /** What the classes of each package name, as jdeps sees it: by package. */
  private static SortedMap<String, SortedSet<String>> dependencies(List<Artifact> artifacts)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-verbose:package", "-filter:none"));
    for (Artifact artifact : artifacts) {
      // The folder below the root: a module-info would have jdeps ask for all modules.
      Path classes = artifact.classes().resolve("dev");
      if (!Files.isDirectory(classes)) {
        throw new IOException(classes + " is not there; build first: mvn -DskipTests package");
      }
      arguments.add(classes.toString());
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    ToolProvider jdeps =
        ToolProvider.findFirst("jdeps")
            .orElseThrow(() -> new IOException("this Java has no jdeps; take a JDK"));
    int code =
        jdeps.run(new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
    if (code != 0) {
      throw new IOException("jdeps failed: " + out + err);
    }
    SortedMap<String, SortedSet<String>> dependencies = new TreeMap<>();
    Pattern arrow = Pattern.compile("(?m)^\\s+(dev\\.graft\\S*)\\s+->\\s+(\\S+)");
    for (MatchResult found : matches(arrow, out.toString())) {
      dependencies.computeIfAbsent(found.group(1), key -> new TreeSet<>()).add(found.group(2));
    }
    return dependencies;
  }

  static int lines(String source) {
    return (int) source.lines().count();
  }

  private static boolean isPublic(String source) {
    return Pattern.compile(
            "(?m)^public (?:(?:abstract|final|sealed|non-sealed) )*"
                + "(?:class|interface|record|enum|@interface) ")
        .matcher(source)
        .find();
  }

  /** The first sentence of a package's comment, as plain text. */
  private static String purpose(String source) {
    String text =
        first("(?s)/\\*\\*(.*?)\\*/", source)
            .replaceAll("(?m)^\\s*\\* ?", "")
            .replaceAll("\\{@(?:code|link|linkplain)\\s+([^}]*)}", "$1")
            .replaceAll("<[^>]*>", "")
            .replaceAll("\\s+", " ")
            .strip();
    Matcher sentence = Pattern.compile("^.*?\\.(?= [A-Z]|$)").matcher(text);
    return sentence.find() ? sentence.group() : text;
  }

  private static String first(String regex, String text) {
    Matcher found = Pattern.compile(regex).matcher(text);
    return found.find() ? found.group(1) : "";
  }

  private static List<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().toList();
  }

  /** How far above the bottom each artifact lies: above all that its packages use. */
  Map<Artifact, Integer> rows() {
    Map<String, Artifact> artifactOf = new HashMap<>();
    packages.forEach(p -> artifactOf.put(p.name(), p.artifact()));
    Map<Artifact, Set<Artifact>> below = new HashMap<>();
    for (Package p : packages) {
      Set<Artifact> used = below.computeIfAbsent(p.artifact(), key -> new HashSet<>());
      p.uses().stream()
          .map(artifactOf::get)
          .filter(other -> other != null && other != p.artifact())
          .forEach(used::add);
    }
    return ranks(artifacts, artifact -> below.getOrDefault(artifact, Set.of()));
  }

  /** The longest way down from each. */
  static <T> Map<T, Integer> ranks(Collection<T> all, Function<T, Collection<T>> below) {
    Map<T, Integer> ranks = new HashMap<>();
    for (int round = 0; ranks.size() < all.size(); round++) {
      if (round > all.size()) {
        throw new IllegalStateException("arrows go round in a circle among " + all);
      }
      for (T one : all) {
        Collection<T> used = below.apply(one);
        if (!ranks.containsKey(one) && ranks.keySet().containsAll(used)) {
          ranks.put(one, used.stream().mapToInt(other -> ranks.get(other) + 1).max().orElse(0));
        }
      }
    }
    return ranks;
  }
}

/** A box, or the place where an arrow passes a layer. */
final class Node {
  final Package of; // null: a place that an arrow passes
  final int layer;
  final int group; // artifacts side by side are not mixed
  final double width;
  final List<Node> above = new ArrayList<>();
  final List<Node> below = new ArrayList<>();
  double x; // of its middle
  double y; // of its top
  int order;

  Node(Package of, int layer, int group, double width) {
    this.of = of;
    this.layer = layer;
    this.group = group;
    this.width = width;
  }

  boolean isBox() {
    return of != null;
  }

  List<Node> neighbours() {
    return Stream.concat(above.stream(), below.stream()).toList();
  }
}

/** An arrow: a box, the places it passes, a box. */
record Edge(List<Node> way) {
  Node from() {
    return way.get(0);
  }

  Node to() {
    return way.get(way.size() - 1);
  }
}

/** A layered drawing: Sugiyama's steps, each in its simplest form. */
final class Layout {

  static final double BOX_HEIGHT = 44;
  private static final double LAYER_GAP = 36; // between boxes of two layers
  private static final double BAND_GAP = 34; // more between two artifacts
  private static final double BOX_GAP = 18;
  private static final double LINE_GAP = 12; // between an arrow passing by and its neighbour
  static final double BAND_PADDING = 16;
  static final double BAND_TITLE = 26;
  static final double MARGIN = 20;

  private final List<Artifact> artifacts;
  private final List<Package> packages;
  private final Map<Artifact, Integer> rows;
  private final Map<String, Node> nodes = new TreeMap<>(); // boxes, by their packages
  private final List<Edge> edges = new ArrayList<>();
  private final List<List<Node>> layers = new ArrayList<>(); // from the bottom

  Layout(Project project) {
    this.artifacts = project.artifacts();
    this.packages = project.packages();
    this.rows = project.rows();
    placeInLayers();
    connect();
    order();
    placeInWidth();
    placeInHeight();
  }

  List<Artifact> artifacts() {
    return artifacts;
  }

  Collection<Node> boxes() {
    return nodes.values();
  }

  List<Edge> edges() {
    return edges;
  }

  /** The right end of all boxes. */
  double right() {
    return layers.stream()
        .flatMap(List::stream)
        .mapToDouble(node -> node.x + node.width / 2)
        .max()
        .orElse(0);
  }

  /** The lower end of all boxes. */
  double bottom() {
    return layers.get(0).get(0).y + BOX_HEIGHT;
  }

  /** Whether no other artifact is beside it. */
  boolean isAlone(Artifact artifact) {
    return inRow(rows.get(artifact)).size() == 1;
  }

  private void placeInLayers() {
    Map<String, Package> byName = new TreeMap<>();
    packages.forEach(p -> byName.put(p.name(), p));
    int top = rows.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    int layer = 0;
    for (int row = 0; row <= top; row++) {
      int height = 0;
      for (Artifact artifact : inRow(row)) {
        List<Package> own = packages.stream().filter(p -> p.artifact().equals(artifact)).toList();
        Map<Package, Integer> ranks =
            Project.ranks(
                own,
                p ->
                    p.uses().stream()
                        .map(byName::get)
                        .filter(other -> other != null && other.artifact().equals(artifact))
                        .toList());
        for (Package p : own) {
          Node node =
              new Node(p, layer + ranks.get(p), artifacts.indexOf(artifact), Picture.boxWidth(p));
          nodes.put(p.name(), node);
          height = Math.max(height, ranks.get(p) + 1);
        }
      }
      layer += height;
    }
    for (int i = 0; i < layer; i++) {
      layers.add(new ArrayList<>());
    }
    nodes.values().forEach(node -> layers.get(node.layer).add(node));
  }

  private List<Artifact> inRow(int row) {
    return artifacts.stream().filter(artifact -> rows.get(artifact) == row).toList();
  }

  /** Draws what no other way says already. */
  private void connect() {
    Map<String, Set<String>> reach = new HashMap<>();
    for (Package p : packages) {
      for (String to : p.uses()) {
        boolean saidAlready =
            p.uses().stream()
                .anyMatch(other -> !other.equals(to) && reach(other, reach).contains(to));
        if (!saidAlready && nodes.containsKey(to)) {
          edges.add(new Edge(way(nodes.get(p.name()), nodes.get(to))));
        }
      }
    }
  }

  private Set<String> reach(String name, Map<String, Set<String>> known) {
    Set<String> found = known.get(name);
    if (found == null) {
      found = new TreeSet<>();
      known.put(name, found);
      if (nodes.containsKey(name)) {
        for (String next : nodes.get(name).of.uses()) {
          found.add(next);
          found.addAll(reach(next, known));
        }
      }
    }
    return found;
  }

  private List<Node> way(Node from, Node to) {
    List<Node> way = new ArrayList<>(List.of(from));
    for (int layer = from.layer - 1; layer > to.layer; layer--) {
      Node passed = new Node(null, layer, -1, 0);
      layers.get(layer).add(passed);
      way.add(passed);
    }
    way.add(to);
    for (int i = 1; i < way.size(); i++) {
      way.get(i - 1).below.add(way.get(i));
      way.get(i).above.add(way.get(i - 1));
    }
    return way;
  }

  /** Sweeps up and down, each node to the mean of its neighbours; the fewest crossings win. */
  private void order() {
    layers.forEach(Layout::number);
    long fewest = Long.MAX_VALUE;
    Map<Node, Integer> best = new HashMap<>();
    for (int sweep = 0; sweep < 60; sweep++) {
      boolean up = sweep % 2 == 0;
      for (int i = 0; i < layers.size(); i++) {
        List<Node> layer = layers.get(up ? i : layers.size() - 1 - i);
        sort(layer, up ? node -> mean(node.below, node) : node -> mean(node.above, node));
      }
      exchange();
      long crossings = crossings();
      if (crossings < fewest) {
        fewest = crossings;
        layers.forEach(layer -> layer.forEach(node -> best.put(node, node.order)));
      }
    }
    for (List<Node> layer : layers) {
      layer.sort(Comparator.comparingInt(best::get));
      number(layer);
    }
  }

  private static double mean(List<Node> neighbours, Node node) {
    return neighbours.stream().mapToInt(other -> other.order).average().orElse(node.order);
  }

  private static void sort(List<Node> layer, ToDoubleFunction<Node> key) {
    Map<Node, Double> keys = new HashMap<>();
    layer.forEach(node -> keys.put(node, key.applyAsDouble(node)));
    layer.sort(Comparator.comparingDouble(keys::get));
    gather(layer);
    number(layer);
  }

  /** Brings boxes of one artifact together where two artifacts stand side by side. */
  private static void gather(List<Node> layer) {
    List<Integer> groups =
        layer.stream().filter(Node::isBox).map(node -> node.group).distinct().toList();
    if (groups.size() < 2) {
      return;
    }
    List<Node> boxes =
        layer.stream()
            .filter(Node::isBox)
            .sorted(Comparator.comparingInt(node -> node.group))
            .toList();
    int next = 0;
    for (int i = 0; i < layer.size(); i++) {
      if (layer.get(i).isBox()) {
        layer.set(i, boxes.get(next++));
      }
    }
  }

  private static void number(List<Node> layer) {
    for (int i = 0; i < layer.size(); i++) {
      layer.get(i).order = i;
    }
  }

  /** Exchanges neighbours as long as that saves a crossing. */
  private void exchange() {
    boolean better = true;
    for (int round = 0; better && round < 20; round++) {
      better = false;
      for (List<Node> layer : layers) {
        for (int i = 0; i + 1 < layer.size(); i++) {
          Node left = layer.get(i);
          Node right = layer.get(i + 1);
          if (left.isBox() && right.isBox() && left.group != right.group) {
            continue;
          }
          int now = crossings(left.above, right.above) + crossings(left.below, right.below);
          int then = crossings(right.above, left.above) + crossings(right.below, left.below);
          if (then < now) {
            layer.set(i, right);
            layer.set(i + 1, left);
            number(layer);
            better = true;
          }
        }
      }
    }
  }

  private static int crossings(List<Node> ofLeft, List<Node> ofRight) {
    int crossings = 0;
    for (Node l : ofLeft) {
      for (Node r : ofRight) {
        crossings += l.order > r.order ? 1 : 0;
      }
    }
    return crossings;
  }

  private long crossings() {
    long crossings = 0;
    for (List<Node> layer : layers) {
      for (int i = 0; i < layer.size(); i++) {
        for (int j = i + 1; j < layer.size(); j++) {
          crossings += crossings(layer.get(i).below, layer.get(j).below);
        }
      }
    }
    return crossings;
  }

  /** Each node as near to its neighbours as the order and the gaps allow. */
  private void placeInWidth() {
    for (List<Node> layer : layers) {
      double x = 0;
      for (Node node : layer) {
        node.x = x + node.width / 2;
        x += node.width + BOX_GAP;
      }
      double middle = x / 2;
      layer.forEach(node -> node.x -= middle);
    }
    for (int sweep = 0; sweep < 200; sweep++) {
      boolean up = sweep % 2 == 0;
      for (int i = 0; i < layers.size(); i++) {
        settle(layers.get(up ? i : layers.size() - 1 - i));
      }
    }
    for (int round = 0; round < 60; round++) {
      edges.forEach(this::straighten);
      nodes.values().forEach(this::centre);
    }
    double left =
        layers.stream()
            .flatMap(List::stream)
            .mapToDouble(node -> node.x - node.width / 2)
            .min()
            .orElse(0);
    layers.forEach(layer -> layer.forEach(node -> node.x += MARGIN + BAND_PADDING - left));
  }

  /** Least squares under the gaps: neighbours that would overlap move as one block. */
  private void settle(List<Node> layer) {
    int n = layer.size();
    double[] offset = new double[n]; // of each middle from the first, packed
    for (int i = 1; i < n; i++) {
      offset[i] = offset[i - 1] + distance(layer.get(i - 1), layer.get(i));
    }
    double[] sum = new double[n];
    double[] weight = new double[n];
    int[] start = new int[n];
    int blocks = 0;
    for (int i = 0; i < n; i++) {
      Node node = layer.get(i);
      double w = 0.02; // towards the middle of the picture
      double s = 0;
      for (Node other : node.neighbours()) {
        double pull = pull(node, other);
        w += pull;
        s += pull * other.x;
      }
      sum[blocks] = s - w * offset[i];
      weight[blocks] = w;
      start[blocks] = i;
      blocks++;
      while (blocks > 1
          && sum[blocks - 2] / weight[blocks - 2] > sum[blocks - 1] / weight[blocks - 1]) {
        blocks--;
        sum[blocks - 1] += sum[blocks];
        weight[blocks - 1] += weight[blocks];
      }
    }
    for (int b = 0; b < blocks; b++) {
      int end = b + 1 < blocks ? start[b + 1] : n;
      for (int i = start[b]; i < end; i++) {
        layer.get(i).x = sum[b] / weight[b] + offset[i];
      }
    }
  }

  /** Takes an arrow past all layers in one upright line, where there is one that is free. */
  private void straighten(Edge edge) {
    List<Node> passed = edge.way().subList(1, edge.way().size() - 1);
    if (passed.isEmpty()) {
      return;
    }
    double from = Double.NEGATIVE_INFINITY;
    double to = Double.POSITIVE_INFINITY;
    for (Node node : passed) {
      from = Math.max(from, leftEnd(node));
      to = Math.min(to, rightEnd(node));
    }
    if (from <= to) {
      double low = Math.min(edge.from().x, edge.to().x);
      double high = Math.max(edge.from().x, edge.to().x);
      double x =
          within(from, to, within(low, high, passed.get(0).x)); // better bent once than twice
      passed.forEach(node -> node.x = x);
    }
  }

  private static double within(double low, double high, double x) {
    return Math.max(low, Math.min(high, x));
  }

  /** Moves a box to the middle one of its neighbours, as far as there is room. */
  private void centre(Node node) {
    double[] wanted = node.neighbours().stream().mapToDouble(other -> other.x).sorted().toArray();
    if (wanted.length > 0) {
      double middle = (wanted[(wanted.length - 1) / 2] + wanted[wanted.length / 2]) / 2;
      node.x = within(leftEnd(node), rightEnd(node), middle);
    }
  }

  private double leftEnd(Node node) {
    if (node.order == 0) {
      return Double.NEGATIVE_INFINITY;
    }
    Node left = layers.get(node.layer).get(node.order - 1);
    return left.x + distance(left, node);
  }

  private double rightEnd(Node node) {
    List<Node> layer = layers.get(node.layer);
    if (node.order == layer.size() - 1) {
      return Double.POSITIVE_INFINITY;
    }
    Node right = layer.get(node.order + 1);
    return right.x - distance(node, right);
  }

  /** Long arrows want to be straight more than boxes want to be near. */
  private static double pull(Node node, Node other) {
    return !node.isBox() && !other.isBox() ? 8 : node.isBox() && other.isBox() ? 1 : 2;
  }

  private double distance(Node left, Node right) {
    double gap = left.isBox() && right.isBox() ? BOX_GAP : LINE_GAP;
    if (left.isBox() && right.isBox() && left.group != right.group) {
      gap += 2 * BAND_PADDING;
    } else if (left.isBox() != right.isBox()
        && !isAlone((left.isBox() ? left : right).of.artifact())) {
      gap += BAND_PADDING; // its band ends there, and arrows pass outside
    }
    return left.width / 2 + gap + right.width / 2;
  }

  private void placeInHeight() {
    double y = MARGIN + BAND_TITLE;
    for (int i = layers.size() - 1; i >= 0; i--) {
      double top = y;
      layers.get(i).forEach(node -> node.y = top);
      y += BOX_HEIGHT + LAYER_GAP;
      if (i > 0 && rowOf(i) != rowOf(i - 1)) {
        y += BAND_GAP;
      }
    }
  }

  private int rowOf(int layer) {
    return layers.get(layer).stream()
        .filter(Node::isBox)
        .mapToInt(node -> rows.get(node.of.artifact()))
        .findFirst()
        .orElseThrow();
  }
}

/** The drawing, as SVG. */
final class Picture {

  private static final double NAME = 14.5; // sizes of letters
  private static final double LABEL = 13;
  private static final double LIBRARY = 11;
  private static final double LINE = 17; // from one of a label to the next
  private static final double GAP = 8; // around a label
  private static final int[] HUES = {265, 212, 175, 30, 140, 330, 60};

  private final Layout layout;
  private final List<double[]> arrowPoints = new ArrayList<>();

  Picture(Layout layout) {
    this.layout = layout;
    layout.edges().forEach(edge -> arrowPoints.addAll(points(edge)));
  }

  static double boxWidth(Package p) {
    return Math.max(
        84, 24 + Math.max(1.08 * textWidth(p.shortName(), NAME), textWidth(libraries(p), LIBRARY)));
  }

  private static String libraries(Package p) {
    return String.join(", ", p.libraries());
  }

  /** About, for any common sans-serif font. */
  private static double textWidth(String text, double size) {
    double width = 0;
    for (char c : text.toCharArray()) {
      width +=
          ".,iIjl ".indexOf(c) >= 0
              ? 0.31
              : Character.isUpperCase(c) || c == 'm' || c == 'w' ? 0.75 : 0.57;
    }
    return width * size;
  }

  String svg() {
    double width = layout.right() + Layout.BAND_PADDING + Layout.MARGIN;
    double height = layout.bottom() + Layout.BAND_PADDING + Layout.MARGIN;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img">
        <!-- Made by docs/ArchitectureMap.java from the compiled classes. -->
        <title>Graft's packages and what each uses</title>
        <style>
        """
            .formatted(number(width), number(height), number(width), number(height)));
    svg.append(style());
    svg.append(
        """
        </style>
        <defs>
        <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="tip" d="M0.5 0.8 7.5 4 0.5 7.2z"/></marker>
        </defs>
        <rect class="paper" width="100%" height="100%" rx="10"/>
        """);
    for (Artifact artifact : layout.artifacts()) {
      svg.append(band(artifact));
    }
    for (Edge edge : layout.edges()) {
      svg.append(
          "<path class=\"arrow\" data-from=\"%s\" data-to=\"%s\" d=\"%s\""
                  .formatted(edge.from().of.name(), edge.to().of.name(), path(edge))
              + " marker-end=\"url(#head)\"/>\n");
    }
    layout.artifacts().forEach(artifact -> svg.append(label(artifact)));
    layout.boxes().forEach(node -> svg.append(box(node)));
    return svg.append("</svg>\n").toString();
  }

  private String style() {
    StringBuilder style =
        new StringBuilder(
            """
            svg { color-scheme: light dark; font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
            .paper { fill: #ffffff; }
            .name { font-size: 14.5px; font-weight: 600; fill: #1f2328; text-anchor: middle; }
            .library { font-size: 11px; fill: #59636e; text-anchor: middle; }
            .artifact { font-size: 13px; font-weight: 600; paint-order: stroke; stroke-width: 6px; stroke-linejoin: round; }
            .about { font-weight: 400; fill: #59636e; }
            .arrow { fill: none; stroke: #8593a1; stroke-width: 1.3; }
            .tip { fill: #8593a1; }
            .box { stroke-width: 1.4; }
            .internal { stroke-dasharray: 4 3; }
            .band { stroke-width: 1; }
            """);
    StringBuilder dark =
        new StringBuilder(
            """
            .paper { fill: #0d1117; }
            .name { fill: #f0f6fc; }
            .library, .about { fill: #9198a1; }
            .arrow { stroke: #77828e; }
            .tip { fill: #77828e; }
            """);
    for (int i = 0; i < layout.artifacts().size(); i++) {
      int hue = HUES[i % HUES.length];
      style.append(
          """
          .a%1$d.box { fill: #ffffff; stroke: hsl(%2$d, 45%%, 55%%); }
          .a%1$d.band { fill: hsl(%2$d, 60%%, 96.5%%); stroke: hsl(%2$d, 45%%, 86%%); }
          .a%1$d.artifact { fill: hsl(%2$d, 50%%, 36%%); stroke: hsl(%2$d, 60%%, 96.5%%); }
          """
              .formatted(i, hue));
      dark.append(
          """
          .a%1$d.box { fill: hsl(%2$d, 22%%, 15%%); stroke: hsl(%2$d, 38%%, 48%%); }
          .a%1$d.band { fill: hsl(%2$d, 26%%, 9.5%%); stroke: hsl(%2$d, 28%%, 22%%); }
          .a%1$d.artifact { fill: hsl(%2$d, 55%%, 72%%); stroke: hsl(%2$d, 26%%, 9.5%%); }
          """
              .formatted(i, hue));
    }
    // Where the picture is opened by itself: whose arrows are whose.
    for (Node node : layout.boxes()) {
      String name = node.of.name();
      style.append(
          "svg:has([data-package=\"%1$s\"]:hover) :is([data-from=\"%1$s\"], [data-to=\"%1$s\"])"
                  .formatted(name)
              + " { stroke: #e0662b; stroke-width: 2.4; }\n");
    }
    return style + "@media (prefers-color-scheme: dark) {\n" + dark + "}\n";
  }

  private record Rectangle(double left, double top, double right, double bottom) {}

  private Rectangle place(Artifact artifact) {
    List<Node> own =
        layout.boxes().stream().filter(node -> node.of.artifact().equals(artifact)).toList();
    double left = own.stream().mapToDouble(node -> node.x - node.width / 2).min().orElse(0);
    double right = own.stream().mapToDouble(node -> node.x + node.width / 2).max().orElse(0);
    if (layout.isAlone(artifact)) {
      left = Layout.MARGIN + Layout.BAND_PADDING;
      right = layout.right();
    }
    double width = textWidth(artifact.name(), 13) * 1.08 + 24 - 2 * Layout.BAND_PADDING;
    right = Math.max(right, left + width);
    return new Rectangle(
        left - Layout.BAND_PADDING,
        own.stream().mapToDouble(node -> node.y).min().orElse(0) - Layout.BAND_TITLE - 2,
        right + Layout.BAND_PADDING,
        own.stream().mapToDouble(node -> node.y).max().orElse(0)
            + Layout.BOX_HEIGHT
            + Layout.BAND_PADDING);
  }

  private String band(Artifact artifact) {
    Rectangle place = place(artifact);
    return "<rect class=\"a%d band\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"8\"/>\n"
        .formatted(
            layout.artifacts().indexOf(artifact),
            number(place.left()),
            number(place.top()),
            number(place.right() - place.left()),
            number(place.bottom() - place.top()));
  }

  /** Name and description where there is room for both, else the name over whatever is there. */
  private String label(Artifact artifact) {
    Rectangle band = place(artifact);
    List<String> lines = layout.isAlone(artifact) ? wrapped(artifact.description()) : List.of();
    Rectangle place =
        room(
            band,
            Stream.concat(Stream.of(artifact.name() + "  "), lines.stream())
                .mapToDouble(line -> textWidth(line, LABEL))
                .max()
                .orElse(0),
            (lines.size() + 1) * LINE);
    if (place == null) {
      lines = List.of();
      double width = textWidth(artifact.name() + "  ", LABEL);
      place = room(band, width, LINE);
      if (place == null) {
        place = new Rectangle(band.left() + 12, band.top() + 6, 0, 0);
      }
    }
    StringBuilder label =
        new StringBuilder(
            "<text class=\"a%d artifact\" x=\"%s\" y=\"%s\">%s"
                .formatted(
                    layout.artifacts().indexOf(artifact),
                    number(place.left()),
                    number(place.top() + 12),
                    escaped(artifact.name())));
    for (String line : lines) {
      label.append(
          "<tspan class=\"about\" x=\"%s\" dy=\"%s\">%s</tspan>"
              .formatted(number(place.left()), number(LINE), escaped(line)));
    }
    return label.append("</text>\n").toString();
  }

  private static List<String> wrapped(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (line.length() + word.length() > 22) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  /** A free place in a band, as far up and as far left as there is one; null if there is none. */
  private Rectangle room(Rectangle band, double width, double height) {
    Rectangle best = null;
    double least = Double.MAX_VALUE;
    for (double top = band.top() + 8; top + height < band.bottom() - 4; top += 6) {
      for (double left = band.left() + 12; left + width < band.right() - 8; left += 6) {
        Rectangle place = new Rectangle(left, top, left + width, top + height);
        double cost = (top - band.top()) + 0.4 * (left - band.left());
        if (cost < least && isFree(place)) {
          best = place;
          least = cost;
        }
      }
    }
    return best;
  }

  private boolean isFree(Rectangle place) {
    boolean boxes =
        layout.boxes().stream()
            .noneMatch(
                node ->
                    node.x + node.width / 2 > place.left() - GAP
                        && node.x - node.width / 2 < place.right() + GAP
                        && node.y + Layout.BOX_HEIGHT > place.top() - GAP
                        && node.y < place.bottom() + GAP);
    return boxes
        && arrowPoints.stream()
            .noneMatch(
                p ->
                    p[0] > place.left() - GAP
                        && p[0] < place.right() + GAP
                        && p[1] > place.top() - GAP
                        && p[1] < place.bottom() + GAP);
  }

  private String box(Node node) {
    Package p = node.of;
    String libraries = libraries(p);
    String uses =
        p.uses().isEmpty()
            ? "Uses no other package."
            : "Uses " + Package.shortNames(p.uses()) + ".";
    StringBuilder box = new StringBuilder();
    box.append(
        "<g class=\"package\" data-package=\"%s\" data-uses=\"%s\">\n"
            .formatted(p.name(), String.join(" ", p.uses())));
    box.append(
        "<title>%s: %s%s&#10;%s</title>\n"
            .formatted(
                p.name(), escaped(p.purpose()), p.isInternal() ? " Internal." : "", escaped(uses)));
    box.append(
        "<rect class=\"a%d box%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"6\"/>\n"
            .formatted(
                node.group,
                p.isInternal() ? " internal" : "",
                number(node.x - node.width / 2),
                number(node.y),
                number(node.width),
                number(Layout.BOX_HEIGHT)));
    box.append(
        "<text class=\"name\" x=\"%s\" y=\"%s\">%s</text>\n"
            .formatted(
                number(node.x), number(node.y + (libraries.isEmpty() ? 27 : 19)), p.shortName()));
    if (!libraries.isEmpty()) {
      box.append(
          "<text class=\"library\" x=\"%s\" y=\"%s\">%s</text>\n"
              .formatted(number(node.x), number(node.y + 35), escaped(libraries)));
    }
    return box.append("</g>\n").toString();
  }

  /**
   * The curves of an arrow, each four points: from the lower edge of a box to the upper one of
   * another, upright where they end.
   */
  private List<double[][]> curves(Edge edge) {
    List<Node> way = edge.way();
    List<double[][]> curves = new ArrayList<>();
    double x = port(edge, edge.from());
    double y = edge.from().y + Layout.BOX_HEIGHT;
    for (int i = 1; i < way.size(); i++) {
      Node node = way.get(i);
      boolean last = i == way.size() - 1;
      double toX = last ? port(edge, node) : node.x;
      double bend = (node.y - y) / 2;
      curves.add(new double[][] {{x, y}, {x, y + bend}, {toX, node.y - bend}, {toX, node.y}});
      x = toX;
      y = node.y;
      if (!last) {
        y += Layout.BOX_HEIGHT;
        curves.add(new double[][] {{x, node.y}, {x, node.y}, {x, y}, {x, y}});
      }
    }
    return curves;
  }

  private String path(Edge edge) {
    StringBuilder path = new StringBuilder();
    for (double[][] curve : curves(edge)) {
      if (path.isEmpty()) {
        path.append("M").append(point(curve[0]));
      }
      boolean straight = curve[0][0] == curve[3][0];
      path.append(straight ? " L" : " C");
      path.append(
          straight
              ? point(curve[3])
              : point(curve[1]) + " " + point(curve[2]) + " " + point(curve[3]));
    }
    return path.toString();
  }

  private static String point(double[] xy) {
    return number(xy[0]) + " " + number(xy[1]);
  }

  /** Some points of an arrow, a few pixels apart. */
  private List<double[]> points(Edge edge) {
    List<double[]> points = new ArrayList<>();
    for (double[][] c : curves(edge)) {
      for (double t = 0; t <= 1; t += 0.04) {
        double u = 1 - t;
        double[] weights = {u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t};
        double[] xy = new double[2];
        for (int k = 0; k < 4; k++) {
          xy[0] += weights[k] * c[k][0];
          xy[1] += weights[k] * c[k][1];
        }
        points.add(xy);
      }
    }
    return points;
  }

  /** Arrows of a box begin, or end, side by side in the order of where they go. */
  private double port(Edge edge, Node box) {
    boolean out = edge.from() == box;
    List<Edge> all =
        layout.edges().stream()
            .filter(other -> (out ? other.from() : other.to()) == box)
            .sorted(
                Comparator.comparingDouble(
                    (Edge other) -> other.way().get(out ? 1 : other.way().size() - 2).x))
            .toList();
    double room = Math.min(14, (box.width - 24) / Math.max(1, all.size() - 1));
    return box.x + (all.indexOf(edge) - (all.size() - 1) / 2.0) * room;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}

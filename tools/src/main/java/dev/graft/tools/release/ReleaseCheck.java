package dev.graft.tools.release;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.bouncycastle.openpgp.PGPKeyRing;

/**
 * Whether a folder in the form of a repository has what Maven Central asks of every artifact that
 * is published: {@code .ci/release} runs it, docs/releasing.md says when.
 */
final class ReleaseCheck {

  private static final List<String> ASKED_OF_A_POM =
      List.of(
          "url",
          "licenses/license/name",
          "licenses/license/url",
          "developers/developer/name",
          "scm/connection",
          "scm/developerConnection",
          "scm/url");

  private final Path staging;
  private final PGPKeyRing key;
  private final List<String> problems = new ArrayList<>();

  private ReleaseCheck(Path staging, PGPKeyRing key) {
    this.staging = staging;
    this.key = key;
  }

  /**
   * Ends with exit code 1 where something is missing or wrong, and says what.
   *
   * @param args the checkout, the folder, and a file with the key that has signed, secret or public
   */
  public static void main(String[] args) throws IOException {
    List<Pom> published = Pom.published(Path.of(args[0]));
    List<String> problems =
        problems(Path.of(args[1]), Keys.read(Files.readString(Path.of(args[2]))), published);
    problems.forEach(problem -> System.err.println("release: " + problem));
    if (!problems.isEmpty()) {
      System.exit(1);
    }
    System.out.println(
        "release: %d artifacts, each with all that Maven Central asks for"
            .formatted(published.size()));
  }

  /** {@return what is missing or wrong, a line each; empty where nothing is} */
  static List<String> problems(Path staging, PGPKeyRing key, List<Pom> published)
      throws IOException {
    ReleaseCheck check = new ReleaseCheck(staging, key);
    for (Pom pom : published) {
      check.check(pom);
    }
    return check.problems;
  }

  private void check(Pom source) throws IOException {
    String artifact = source.artifact();
    List<Path> poms = staged(artifact, ".pom");
    if (poms.size() != 1) {
      problems.add(
          "%s: expected one POM below %s, got %s"
              .formatted(artifact, staging.resolve("dev/graft").resolve(artifact), poms));
      return;
    }
    Path pom = poms.get(0);
    checkPom(artifact, Pom.read(pom));
    checkFile(pom);
    if (!source.isJar()) {
      return;
    }
    String name = pom.getFileName().toString();
    String base = name.substring(0, name.length() - ".pom".length());
    for (String end : List.of(".jar", "-sources.jar", "-javadoc.jar")) {
      Path jar = pom.resolveSibling(base + end);
      if (checkFile(jar)) {
        checkJar(jar, end.equals(".jar"));
      }
    }
    checkFile(pom.resolveSibling(base + "-cyclonedx.json"));
  }

  private List<Path> staged(String artifact, String end) throws IOException {
    Path folder = staging.resolve("dev/graft").resolve(artifact);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(end)).toList();
    }
  }

  private void checkPom(String artifact, Pom pom) throws IOException {
    for (String own : List.of("name", "description")) {
      if (pom.text(own).isEmpty()) {
        problems.add("%s: its POM has no %s".formatted(artifact, own));
      }
    }
    List<Pom> inherited = new ArrayList<>(List.of(pom));
    for (String parent = pom.text("parent/artifactId"); !parent.isEmpty(); ) {
      List<Path> staged = staged(parent, ".pom");
      if (staged.isEmpty()) {
        problems.add("%s: its parent %s is not published".formatted(artifact, parent));
        return;
      }
      Pom next = Pom.read(staged.get(0));
      inherited.add(next);
      parent = next.text("parent/artifactId");
    }
    for (String asked : ASKED_OF_A_POM) {
      if (inherited.stream().allMatch(each -> each.text(asked).isEmpty())) {
        problems.add("%s: neither its POM nor a parent has %s".formatted(artifact, asked));
      }
    }
  }

  /** With its signature and checksums; those of the signature are not asked for. */
  private boolean checkFile(Path file) throws IOException {
    if (!Files.exists(file)) {
      problems.add(file + " is missing");
      return false;
    }
    Path signature = file.resolveSibling(file.getFileName() + ".asc");
    if (!Files.exists(signature)) {
      problems.add(file + " has no signature");
    } else if (!Keys.isSigned(file, Files.readString(signature), key)) {
      problems.add(signature + " is not the signature of this file by this key");
    }
    checkSum(file, "MD5", ".md5");
    checkSum(file, "SHA-1", ".sha1");
    return true;
  }

  private void checkSum(Path file, String algorithm, String end) throws IOException {
    Path sum = file.resolveSibling(file.getFileName() + end);
    if (!Files.exists(sum) || !Files.readString(sum).strip().equals(digest(file, algorithm))) {
      problems.add("%s has no %s, or a wrong one".formatted(file, end));
    }
  }

  private static String digest(Path file, String algorithm) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has them
    }
  }

  private void checkJar(Path file, boolean hasClasses) throws IOException {
    try (JarFile jar = new JarFile(file.toFile(), true)) {
      for (String notice : List.of("META-INF/LICENSE", "META-INF/NOTICE")) {
        if (jar.getEntry(notice) == null) {
          problems.add("%s has no %s".formatted(file, notice));
        }
      }
      if (hasClasses
          && jar.getEntry("module-info.class") == null
          && jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name") == null) {
        problems.add(file + " has no module name");
      }
    }
  }
}

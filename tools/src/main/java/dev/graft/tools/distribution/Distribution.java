package dev.graft.tools.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * Assembles the folder that Graft runs from, wherever it lies, and packs it.
 *
 * <p>Files that are as they should be are left alone, others are replaced by a move: a graft that
 * runs from the folder meanwhile keeps the files it has opened.
 */
public final class Distribution {

  /** Not of the distribution: Java's archive of classes, which is good for one place alone. */
  private static final Pattern MADE_HERE = Pattern.compile("graft\\.jsa.*");

  /** Where jars hold native libraries of several platforms. */
  private static final Pattern NATIVE =
      Pattern.compile("(?:ai/onnxruntime/native|jnilib|com/sun/jna)/([a-z0-9_]+-[a-z0-9_-]+)/.*");

  private static final Pattern NOTICE =
      Pattern.compile("(META-INF/)?(LICENSE|NOTICE|ThirdPartyNotices)(\\.txt|\\.md)?");

  private static final Pattern NAME_WITHOUT_VERSION = Pattern.compile("(.+?)-\\d.*\\.jar");

  private final Path home;
  private final boolean allNatives;
  private final Set<Path> expected = new HashSet<>();

  private Distribution(Path home, boolean allNatives) {
    this.home = home;
    this.allNatives = allNatives;
  }

  /**
   * Called by the build of graft-cli, whose classes are on the class path.
   *
   * @param args the checkout, the folder for results, the version, a file with the class path of
   *     the jars that Graft needs, {@code all} or {@code platform} for native libraries, whether to
   *     pack it, and whether to make an image with a Java
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path checkout = Path.of(args[0]);
    Path target = Path.of(args[1]);
    String name = "graft-" + args[2];
    Path home = target.resolve(name);
    List<Path> jars =
        Stream.concat(
                Stream.of(Files.readString(Path.of(args[3])).strip().split(File.pathSeparator))
                    .map(Path::of),
                Stream.of(target.resolve("graft-cli-" + args[2] + ".jar")))
            .toList();
    new Distribution(home, args[4].equals("all")).assemble(checkout, jars);
    tryOut(home);
    if (Boolean.parseBoolean(args[5])) {
      pack(home, target);
    }
    if (Boolean.parseBoolean(args[6])) {
      Installer.make(checkout, home, target, args[2]);
    }
    Files.writeString(target.resolve("distribution.txt"), name + "\n"); // it is whole
  }

  /**
   * Makes the folder what it should be.
   *
   * @param home the folder, which need not be there yet
   * @param jars all that Graft needs, itself included
   */
  public static void assemble(Path home, Path checkout, List<Path> jars) throws IOException {
    new Distribution(home, false).assemble(checkout, jars);
  }

  private void assemble(Path checkout, List<Path> jars) throws IOException {
    Path licenses = home.resolve("licenses");
    copyAll(checkout.resolve("cli-demo/src/main/distribution"), home);
    copyAll(checkout.resolve("test-images"), home.resolve("test-images"));
    for (String file : List.of("LICENSE", "NOTICE")) {
      copy(checkout.resolve(file), home.resolve(file));
    }
    write(home.resolve("completion/graft.bash"), AutoComplete.bash("graft", commandLine()));
    Set<String> known = listed(licenses.resolve("THIRD-PARTY.md"));
    for (Path jar : jars) {
      String artifact = artifact(jar);
      if (!isOurs(jar) && !known.contains(artifact)) {
        throw new IOException(
            "licenses/THIRD-PARTY.md has no row for `%s`, which is in the distribution"
                .formatted(artifact));
      }
      copyJar(
          jar,
          home.resolve("lib").resolve(jar.getFileName().toString()),
          licenses.resolve(artifact));
    }
    deleteOthers();
  }

  /** {@return the name of a jar without its version} */
  public static String artifact(Path jar) {
    String name = jar.getFileName().toString();
    Matcher versioned = NAME_WITHOUT_VERSION.matcher(name);
    return versioned.matches() ? versioned.group(1) : name;
  }

  /** Their licence and notice lie in the folder itself. */
  private static boolean isOurs(Path jar) {
    return artifact(jar).startsWith("graft-");
  }

  /** {@return the names in the table's first column} */
  public static Set<String> listed(Path thirdParty) throws IOException {
    Set<String> names = new TreeSet<>();
    for (String line : Files.readAllLines(thirdParty)) {
      if (line.startsWith("| `")) {
        Matcher name =
            Pattern.compile("`([^`]+)`").matcher(line.substring(0, line.indexOf('|', 1)));
        while (name.find()) {
          names.add(name.group(1));
        }
      }
    }
    return names;
  }

  /** That of what is assembled, which is compiled after this. */
  private static CommandLine commandLine() throws IOException {
    try {
      Method commandLine =
          Class.forName("dev.graft.cli.Main").getMethod("commandLine", String[].class);
      return (CommandLine) commandLine.invoke(null, (Object) new String[0]);
    } catch (ReflectiveOperationException e) {
      throw new IOException("the completion needs Main.commandLine of graft-cli: " + e, e);
    }
  }

  private void copyAll(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private void copy(Path from, Path to) throws IOException {
    expected.add(to);
    if (isCopy(from, to)) {
      return;
    }
    Files.createDirectories(to.getParent());
    Path whole = to.resolveSibling("." + to.getFileName() + ".part");
    Files.copy(
        from, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
    Files.move(whole, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static boolean isCopy(Path from, Path to) throws IOException {
    return Files.exists(to)
        && Files.size(to) == Files.size(from)
        && Files.getLastModifiedTime(to).equals(Files.getLastModifiedTime(from));
  }

  private void write(Path file, String text) throws IOException {
    expected.add(file);
    byte[] bytes = text.replace("\r\n", "\n").getBytes(UTF_8);
    if (!Files.exists(file) || !Arrays.equals(bytes, Files.readAllBytes(file))) {
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
    }
  }

  /** Without native libraries that no process on this platform can load; with its notices. */
  private void copyJar(Path from, Path to, Path notices) throws IOException {
    try (ZipFile jar = ZipFile.builder().setPath(from).get()) {
      List<ZipArchiveEntry> entries = Collections.list(jar.getEntries());
      for (ZipArchiveEntry entry : entries) {
        Matcher notice = NOTICE.matcher(entry.getName());
        if (notice.matches() && !isOurs(from)) {
          try (InputStream in = jar.getInputStream(entry)) {
            write(notices.resolve(notice.group(2) + ".txt"), new String(in.readAllBytes(), UTF_8));
          }
        }
      }
      if (allNatives || entries.stream().noneMatch(Distribution::isForeign)) {
        copy(from, to);
        return;
      }
      expected.add(to);
      FileTime time = Files.getLastModifiedTime(from);
      if (Files.exists(to)
          && Files.size(to) < Files.size(from)
          && Files.getLastModifiedTime(to).equals(time)) {
        return;
      }
      Files.createDirectories(to.getParent());
      Path whole = to.resolveSibling("." + to.getFileName() + ".part");
      try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(whole)) {
        jar.copyRawEntries(out, entry -> !isForeign(entry));
      }
      Files.setLastModifiedTime(whole, time);
      Files.move(whole, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static boolean isForeign(ZipArchiveEntry entry) {
    Matcher library = NATIVE.matcher(entry.getName());
    return library.matches() && !usualName(library.group(1)).equals(platform());
  }

  /** The platform's name as ONNX Runtime has it: each library has its own. */
  private static String usualName(String platform) {
    return platform.replace("darwin", "osx").replace("win32", "win").replaceAll("x86[_-]64", "x64");
  }

  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String system = os.startsWith("mac") ? "osx" : os.startsWith("windows") ? "win" : os;
    return system + (System.getProperty("os.arch").equals("aarch64") ? "-aarch64" : "-x64");
  }

  private void deleteOthers() throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!expected.contains(file)
            && !MADE_HERE.matcher(file.getFileName().toString()).matches()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Its first start, which makes Java's archive of classes too. */
  private static void tryOut(Path home) throws IOException, InterruptedException {
    if (File.separatorChar == '\\') {
      return; // the archive is the business of the shell script alone
    }
    Process version =
        new ProcessBuilder(home.resolve("bin/graft").toString(), "--version")
            .redirectErrorStream(true)
            .start();
    version.getOutputStream().close();
    String said = new String(version.getInputStream().readAllBytes(), UTF_8);
    if (version.waitFor() != 0) {
      throw new IOException(home + " does not run: " + said);
    }
  }

  /**
   * Packs the folder as .zip and .tar.gz. Nearly all of it is jars, which do not get smaller: so
   * nothing is compressed, which takes a second rather than ten.
   */
  private static void pack(Path home, Path target) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(home)) {
      files =
          all.filter(Files::isRegularFile)
              .filter(file -> !MADE_HERE.matcher(file.getFileName().toString()).matches())
              .sorted()
              .toList();
    }
    String name = home.getFileName().toString();
    Path zip = target.resolve(name + ".zip");
    Path part = target.resolve(name + ".zip.part");
    try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(part)) {
      out.setMethod(ZipEntry.DEFLATED);
      out.setLevel(Deflater.NO_COMPRESSION);
      for (Path file : files) {
        ZipArchiveEntry entry = new ZipArchiveEntry(entryName(home, file));
        entry.setLastModifiedTime(Files.getLastModifiedTime(file));
        entry.setUnixMode(mode(home, file));
        entry.setSize(Files.size(file));
        out.putArchiveEntry(entry);
        Files.copy(file, out);
        out.closeArchiveEntry();
      }
    }
    Files.move(part, zip, StandardCopyOption.REPLACE_EXISTING);

    Path tar = target.resolve(name + ".tar.gz");
    part = target.resolve(name + ".tar.gz.part");
    GzipParameters stored = new GzipParameters();
    stored.setCompressionLevel(Deflater.NO_COMPRESSION);
    try (TarArchiveOutputStream out =
        new TarArchiveOutputStream(
            new GzipCompressorOutputStream(
                new BufferedOutputStream(Files.newOutputStream(part), 1 << 16), stored))) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Path file : files) {
        TarArchiveEntry entry = new TarArchiveEntry(entryName(home, file)); // belongs to root
        entry.setMode(mode(home, file));
        entry.setSize(Files.size(file));
        entry.setModTime(Files.getLastModifiedTime(file).toMillis());
        out.putArchiveEntry(entry);
        Files.copy(file, out);
        out.closeArchiveEntry();
      }
    }
    Files.move(part, tar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String entryName(Path home, Path file) {
    return home.getParent().relativize(file).toString().replace('\\', '/');
  }

  /** Whatever the builder's umask is. */
  private static int mode(Path home, Path file) {
    return file.equals(home.resolve("bin/graft")) ? 0100755 : 0100644;
  }
}

package dev.graft.tools.distribution;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes an image of a distribution that brings its own Java, and a package of it where this system
 * has the tools for one. Part of the build, like {@link Distribution}.
 */
final class Installer {

  /** What Graft and its libraries use; {@code jdeps --print-module-deps} lists most of them. */
  private static final String MODULES =
      "java.base,java.desktop,java.logging,java.management,java.naming,java.sql,java.xml,"
          + "jdk.management,jdk.unsupported,jdk.zipfs";

  private Installer() {}

  static void make(Path checkout, Path home, Path target, String version)
      throws IOException, InterruptedException {
    Path folder = target.resolve("installer");
    deleteAll(folder);
    String number = version.replaceFirst("-.*", "");
    jpackage(
        List.of(
            "--type",
            "app-image",
            "--name",
            "graft",
            "--app-version",
            number,
            "--dest",
            folder.toString(),
            "--input",
            home.resolve("lib").toString(),
            "--main-jar",
            "graft-cli-" + version + ".jar",
            "--main-class",
            "dev.graft.cli.Main",
            "--add-modules",
            MODULES,
            // Without --strip-native-commands: the launcher script wants bin/java.
            "--jlink-options",
            "--strip-debug --no-man-pages --no-header-files"));
    if (!System.getProperty("os.name").equals("Linux")) {
      return;
    }
    Path image = folder.resolve("graft");
    finish(home, image);
    // The JDK's own archive of its classes, which jlink leaves out, halves the time of a start.
    run(List.of(image.resolve("lib/runtime/bin/java").toString(), "-Xshare:dump", "-Xlog:disable"));
    if (isOnPath("dpkg-deb") && isOnPath("fakeroot")) {
      List<String> deb = new ArrayList<>();
      deb.addAll(List.of("--type", "deb", "--app-image", image.toString(), "--name", "graft"));
      deb.addAll(List.of("--app-version", number, "--dest", folder.toString()));
      deb.addAll(List.of("--description", "Turns a folder of photos into an ONNX classifier"));
      deb.addAll(List.of("--license-file", checkout.resolve("LICENSE").toString()));
      deb.addAll(
          List.of("--resource-dir", checkout.resolve("cli-demo/src/main/installer").toString()));
      jpackage(deb);
    }
    run(List.of(image.resolve("bin/graft").toString(), "--version"));
  }

  /** What makes the image a distribution: its launcher script, photos, licenses and so on. */
  private static void finish(Path home, Path image) throws IOException {
    Path app = image.resolve("lib/app");
    for (String made : List.of("graft.jsa", "graft.jsa.stamp")) {
      Files.deleteIfExists(app.resolve(made));
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(home)) {
      files =
          all.filter(Files::isRegularFile)
              .filter(file -> !file.startsWith(home.resolve("lib")))
              .filter(file -> !file.getFileName().toString().endsWith(".cmd"))
              .toList();
    }
    for (Path file : files) {
      Path inside = home.relativize(file);
      Path copy = (inside.startsWith("bin") ? image : app).resolve(inside);
      Files.createDirectories(copy.getParent());
      Files.copy(
          file, copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  private static void jpackage(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jpackage").toString());
    command.addAll(arguments);
    run(command);
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    // Jars do not get smaller: dpkg-deb's usual xz takes four minutes for a tenth of the size.
    builder.environment().put("DPKG_DEB_COMPRESSOR_TYPE", "gzip");
    builder.environment().put("DPKG_DEB_COMPRESSOR_LEVEL", "1");
    int code = builder.start().waitFor();
    if (code != 0) {
      throw new IOException("exit code " + code + " of " + String.join(" ", command));
    }
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static void deleteAll(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}

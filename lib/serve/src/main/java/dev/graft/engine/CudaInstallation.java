package dev.graft.engine;

import static java.util.stream.Collectors.groupingBy;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What of NVIDIA's software ONNX Runtime 1.26's CUDA provider finds on this machine. Files are
 * looked for where the system's loader would look for them; nothing is loaded or run.
 *
 * @param driver whether the driver is there
 * @param driverVersion such as {@code 550.54.14}, where the system tells it
 * @param libraries those that the CUDA provider needs, in the order in which they are installed
 * @param tensorRt those that the TensorRT provider needs besides
 */
public record CudaInstallation(
    boolean driver,
    Optional<String> driverVersion,
    List<Library> libraries,
    List<Library> tensorRt) {

  /** CUDA 12 runs on these and later ones (NVIDIA's CUDA compatibility guide). */
  private static final String LINUX_DRIVER = "525.60.13";

  private static final String WINDOWS_DRIVER = "527.41";

  /** In {@code /proc/driver/nvidia/version}. */
  private static final Pattern DRIVER_VERSION = Pattern.compile("\\b(\\d{3,}\\.\\d+(\\.\\d+)?)\\b");

  public CudaInstallation {
    libraries = List.copyOf(libraries);
    tensorRt = List.copyOf(tensorRt);
  }

  /**
   * A library that is needed.
   *
   * @param file its name, with the major version, as the provider asks for it
   * @param product what it is a part of, such as {@code CUDA 12}
   * @param install what of the product has it, for people
   * @param found where the loader finds it; with the full version in its name where links say it
   * @param unreachable a place where it lies that the loader does not search
   * @param other another version of it that the loader finds and the provider cannot use
   */
  public record Library(
      String file,
      String product,
      String install,
      Optional<Path> found,
      Optional<Path> unreachable,
      Optional<Path> other) {

    boolean isMissing() {
      return found.isEmpty();
    }

    /** Where it is, or what to do. */
    public String describe() {
      if (found.isPresent()) {
        return found.get().toString();
      }
      if (unreachable.isPresent()) {
        return "is in %s, which the system does not search: add that folder to %s"
            .formatted(
                unreachable.get().getParent(), file.endsWith(".dll") ? "PATH" : "LD_LIBRARY_PATH");
      }
      return "missing%s; install %s"
          .formatted(
              other.map(o -> " (%s is of another version)".formatted(o)).orElse(""), install);
    }
  }

  /** A name of a library and what has it. */
  private record Needed(String linux, String windows, String product, String install) {}

  // The names are the NEEDED entries of libonnxruntime_providers_cuda.so and _tensorrt.so 1.26.0
  // and
  // the imports of the DLLs; CudaInstallationTest compares them where the GPU jar is there.
  private static final List<Needed> CUDA =
      List.of(
          cuda("libcudart.so.12", "cudart64_12.dll", "cuda-cudart-12"),
          cuda("libcublasLt.so.12", "cublasLt64_12.dll", "libcublas-12"),
          cuda("libcublas.so.12", "cublas64_12.dll", "libcublas-12"),
          cuda("libcufft.so.11", "cufft64_11.dll", "libcufft-12"),
          cuda("libcurand.so.10", null, "libcurand-12"),
          new Needed(
              "libcudnn.so.9",
              "cudnn64_9.dll",
              "cuDNN 9",
              "NVIDIA's cuDNN 9 for CUDA 12 (its package libcudnn9-cuda-12)"));

  private static final List<Needed> TENSOR_RT =
      List.of(
          tensorRt("libnvinfer.so.10", "nvinfer_10.dll", "libnvinfer10"),
          tensorRt("libnvonnxparser.so.10", "nvonnxparser_10.dll", "libnvonnxparsers10"));

  private static Needed cuda(String linux, String windows, String inPackage) {
    return new Needed(
        linux, windows, "CUDA 12", "NVIDIA's CUDA 12 (its package %s-x)".formatted(inPackage));
  }

  private static Needed tensorRt(String linux, String windows, String inPackage) {
    return new Needed(
        linux,
        windows,
        "TensorRT 10",
        "NVIDIA's TensorRT 10 for CUDA 12 (its package %s)".formatted(inPackage));
  }

  /** Looks at this machine. */
  public static CudaInstallation find() {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    return windows
        ? onWindows(System.getenv("PATH"), System.getenv("SystemRoot"))
        : onLinux(Path.of("/"), System.getenv("LD_LIBRARY_PATH"));
  }

  /**
   * Looks at a Linux.
   *
   * @param root its root folder
   * @param libraryPath {@code LD_LIBRARY_PATH}, below that root; may be null
   */
  static CudaInstallation onLinux(Path root, String libraryPath) {
    Set<Path> searched = new LinkedHashSet<>();
    for (String folder : split(libraryPath, ":")) {
      searched.add(below(root, folder));
    }
    configured(root, "/etc/ld.so.conf", searched, 0);
    for (String folder :
        List.of(
            "/lib/x86_64-linux-gnu",
            "/usr/lib/x86_64-linux-gnu",
            "/lib64",
            "/usr/lib64",
            "/lib",
            "/usr/lib")) {
      searched.add(below(root, folder));
    }
    Set<Path> usual = new LinkedHashSet<>();
    for (String parent : List.of("/usr/local", "/opt")) {
      for (Path folder : matching(below(root, parent), "{cuda,TensorRT,tensorrt}*")) {
        usual.add(folder.resolve("lib64"));
        usual.add(folder.resolve("lib"));
        usual.add(folder.resolve("targets/x86_64-linux/lib"));
      }
    }
    Optional<String> version = Optional.empty();
    Path told = below(root, "/proc/driver/nvidia/version");
    if (Files.exists(told)) {
      version =
          read(told).stream()
              .map(DRIVER_VERSION::matcher)
              .filter(Matcher::find)
              .findFirst()
              .map(m -> m.group(1));
    }
    // Under WSL the driver is Windows'; there is its library alone.
    boolean driver = Files.exists(told) || first(searched, "libcuda.so.1").isPresent();
    return new CudaInstallation(
        driver,
        version,
        CUDA.stream().map(n -> library(n, n.linux(), searched, usual)).toList(),
        TENSOR_RT.stream().map(n -> library(n, n.linux(), searched, usual)).toList());
  }

  /**
   * Looks at a Windows.
   *
   * @param path {@code PATH}; may be null
   * @param systemRoot {@code SystemRoot}; may be null
   */
  static CudaInstallation onWindows(String path, String systemRoot) {
    Set<Path> searched = new LinkedHashSet<>();
    for (String folder : split(path, File.pathSeparator)) {
      searched.add(Path.of(folder));
    }
    if (systemRoot != null) {
      searched.add(Path.of(systemRoot, "System32"));
    }
    return new CudaInstallation(
        first(searched, "nvcuda.dll").isPresent(),
        Optional.empty(),
        CUDA.stream()
            .filter(n -> n.windows() != null)
            .map(n -> library(n, n.windows(), searched, Set.of()))
            .toList(),
        TENSOR_RT.stream().map(n -> library(n, n.windows(), searched, Set.of())).toList());
  }

  /** What is missing for CUDA, for people; empty if nothing is seen to be. */
  public List<String> missing() {
    return missing(libraries);
  }

  /** As {@link #missing()}, for TensorRT. */
  public List<String> missingForTensorRt() {
    return missing(Stream.concat(libraries.stream(), tensorRt.stream()).toList());
  }

  private List<String> missing(List<Library> needed) {
    List<String> missing = new ArrayList<>();
    if (!driver) {
      missing.add("NVIDIA driver");
    } else if (isDriverTooOld()) {
      missing.add("newer NVIDIA driver than " + driverVersion.orElseThrow());
    }
    Map<String, List<Library>> products =
        needed.stream()
            .collect(groupingBy(Library::product, LinkedHashMap::new, Collectors.toList()));
    products.forEach(
        (product, parts) -> {
          List<String> absent =
              parts.stream().filter(Library::isMissing).map(Library::file).toList();
          if (absent.size() == parts.size()) {
            missing.add(product);
          } else {
            absent.forEach(file -> missing.add(file + " of " + product));
          }
        });
    return missing;
  }

  /** The driver, or what to do. */
  public String describeDriver() {
    boolean windows = libraries.stream().anyMatch(library -> library.file().endsWith(".dll"));
    String least = windows ? WINDOWS_DRIVER : LINUX_DRIVER;
    if (!driver) {
      return "missing; install NVIDIA's driver, %s or newer".formatted(least);
    }
    return isDriverTooOld()
        ? "%s is too old; install %s or newer".formatted(driverVersion.orElseThrow(), least)
        : driverVersion.orElse("found") + " (needed: %s or newer)".formatted(least);
  }

  private boolean isDriverTooOld() {
    return driverVersion.isPresent()
        && Arrays.compare(numbers(driverVersion.get()), numbers(LINUX_DRIVER)) < 0;
  }

  private static int[] numbers(String version) {
    return Arrays.stream(version.split("\\.", -1)).mapToInt(Integer::parseInt).toArray();
  }

  private static Library library(
      Needed needed, String file, Collection<Path> searched, Collection<Path> usual) {
    Optional<Path> found = first(searched, file);
    String anyVersion =
        file.endsWith(".dll")
            ? file.replaceFirst("\\d+\\.dll$", "*.dll")
            : file.replaceFirst("\\d+$", "[0-9]*");
    Optional<Path> other =
        found.isPresent()
            ? Optional.empty()
            : searched.stream().flatMap(dir -> matching(dir, anyVersion).stream()).findFirst();
    return new Library(
        file,
        needed.product(),
        needed.install(),
        found.map(CudaInstallation::withVersion),
        found.isPresent() ? Optional.empty() : first(usual, file),
        other);
  }

  private static Optional<Path> first(Collection<Path> folders, String file) {
    return folders.stream().map(dir -> dir.resolve(file)).filter(Files::exists).findFirst();
  }

  /** {@code libcudnn.so.9} is a link to {@code libcudnn.so.9.5.1}. */
  private static Path withVersion(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      return file;
    }
  }

  /** Adds the folders that a file like {@code ld.so.conf} names, and those it includes. */
  private static void configured(Path root, String file, Set<Path> folders, int depth) {
    if (depth > 4) { // files that include each other
      return;
    }
    for (String line : read(below(root, file))) {
      String entry = line.replaceFirst("#.*", "").strip();
      if (entry.startsWith("include ")) {
        Path pattern = Path.of(entry.substring("include ".length()).strip());
        Path parent = pattern.isAbsolute() ? pattern.getParent() : Path.of("/etc");
        for (Path found :
            matching(below(root, parent.toString()), pattern.getFileName().toString())) {
          configured(root, parent.resolve(found.getFileName()).toString(), folders, depth + 1);
        }
      } else if (entry.startsWith("/")) {
        folders.add(below(root, entry));
      }
    }
  }

  private static Path below(Path root, String path) {
    return root.resolve(path.replaceFirst("^/+", ""));
  }

  private static List<String> read(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Sorted; none where the folder cannot be read. */
  private static List<Path> matching(Path folder, String glob) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
      entries.forEach(found::add);
    } catch (IOException e) {
      return List.of();
    }
    found.sort(null);
    return found;
  }

  private static List<String> split(String path, String separator) {
    return path == null
        ? List.of()
        : Arrays.stream(path.split(separator, -1)).filter(part -> !part.isBlank()).toList();
  }
}

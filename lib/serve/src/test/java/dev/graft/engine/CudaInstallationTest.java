package dev.graft.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On folders that look like a machine's. */
class CudaInstallationTest {

  private static final List<String> CUDA =
      List.of(
          "libcudart.so.12",
          "libcublasLt.so.12",
          "libcublas.so.12",
          "libcufft.so.11",
          "libcurand.so.10");
  private static final List<String> TENSOR_RT =
      List.of("libnvinfer.so.10", "libnvonnxparser.so.10");

  @TempDir Path root;

  private Path put(String file, String... lines) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    return Files.write(path, List.of(lines));
  }

  private void driver(String version) throws IOException {
    put(
        "proc/driver/nvidia/version",
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  " + version + "  Thu Feb  1 UTC 2026",
        "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)");
  }

  private CudaInstallation find(String libraryPath) {
    return CudaInstallation.onLinux(root, libraryPath);
  }

  private static CudaInstallation.Library library(CudaInstallation found, String file) {
    return Stream.concat(found.libraries().stream(), found.tensorRt().stream())
        .filter(library -> library.file().equals(file))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void findsNothingOnAnEmptyMachine() {
    CudaInstallation found = find(null);
    assertFalse(found.driver());
    assertEquals(List.of("NVIDIA driver", "CUDA 12", "cuDNN 9"), found.missing());
    assertEquals(
        List.of("NVIDIA driver", "CUDA 12", "cuDNN 9", "TensorRT 10"), found.missingForTensorRt());
    assertEquals("missing; install NVIDIA's driver, 525.60.13 or newer", found.describeDriver());
    assertEquals(
        "missing; install NVIDIA's cuDNN 9 for CUDA 12 (its package libcudnn9-cuda-12)",
        library(found, "libcudnn.so.9").describe());
  }

  @Test
  void findsWhatIsInstalledWhereTheLoaderLooks() throws IOException {
    driver("570.86.15");
    put("etc/ld.so.conf", "# comment", "include /etc/ld.so.conf.d/*.conf");
    put("etc/ld.so.conf.d/cuda.conf", "/usr/local/cuda-12.8/lib64 # NVIDIA's");
    for (String file : CUDA) {
      put("usr/local/cuda-12.8/lib64/" + file);
    }
    put("usr/lib/x86_64-linux-gnu/libcudnn.so.9");
    put("opt/tensorrt/lib/libnvinfer.so.10");
    put("opt/tensorrt/lib/libnvonnxparser.so.10");
    CudaInstallation found = find("relative::/opt/tensorrt/lib");
    assertEquals(Optional.of("570.86.15"), found.driverVersion());
    assertEquals("570.86.15 (needed: 525.60.13 or newer)", found.describeDriver());
    assertEquals(List.of(), found.missing());
    assertEquals(List.of(), found.missingForTensorRt());
    assertEquals(
        root.toRealPath().resolve("usr/lib/x86_64-linux-gnu/libcudnn.so.9").toString(),
        library(found, "libcudnn.so.9").describe());
  }

  @Test
  void tellsTheFullVersionOfALibrary() throws IOException {
    Path whole = put("usr/lib64/libcudnn.so.9.5.1");
    Files.createSymbolicLink(whole.resolveSibling("libcudnn.so.9"), whole.getFileName());
    assertEquals(whole.toRealPath().toString(), library(find(null), "libcudnn.so.9").describe());
  }

  @Test
  void saysWhereALibraryLiesThatTheLoaderDoesNotFind() throws IOException {
    Path file = put("usr/local/cuda-12.4/lib64/libcufft.so.11");
    CudaInstallation.Library library = library(find(null), "libcufft.so.11");
    assertEquals(Optional.empty(), library.found());
    assertEquals(
        "is in %s, which the system does not search: add that folder to LD_LIBRARY_PATH"
            .formatted(file.getParent()),
        library.describe());
  }

  @Test
  void saysThatAnotherVersionIsThere() throws IOException {
    Path other = put("usr/lib/x86_64-linux-gnu/libcudart.so.13");
    for (String file : CUDA.subList(1, CUDA.size())) {
      put("usr/lib/x86_64-linux-gnu/" + file);
    }
    CudaInstallation found = find(null);
    assertEquals(
        "missing (%s is of another version); install NVIDIA's CUDA 12 (its package cuda-cudart-12-x)"
            .formatted(other),
        library(found, "libcudart.so.12").describe());
    assertEquals(
        List.of("NVIDIA driver", "libcudart.so.12 of CUDA 12", "cuDNN 9"), found.missing());
  }

  @Test
  void knowsADriverThatIsTooOld() throws IOException {
    driver("470.256.02");
    CudaInstallation found = find(null);
    assertTrue(found.driver());
    assertEquals("470.256.02 is too old; install 525.60.13 or newer", found.describeDriver());
    assertEquals("newer NVIDIA driver than 470.256.02", found.missing().get(0));
    driver("525.60.13");
    assertFalse(find(null).missing().get(0).contains("driver"), find(null).missing().toString());
  }

  /** Under WSL there is no kernel module, and no version to read. */
  @Test
  void knowsADriverByItsLibraryAlone() throws IOException {
    put("etc/ld.so.conf", "/usr/lib/wsl/lib");
    put("usr/lib/wsl/lib/libcuda.so.1");
    CudaInstallation found = find(null);
    assertTrue(found.driver());
    assertEquals("found (needed: 525.60.13 or newer)", found.describeDriver());
  }

  @Test
  void survivesFilesThatIncludeEachOther() throws IOException {
    put("etc/ld.so.conf", "include ld.so.conf");
    assertFalse(find(null).driver());
  }

  @Test
  void looksForDllsOnWindows() throws IOException {
    put("cuda/bin/cudart64_12.dll");
    put("cuda/bin/cublas64_11.dll");
    put("Windows/System32/nvcuda.dll");
    CudaInstallation found =
        CudaInstallation.onWindows(
            root.resolve("cuda/bin").toString(), root.resolve("Windows").toString());
    assertTrue(found.driver());
    assertEquals("found (needed: 527.41 or newer)", found.describeDriver());
    assertTrue(library(found, "cudart64_12.dll").found().isPresent());
    assertEquals(
        Optional.of(root.resolve("cuda/bin/cublas64_11.dll")),
        library(found, "cublas64_12.dll").other());
    assertEquals(
        List.of(
            "cublasLt64_12.dll of CUDA 12",
            "cublas64_12.dll of CUDA 12",
            "cufft64_11.dll of CUDA 12",
            "cuDNN 9"),
        found.missing());
  }

  @Test
  void looksForWhatTheProvidersNeed() throws IOException {
    CudaInstallation found = find(null);
    assertEquals(
        nvidias(needed("libonnxruntime_providers_cuda.so")),
        found.libraries().stream()
            .map(CudaInstallation.Library::file)
            .collect(Collectors.toCollection(TreeSet::new)));
    Set<String> tensorRt = nvidias(needed("libonnxruntime_providers_tensorrt.so"));
    assertTrue(tensorRt.containsAll(TENSOR_RT), tensorRt.toString());
    tensorRt.removeAll(nvidias(needed("libonnxruntime_providers_cuda.so")));
    assertEquals(
        tensorRt,
        found.tensorRt().stream()
            .map(CudaInstallation.Library::file)
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  private static Set<String> nvidias(List<String> needed) {
    return needed.stream()
        .filter(name -> name.matches("lib(cu|nv).*"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The libraries that one of ONNX Runtime's needs, in its ELF file's dynamic section. */
  private static List<String> needed(String library) throws IOException {
    String resource = "/ai/onnxruntime/native/linux-x64/" + library;
    byte[] bytes;
    try (InputStream in = CudaInstallationTest.class.getResourceAsStream(resource)) {
      assumeTrue(in != null, "only with the GPU build of ONNX Runtime: mvn -Pgpu");
      bytes = in.readAllBytes();
    }
    ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    // ELF-64: sections from e_shoff, e_shentsize bytes each, e_shnum of them.
    long sections = elf.getLong(40);
    int size = elf.getShort(58);
    for (int i = 0; i < elf.getShort(60); i++) {
      int section = (int) sections + i * size;
      if (elf.getInt(section + 4) == 6) { // SHT_DYNAMIC; sh_link is its string table
        int strings = (int) elf.getLong((int) sections + elf.getInt(section + 40) * size + 24);
        return names(elf, (int) elf.getLong(section + 24), elf.getLong(section + 32), strings);
      }
    }
    throw new AssertionError(library + " has no dynamic section");
  }

  private static List<String> names(ByteBuffer elf, int from, long length, int strings) {
    return Stream.iterate(from, entry -> entry + 16)
        .limit(length / 16)
        .filter(entry -> elf.getLong(entry) == 1) // DT_NEEDED
        .map(
            entry -> {
              int start = strings + (int) elf.getLong(entry + 8);
              int end = start;
              while (elf.get(end) != 0) {
                end++;
              }
              byte[] name = new byte[end - start];
              elf.get(start, name);
              return new String(name, StandardCharsets.US_ASCII);
            })
        .toList();
  }
}

package dev.graft.cli.process;

import ai.onnxruntime.OrtEnvironment;
import dev.graft.file.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ONNX Runtime's native library, unpacked once. ONNX Runtime itself unpacks it at each start, which
 * is a good part of what classifying a single photo takes.
 */
public final class OnnxRuntimeLibrary {

  /** ONNX Runtime loads its libraries from the folder that this property names. */
  public static final String PATH = "onnxruntime.native.path";

  private static final Pattern JAR = Pattern.compile("/(onnxruntime-[\\d.]+)\\.jar$");

  private OnnxRuntimeLibrary() {}

  /**
   * Has ONNX Runtime load the library from a folder in this one, and puts it there if need be.
   * Where that cannot be done, or the jar is that for GPUs, which has more libraries, all stays as
   * it was.
   *
   * @param folder that may be made; each version of the jar has a folder of its own in it
   */
  public static void unpackOnce(Path folder) {
    if (System.getProperty(PATH) != null) {
      return;
    }
    Matcher jar =
        JAR.matcher(
            OrtEnvironment.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    if (!jar.find()) {
      return;
    }
    Path unpacked = folder.resolve(jar.group(1));
    try {
      for (String name : List.of("onnxruntime", "onnxruntime4j_jni")) {
        Path file = unpacked.resolve(System.mapLibraryName(name));
        if (!Files.exists(file) && !unpack(file)) {
          return; // none for this platform
        }
      }
      System.setProperty(PATH, unpacked.toString());
    } catch (IOException e) {
      // A cache that cannot be written: ONNX Runtime unpacks for itself.
    }
  }

  private static boolean unpack(Path file) throws IOException {
    String packed = "/ai/onnxruntime/native/%s/%s".formatted(platform(), file.getFileName());
    try (InputStream in = OnnxRuntimeLibrary.class.getResourceAsStream(packed)) {
      if (in == null) {
        return false;
      }
      Files.createDirectories(file.getParent());
      try (AtomicFile whole = AtomicFile.create(file)) {
        in.transferTo(whole.out());
        whole.commit();
      }
      return true;
    }
  }

  /** As the jar names its folders. */
  public static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String system = os.startsWith("mac") ? "osx" : os.startsWith("windows") ? "win" : os;
    return system + (System.getProperty("os.arch").equals("aarch64") ? "-aarch64" : "-x64");
  }
}

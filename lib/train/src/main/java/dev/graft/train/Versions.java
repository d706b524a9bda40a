package dev.graft.train;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;
import dev.graft.serve.OnnxRuntimeEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The versions that a model file names. */
public final class Versions {

  private Versions() {}

  /** Graft's own version. */
  public static String graft() {
    try (InputStream in = Versions.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String djl() {
    return Engine.getDjlVersion();
  }

  public static String onnxRuntime() {
    OnnxRuntimeEnvironment.keep();
    return OrtEnvironment.getEnvironment().getVersion();
  }
}

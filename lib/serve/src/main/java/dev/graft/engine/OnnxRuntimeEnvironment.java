package dev.graft.engine;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import dev.graft.shutdown.Shutdown;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.concurrent.CancellationException;

/**
 * What all sessions of ONNX Runtime in this process share. To be called before a session is opened.
 */
public final class OnnxRuntimeEnvironment {

  private static boolean kept;

  private OnnxRuntimeEnvironment() {}

  /**
   * Keeps the environment for as long as the process lives. ONNX Runtime frees it when Java begins
   * to shut down, whether sessions run or not, and those that do crash the process
   * (microsoft/onnxruntime#31352). The environment counts its users natively: one more, who never
   * leaves, and it stays. What {@link Shutdown} ends can so come to its end.
   *
   * @throws CancellationException if the process is ending
   */
  public static synchronized void keep() {
    if (kept) {
      return;
    }
    try {
      OrtEnvironment.getEnvironment();
    } catch (IllegalStateException e) {
      // Java is shutting down, and takes no more hooks: that of this class is one.
      Shutdown.requireNotBegun();
      throw e;
    }
    addUser();
    kept = true;
  }

  /**
   * Returns whether there is one more. There is no public way, and another version of ONNX Runtime
   * may have none: then a call under way at the end of the process may crash, as it would without.
   */
  public static boolean addUser() {
    try {
      Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
      api.setAccessible(true);
      Method create =
          OrtEnvironment.class.getDeclaredMethod(
              "createHandle", long.class, int.class, String.class);
      create.setAccessible(true);
      // Level and name count for the first user only.
      int level = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING.getValue();
      create.invoke(null, api.getLong(null), level, OrtEnvironment.DEFAULT_NAME);
      return true;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return false;
    }
  }

  /** The version of ONNX Runtime; loads its library. */
  public static String version() {
    keep();
    return OrtEnvironment.getEnvironment().getVersion();
  }
}

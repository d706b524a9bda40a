package dev.graft.cli.process;

import ai.djl.engine.EngineException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the machine does not give and Graft needs. Libraries that miss it fail in all manners: with
 * errors of linking, of initializers, of files that are there.
 */
public final class Shortage {

  private Shortage() {}

  /** What a failure is due to, as one line that says what to do. */
  public static Optional<String> behind(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("Too many open files")) {
        return Optional.of(
            "more files would have to be open at once than this system allows; raise the limit:"
                + " ulimit -n 1024");
      }
      if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
        return Optional.of(
            message
                + ("; libraries are unpacked to the cache folder, which 'graft doctor' names:"
                    + " make room there, or set XDG_CACHE_HOME to a folder on another disk"));
      }
    }
    return failure instanceof LinkageError || failure instanceof EngineException
        ? temporaryFiles()
        : Optional.empty();
  }

  /** What is wrong with the folder for temporary files, which several libraries need. */
  public static Optional<String> temporaryFiles() {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    if (Files.isDirectory(folder) && Files.isWritable(folder)) {
      return Optional.empty();
    }
    return Optional.of(
        "%s, the folder for temporary files, %s; libraries need one: GRAFT_JAVA_OPTS=-Djava.io.tmpdir=DIR names another"
            .formatted(folder, Files.isDirectory(folder) ? "cannot be written" : "does not exist"));
  }
}

package dev.graft.cli.process;

import ai.djl.engine.EngineException;
import dev.graft.cli.output.FolderNotes;
import dev.graft.cli.output.Output;
import dev.graft.file.FileProblem;
import dev.graft.recipe.OverlapException;
import dev.graft.recipe.UnreadablePhotosException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

/** What is said of a command that failed, and the exit code that it gives. */
public final class Failure {

  private Failure() {}

  /** Says what a command failed of, and gives its exit code. */
  public static int report(Throwable e, PrintWriter err) {
    if (isReaderGone(e)) {
      return ExitCode.READER_GONE; // who looks away has not asked why
    }
    if (e instanceof UnreadablePhotosException unreadable) {
      unreadable.photos().forEach(photo -> err.println("graft: " + photo));
      err.println(
          "graft: "
              + e.getMessage()
              + "; mend or delete them, or pass --skip-unreadable to train without them");
    } else if (e instanceof OverlapException overlapping) {
      FolderNotes.list(
          Stream.of(overlapping.overlap().validation(), overlapping.overlap().test())
              .flatMap(List::stream)
              .map(
                  pair ->
                      pair.photo().equals(pair.other())
                          ? pair.photo() + ": the same file in two sets"
                          : pair.photo() + ": the same photo as " + pair.other())
              .toList(),
          err);
      err.println(
          "graft: "
              + e.getMessage()
              + "; take them out of one folder, or pass --allow-overlap for figures that are too"
              + " good");
    } else {
      err.println("graft: " + message(e));
    }
    if (System.getenv("GRAFT_DEBUG") != null) {
      e.printStackTrace(err);
    }
    return ExitCode.FAILED;
  }

  private static boolean isReaderGone(Throwable e) {
    return e instanceof Output.ReaderGoneException
        || (e instanceof UncheckedIOException unchecked && isReaderGone(unchecked.getCause()));
  }

  /** What to say of a failure, in one line. */
  public static String message(Throwable e) {
    if (isStop(e)) {
      return "stopped";
    }
    if (e instanceof UncheckedIOException unchecked) {
      return message(unchecked.getCause());
    }
    if (e instanceof FileAlreadyExistsException) {
      return e.getMessage() + " exists; pass --force to overwrite it";
    }
    if (e instanceof FileSystemException file && file.getFile() != null) {
      return file.getFile() + ": " + FileProblem.reason(file);
    }
    if (e instanceof IOException) {
      return e.getMessage() == null ? e.toString() : e.getMessage();
    }
    if (e instanceof OutOfMemoryError) {
      return "out of memory (%s); Java may use %d MB: set GRAFT_JAVA_OPTS=-Xmx8g for 8 GB"
          .formatted(e.getMessage(), Runtime.getRuntime().maxMemory() >> 20);
    }
    Optional<String> shortage = Shortage.behind(e);
    if (shortage.isPresent()) {
      return shortage.get();
    }
    if (e instanceof LinkageError || e instanceof EngineException) {
      return "a library cannot be loaded (%s); see what 'graft doctor' says".formatted(e);
    }
    return "internal error: " + e + "; run again with GRAFT_DEBUG=1 for a report to send us";
  }

  /** Whether an interrupt, which is what Ctrl-C becomes, has ended the work. */
  private static boolean isStop(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CancellationException
          || cause instanceof InterruptedException
          || cause instanceof InterruptedIOException
          || cause instanceof ClosedByInterruptException) {
        return true;
      }
    }
    return false;
  }
}

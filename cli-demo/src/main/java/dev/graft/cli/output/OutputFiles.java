package dev.graft.cli.output;

import dev.graft.file.AtomicFile;
import dev.graft.shutdown.Shutdown;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The files that a command is told to write: what would make writing fail after the work fails
 * before it, and until they are closed no other run of Graft takes one of them.
 *
 * <p>That other runs see is a file {@code .NAME.lock} beside each, which is locked as long as its
 * process lives. It is deleted in the end, also where the process is stopped; what a killed one
 * leaves is free to be taken.
 */
public final class OutputFiles implements AutoCloseable {

  /** Of this process, which a file system does not keep apart from itself. */
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  private final CommandLine command;
  private final boolean force;
  private final Map<Path, Lock> claimed = new HashMap<>();

  /**
   * @param command whose usage is wrong where an output is an input
   * @param force whether files that exist may be overwritten
   */
  public OutputFiles(CommandLine command, boolean force) {
    this.command = command;
    this.force = force;
  }

  /**
   * Takes a file, once however often it is called, and clears away what a killed run has left of
   * it.
   *
   * @param inputs files and folders that the command reads
   * @throws ParameterException if it is one of the inputs
   * @throws FileAlreadyExistsException if it exists and may not be overwritten
   * @throws FileSystemException if no file can be written there, or another run is about to
   */
  public void claim(Path file, Collection<Path> inputs) throws IOException {
    if (claimed.containsKey(file)) {
      return;
    }
    AtomicFile.checkReplaceable(file);
    for (Path input : inputs) {
      if (isSame(file, input)) {
        throw new ParameterException(command, "the output " + file + " is one of the inputs");
      }
    }
    checkWritable(file);
    if (!force && Files.exists(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    claimed.put(file, Lock.on(file));
    AtomicFile.deleteAbandoned(file);
  }

  /**
   * Fails where a file cannot be written.
   *
   * @throws FileSystemException if not
   */
  public static void checkWritable(Path file) throws IOException {
    AtomicFile.checkReplaceable(file);
    Path folder = file.toAbsolutePath().getParent(); // there is one: the root is a folder
    if (!Files.isDirectory(folder)) {
      throw new FileSystemException(
          file.toString(), null, "there is no folder " + file.getParent() + "; make it first");
    }
    if (!Files.isWritable(folder)) {
      throw new FileSystemException(
          file.toString(), null, "its folder cannot be written; choose another");
    }
    // Some file systems, and names that are too long, show it when they are written alone.
    AtomicFile.create(file).close();
  }

  /** However the paths are written. */
  public static boolean isSame(Path one, Path other) {
    try {
      return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())
          || (Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other));
    } catch (IOException e) {
      return false; // reading or writing it will say why
    }
  }

  @Override
  public void close() throws IOException {
    List<Lock> locks = new ArrayList<>(claimed.values());
    claimed.clear();
    for (Lock lock : locks) {
      lock.close();
    }
  }

  /**
   * A lock that ends with its process.
   *
   * @param file deleted when it is given back
   */
  private record Lock(Path file, FileChannel channel, Shutdown.Work unfinished)
      implements Closeable {

    static Lock on(Path output) throws IOException {
      Path place =
          Files.exists(output)
              ? output.toRealPath()
              : output
                  .toAbsolutePath()
                  .getParent()
                  .toRealPath()
                  .resolve(output.toAbsolutePath().getFileName());
      Path file = place.resolveSibling("." + place.getFileName() + ".lock");
      // To open and close it a second time would free it, on POSIX.
      if (!LOCKED.add(file)) {
        throw taken(output);
      }
      FileChannel channel = null;
      Shutdown.Work unfinished = null;
      Shutdown.Work locking = Shutdown.begin(() -> {}); // over in no time
      try {
        channel = locked(file);
        if (channel != null) {
          unfinished = Shutdown.beginUnfinished(() -> delete(file));
        }
      } finally {
        locking.close();
        if (channel == null) {
          LOCKED.remove(file);
        }
      }
      if (channel == null) {
        throw taken(output);
      }
      return new Lock(file, channel, unfinished);
    }

    private static void delete(Path file) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The process ends, and with it the lock.
      }
    }

    /** Null where another process has it. */
    private static FileChannel locked(Path file) throws IOException {
      while (true) {
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!tryLock(channel)) {
          channel.close();
          return null;
        }
        if (Files.exists(file)) {
          return channel;
        }
        channel.close(); // whoever had it has deleted it since it was opened here
      }
    }

    private static boolean tryLock(FileChannel channel) {
      try {
        return channel.tryLock() != null;
      } catch (IOException e) {
        return true; // a file system without locks: two runs meet when they write
      }
    }

    private static FileSystemException taken(Path output) {
      return new FileSystemException(
          output.toString(),
          null,
          "another run of Graft is about to write it; wait for its end or choose another name");
    }

    @Override
    public void close() throws IOException {
      try {
        Files.deleteIfExists(file); // first: nobody must lock a file that is about to go
        channel.close();
      } finally {
        unfinished.close();
        LOCKED.remove(file);
      }
    }
  }
}

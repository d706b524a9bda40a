package dev.graft.cli.option;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Names of files and folders that a program has listed, in UTF-8: one a line, or each ended by a
 * NUL as {@code find -print0} has it.
 */
public final class NameList {

  /** In bytes; no system has longer ones. A list with NULs has one among its first so many. */
  private static final int LONGEST_NAME = 1 << 15;

  private NameList() {}

  /**
   * Reads a list to its end; empty names are left out.
   *
   * @throws IOException if it cannot be read, or has something else than names
   */
  public static List<Path> read(InputStream stream) throws IOException {
    BufferedInputStream in = new BufferedInputStream(stream);
    in.mark(LONGEST_NAME);
    byte[] start = in.readNBytes(LONGEST_NAME);
    in.reset();
    if (isUtf16(start)) {
      throw new IOException("in UTF-16; expected names of files in UTF-8");
    }
    int end = new String(start, UTF_8).indexOf('\0') < 0 ? '\n' : '\0';
    List<Path> names = new ArrayList<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int next;
    do {
      next = in.read();
      if (next >= 0 && next != end) {
        bytes.write(next);
        continue;
      }
      String name = bytes.toString(UTF_8);
      bytes.reset();
      if (names.isEmpty()) {
        name = name.replaceFirst("^\ufeff", ""); // editors on Windows write this mark
      }
      if (end == '\n') {
        name = name.replaceFirst("\r$", ""); // and end lines so
      }
      if (!name.isEmpty()) {
        names.add(path(name));
      }
    } while (next >= 0);
    return names;
  }

  /** By its mark: PowerShell writes that where it is not told otherwise. */
  private static boolean isUtf16(byte[] start) {
    return start.length > 1
        && ((start[0] == (byte) 0xff && start[1] == (byte) 0xfe)
            || (start[0] == (byte) 0xfe && start[1] == (byte) 0xff));
  }

  private static Path path(String name) throws IOException {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new IOException("'%s' is no name of a file: %s".formatted(name, e.getReason()), e);
    }
  }
}

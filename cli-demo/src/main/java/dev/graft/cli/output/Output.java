package dev.graft.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Standard output or standard error in UTF-8. Knows what a mere PrintWriter swallows.
 *
 * <p>{@code println} and {@code printf} write lines for people. Names of files and classes come
 * from others: a control character in them would act on the terminal, or look like the end of the
 * line, and is shown as a question mark. {@code print} and {@code write} write what they are given.
 */
public final class Output extends PrintWriter {

  private static final int TYPE = 0170000;
  private static final int PIPE = 0010000;
  private static final int SOCKET = 0140000;

  private final Bytes bytes; // null: not known

  private Output(Bytes bytes) {
    super(new OutputStreamWriter(bytes, UTF_8), /* autoFlush= */ true);
    this.bytes = bytes;
  }

  private Output(PrintWriter writer) {
    super(writer);
    this.bytes = null;
  }

  public static Output on(FileDescriptor descriptor) {
    return new Output(new Bytes(new FileOutputStream(descriptor)));
  }

  /** The same for any other writer. */
  public static Output of(PrintWriter writer) {
    return writer instanceof Output output ? output : new Output(writer);
  }

  /** A name or a message as it may stand in a line for people. */
  static String printable(String text) {
    int[] points =
        text.codePoints().map(c -> Character.isISOControl(c) && c != '\t' ? '?' : c).toArray();
    return new String(points, 0, points.length);
  }

  @Override
  public void println(String line) {
    super.println(printable(String.valueOf(line)));
  }

  @Override
  public void println(Object line) {
    println(String.valueOf(line));
  }

  @Override
  public PrintWriter format(String format, Object... args) {
    return super.format(format, Arrays.stream(args).map(Output::printable).toArray());
  }

  private static Object printable(Object arg) {
    return arg == null || arg instanceof Number || arg instanceof Character
        ? arg
        : printable(arg.toString());
  }

  /**
   * Sends on what was printed.
   *
   * @throws ReaderGoneException if nobody reads it any more
   * @throws IOException if any of it could not be written, such as where the disk is full
   */
  public static void flush(PrintWriter out) throws IOException {
    if (!out.checkError()) {
      return;
    }
    if (out instanceof Output output && output.bytes != null && output.bytes.failure != null) {
      String reason = output.bytes.failure.getMessage();
      if (isPipe()) {
        throw new ReaderGoneException(reason);
      }
      throw new IOException("standard output cannot be written: " + reason);
    }
    throw new IOException("standard output cannot be written");
  }

  /**
   * Whether standard output is a pipe or a socket: writing to these fails only when the other end
   * is closed. The failure itself tells in the language of the system.
   */
  private static boolean isPipe() {
    try {
      int type = (int) Files.getAttribute(Path.of("/dev/fd/1"), "unix:mode") & TYPE;
      return type == PIPE || type == SOCKET;
    } catch (IOException | UnsupportedOperationException e) {
      return false; // Windows; it is told as any failure then
    }
  }

  /** The reader of standard output has ended, as {@code head} does when it has seen enough. */
  public static final class ReaderGoneException extends IOException {
    private static final long serialVersionUID = 1;

    ReaderGoneException(String message) {
      super(message);
    }
  }

  /** Passes on nothing any more but what {@link #printLast} does. Waits for nobody. */
  public void mute() {
    bytes.muted = true;
  }

  /** Prints a line of its own in spite of {@link #mute}. */
  public void printLast(String line) {
    try {
      bytes.writeLast((line + System.lineSeparator()).getBytes(UTF_8));
    } catch (IOException e) {
      // Nobody reads it.
    }
  }

  /** What else writes to this descriptor, such as {@link System#err}. */
  public OutputStream stream() {
    return bytes;
  }

  private static final class Bytes extends FilterOutputStream {

    private IOException failure;
    private boolean inLine;
    private volatile boolean muted;

    Bytes(OutputStream stream) {
      super(stream);
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) throws IOException {
      if (muted || length == 0) {
        return;
      }
      try {
        out.write(bytes, from, length);
        inLine = bytes[from + length - 1] != '\n';
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }

    synchronized void writeLast(byte[] line) throws IOException {
      if (inLine) {
        out.write(System.lineSeparator().getBytes(UTF_8));
      }
      out.write(line);
    }
  }
}

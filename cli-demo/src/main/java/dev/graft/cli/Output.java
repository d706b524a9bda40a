package dev.graft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;

/** Standard output or standard error in UTF-8. Knows what a mere PrintWriter swallows. */
final class Output extends PrintWriter {

  private final Bytes bytes;

  private Output(Bytes bytes) {
    super(new OutputStreamWriter(bytes, UTF_8), /* autoFlush= */ true);
    this.bytes = bytes;
  }

  static Output on(FileDescriptor descriptor) {
    return new Output(new Bytes(new FileOutputStream(descriptor)));
  }

  /**
   * Sends on what was printed.
   *
   * @throws IOException if any of it could not be written: its reader is gone, or the disk is full
   */
  static void flush(PrintWriter out) throws IOException {
    if (out.checkError()) {
      String reason =
          out instanceof Output output && output.bytes.failure != null
              ? ": " + output.bytes.failure.getMessage()
              : "";
      throw new IOException("standard output cannot be written" + reason);
    }
  }

  private static final class Bytes extends FilterOutputStream {

    private IOException failure;

    Bytes(OutputStream stream) {
      super(stream);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      try {
        out.write(bytes, from, length);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }
  }
}

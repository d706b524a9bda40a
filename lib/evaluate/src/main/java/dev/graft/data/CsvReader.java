package dev.graft.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads comma-separated values as RFC 4180 has them, in UTF-8 with or without a byte order mark. A
 * line may end with LF or CR alone too. What breaks the rules is an error, never a guess.
 */
final class CsvReader implements AutoCloseable {

  private static final int END = -1;
  private static final int BYTE_ORDER_MARK = 0xFEFF;

  private final Path file;
  private final BufferedReader in;
  private int next;
  private int line = 1;
  private int recordLine;

  CsvReader(Path file) throws IOException {
    this.file = file;
    this.in = Files.newBufferedReader(file, StandardCharsets.UTF_8);
    next = read();
    if (next == BYTE_ORDER_MARK) {
      next = read();
    }
  }

  /**
   * The fields of the next record, or null at the end. A blank line is a record of one empty field.
   */
  List<String> next() throws IOException {
    if (next == END) {
      return null;
    }
    recordLine = line;
    List<String> fields = new ArrayList<>();
    fields.add(field());
    while (next == ',') {
      advance();
      fields.add(field());
    }
    if (next == '\r') {
      advance();
    }
    if (next == '\n') {
      advance();
    }
    return fields;
  }

  /** The line that the last record began in, from 1. */
  int recordLine() {
    return recordLine;
  }

  DataException problem(int where, String what) {
    return new DataException(file, "line " + where + ": " + what);
  }

  private String field() throws IOException {
    if (next == '"') {
      return quoted();
    }
    StringBuilder field = new StringBuilder();
    while (!endsField()) {
      if (next == '"') {
        throw problem(
            line,
            "a quote inside a field; put the whole field into quotes and double those inside");
      }
      field.append((char) next);
      advance();
    }
    return field.toString();
  }

  private String quoted() throws IOException {
    int start = line;
    StringBuilder field = new StringBuilder();
    advance();
    while (true) {
      if (next == END) {
        throw problem(start, "a quote that is never closed");
      }
      if (next == '"') {
        advance();
        if (next != '"') {
          break;
        }
      }
      field.append((char) next);
      advance();
    }
    if (!endsField()) {
      throw problem(line, "text after a closing quote; double the quotes inside a field");
    }
    return field.toString();
  }

  private boolean endsField() {
    return next == END || next == ',' || next == '\r' || next == '\n';
  }

  private void advance() throws IOException {
    int passed = next;
    next = read();
    if (passed == '\n' || (passed == '\r' && next != '\n')) {
      line++;
    }
  }

  private int read() throws IOException {
    try {
      return in.read();
    } catch (CharacterCodingException e) {
      throw new DataException(file, "not UTF-8 text; save it as CSV UTF-8", e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}

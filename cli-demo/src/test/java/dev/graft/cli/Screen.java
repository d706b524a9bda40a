package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;

/**
 * What a terminal shows. As most do, it breaks long lines in two, and at other places when its
 * width changes; the cursor stays with its character then.
 */
public final class Screen {

  /** A row, and whether it goes on in the next one. */
  private static final class Row {
    final StringBuilder text = new StringBuilder();
    boolean goesOn;
  }

  private final List<Row> rows = new ArrayList<>(List.of(new Row()));
  private int columns;
  private int row;
  private int column;
  private boolean wraps = true;

  public Screen(int columns) {
    this.columns = columns;
  }

  /** The rows without trailing blanks. */
  public List<String> rows() {
    return rows.stream().map(r -> r.text.toString().stripTrailing()).toList();
  }

  public void print(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\r' -> column = 0;
        case '\n' -> newLine(false);
        case '\u001b' -> {
          int end = i + 1;
          while (!Character.isLetter(text.charAt(end))) {
            end++;
          }
          escape(text.substring(i + 1, end + 1));
          i = end;
        }
        default -> put(c);
      }
    }
  }

  private void newLine(boolean goesOn) {
    rows.get(row).goesOn = goesOn;
    row++;
    column = 0;
    if (row == rows.size()) {
      rows.add(new Row());
    }
  }

  private void put(char c) {
    if (column == columns) {
      if (wraps) {
        newLine(true);
      } else {
        column--;
      }
    }
    StringBuilder text = rows.get(row).text;
    text.append(" ".repeat(Math.max(0, column - text.length())));
    text.replace(column, Math.min(text.length(), column + 1), Character.toString(c));
    column++;
  }

  private void escape(String sequence) {
    switch (sequence) {
      case "[?7l" -> wraps = false;
      case "[?7h" -> wraps = true;
      case "[J" -> {
        Row here = rows.get(row);
        here.text.setLength(Math.min(column, here.text.length()));
        here.goesOn = false;
        rows.subList(row + 1, rows.size()).clear();
      }
      default -> assertEquals("", sequence, "unknown escape sequence");
    }
  }

  /** Another width of the window. */
  public void resize(int width) {
    List<Row> old = new ArrayList<>(rows);
    int cursorRow = row;
    int cursorColumn = column;
    rows.clear();
    columns = width;
    int first = 0;
    while (first < old.size()) {
      StringBuilder line = new StringBuilder();
      int cursor = -1;
      int last = first - 1;
      do {
        last++;
        if (last == cursorRow) {
          cursor = line.length() + cursorColumn;
        }
        line.append(old.get(last).text);
      } while (old.get(last).goesOn);
      int start = 0;
      do {
        Row part = new Row();
        part.text.append(line, start, Math.min(line.length(), start + width));
        if (cursor >= start && (cursor < start + width || start + width >= line.length())) {
          row = rows.size();
          column = cursor - start;
        }
        start += width;
        part.goesOn = start < line.length();
        rows.add(part);
      } while (start < line.length());
      first = last + 1;
    }
  }
}

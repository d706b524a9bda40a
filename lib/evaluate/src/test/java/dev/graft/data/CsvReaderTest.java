package dev.graft.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvReaderTest {

  @TempDir private Path folder;

  private List<List<String>> read(byte[] csv) throws IOException {
    List<List<String>> records = new ArrayList<>();
    try (CsvReader reader = new CsvReader(Files.write(folder.resolve("x.csv"), csv))) {
      for (List<String> record = reader.next(); record != null; record = reader.next()) {
        records.add(record);
      }
    }
    return records;
  }

  private List<List<String>> read(String csv) throws IOException {
    return read(csv.getBytes(UTF_8));
  }

  private void assertProblem(String problem, byte[] csv) {
    assertEquals(
        folder.resolve("x.csv") + ": " + problem,
        assertThrows(DataException.class, () -> read(csv)).getMessage());
  }

  @Test
  void readsFieldsAndRecords() throws Exception {
    List<List<String>> two = List.of(List.of("a", "b c"), List.of("", "d"));
    assertEquals(two, read("a,b c\n,d\n"));
    assertEquals(two, read("a,b c\r\n,d\r\n"));
    assertEquals(two, read("a,b c\r,d\r"));
    assertEquals(two, read("a,b c\n,d"));
    assertEquals(two, read("\uFEFFa,b c\n,d"));
    assertEquals(List.of(List.of("a", ""), List.of(""), List.of("b")), read("a,\n\nb\n"));
    assertEquals(List.of(), read(""));
    assertEquals(List.of(), read("\uFEFF"));
  }

  @Test
  void readsQuotedFields() throws Exception {
    assertEquals(
        List.of(List.of("a,b", "say \"hi\"", "two\r\nlines", ""), List.of("\uD83C\uDF39 é")),
        read("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",\"\"\r\n\"\uD83C\uDF39 é\""));
  }

  @Test
  void saysInWhichLineARuleIsBroken() throws Exception {
    assertProblem(
        "line 2: a quote inside a field; put the whole field into quotes and double those inside",
        "a\nb \"c\"\n".getBytes(UTF_8));
    assertProblem(
        "line 3: text after a closing quote; double the quotes inside a field",
        "\"a\nb\"\n\"c\" d\n".getBytes(UTF_8));
    assertProblem("line 2: a quote that is never closed", "a\r\n\"b\nc\nd\n".getBytes(UTF_8));
    try (CsvReader reader =
        new CsvReader(Files.writeString(folder.resolve("y.csv"), "a\r\n\"b\nc\"\nd\n"))) {
      List<Integer> lines = new ArrayList<>();
      while (reader.next() != null) {
        lines.add(reader.recordLine());
      }
      assertEquals(List.of(1, 2, 4), lines);
    }
  }

  @Test
  void refusesOtherEncodingsThanUtf8() {
    String problem = "not UTF-8 text; save it as CSV UTF-8";
    assertProblem(problem, "caf\u00e9,x\n".getBytes(ISO_8859_1));
    byte[] utf16 = "\uFEFFa,b".getBytes(UTF_16LE);
    assertProblem(problem, utf16);
  }
}

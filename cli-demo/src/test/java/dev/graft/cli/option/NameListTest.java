package dev.graft.cli.option;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class NameListTest {

  private static List<String> read(String list) throws IOException {
    return NameList.read(new ByteArrayInputStream(list.getBytes(UTF_8))).stream()
        .map(Path::toString)
        .toList();
  }

  @Test
  void readsANameALine() throws IOException {
    assertEquals(List.of("a.jpg", " b c.jpg ", "\u72ac.jpg"), read("a.jpg\n b c.jpg \n\u72ac.jpg"));
    assertEquals(List.of("a.jpg", "b.jpg"), read("a.jpg\n\nb.jpg\n\n"));
    assertEquals(List.of(), read(""));
    assertEquals(List.of(), read("\n"));
  }

  @Test
  void readsNamesThatEndWithNul() throws IOException {
    assertEquals(List.of("a\nb.jpg", "c\r.jpg"), read("a\nb.jpg\0c\r.jpg\0"));
    String path = "d".repeat(4000) + "\n.jpg";
    assertEquals(List.of(path, "b"), read(path + "\0b"));
  }

  @Test
  void readsWhatWindowsWrites() throws IOException {
    assertEquals(List.of("a.jpg", "b.jpg"), read("\ufeffa.jpg\r\nb.jpg\r\n"));
    for (var charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
      byte[] list = "\ufeffa.jpg\r\n".getBytes(charset);
      assertThrows(IOException.class, () -> NameList.read(new ByteArrayInputStream(list)));
    }
  }
}

package dev.graft.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Files that break image readers, of a kind each; a table says what a careful reader does. */
public enum HardPhotos {

  /** Small ones, made by make_hard_photos.py. */
  MADE(123) {
    @Override
    public Path folder() {
      return Project.ENCODED.resolveSibling("hard");
    }
  },

  /** A collection from other projects that does not ship with this one: tests are skipped. */
  SHARED(137) {
    @Override
    public Path folder() {
      return Project.shared("data/hard-images");
    }
  };

  private final int files;

  HardPhotos(int files) {
    this.files = files;
  }

  public abstract Path folder();

  /**
   * {@return a row a file: path, format, width and height as stored, EXIF orientation, mode,
   * "decode" or "reject"}
   */
  public List<List<String>> rows() throws IOException {
    List<List<String>> rows = Project.rows(folder().resolve("expected.tsv"));
    assertEquals(files, rows.size());
    return rows;
  }
}

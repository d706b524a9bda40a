package dev.graft.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelBytesTest {

  private static final String DAMAGED =
      "damaged, or changed by another tool: its checksum is not that of its bytes; copy it again,"
          + " or open it with --allow-changed (ClassifierOptions.withAllowChanged) if the change was"
          + " meant";

  @TempDir Path folder;

  private byte[] model;
  private Path file;
  private byte[] written;

  @BeforeEach
  void writeWithAChecksum() throws Exception {
    model = ModelBytesTest.class.getResourceAsStream("/dev/graft/model-v1.onnx").readAllBytes();
    file = folder.resolve("model.onnx");
    ModelBytes.write(file, model, false);
    written = Files.readAllBytes(file);
  }

  private String refused(byte[] bytes) {
    return assertThrows(ModelException.class, () -> ModelBytes.of(bytes, file)).reason();
  }

  @Test
  void theLastEntryOfTheMetadataIsTheChecksumOfAllBytesBefore() throws Exception {
    CRC32 crc = new CRC32();
    crc.update(model);
    String entry = "r\46\n\16graft.checksum\22\24{\"crc32\":\"%08x\"}".formatted(crc.getValue());
    assertArrayEquals(model, Arrays.copyOf(written, model.length));
    assertEquals(
        entry, new String(written, model.length, entry.length(), StandardCharsets.ISO_8859_1));
    assertEquals(model.length + entry.length(), written.length);
    assertEquals(ModelBytes.of(model, file).describe(), ModelFile.read(file));
  }

  @Test
  void anExistingFileIsOverwrittenOnRequestOnly() throws Exception {
    assertThrows(FileAlreadyExistsException.class, () -> ModelBytes.write(file, model, false));
    ModelBytes.write(file, model, true);
    assertArrayEquals(written, Files.readAllBytes(file));
  }

  @Test
  void noFlippedBitGoesUnnoticed() {
    for (int bit = 0; bit < 8 * written.length; bit++) {
      byte[] flipped = written.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertEquals(DAMAGED, refused(flipped));
    }
  }

  @Test
  void aChangeByAnotherToolIsToldAndOpenedOnRequest() throws Exception {
    byte[] entry = ModelChecksum.entry(0);
    byte[] key = "graft.checksum".getBytes(StandardCharsets.US_ASCII);
    byte[] author = entry.clone(); // another entry of metadata, written behind the checksum
    System.arraycopy(
        "graft.operator".getBytes(StandardCharsets.US_ASCII), 0, author, 4, key.length);
    byte[] changed = Arrays.copyOf(written, written.length + author.length);
    System.arraycopy(author, 0, changed, written.length, author.length);

    assertEquals(DAMAGED, refused(changed));
    Files.write(file, changed);
    assertEquals(DAMAGED, assertThrows(ModelException.class, () -> ModelFile.read(file)).reason());
    assertEquals(ModelBytes.of(model, file).describe(), ModelBytes.read(file, true).describe());
  }

  @Test
  void aFileThatEndsEarlyIsTruncatedOrAsItWasWithoutAChecksum() throws Exception {
    for (int length = 2; length < written.length; length++) {
      byte[] cut = Arrays.copyOf(written, length);
      if (length == model.length) {
        assertEquals(ModelFile.read(file), ModelBytes.of(cut, file).describe());
      } else {
        assertThrows(ModelException.class, () -> ModelBytes.of(cut, file).describe());
      }
    }
  }

  @Test
  void bytesAreTheSameOrHaveAnotherFingerprint() throws Exception {
    byte[] other = model.clone();
    other[other.length - 3] ^= 1;
    long fingerprint = ModelBytes.read(file).fingerprint();
    assertEquals(fingerprint, ModelBytes.of(written, file).fingerprint());
    for (byte[] different : List.of(model, other)) {
      assertNotEquals(fingerprint, ModelBytes.of(different, file).fingerprint());
    }
  }
}

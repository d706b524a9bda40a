package dev.graft.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.model.ModelBytes;
import dev.graft.model.ModelFile;
import dev.graft.photo.PhotoReader;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraftExceptionTest {

  @TempDir Path folder;

  /** A program that catches the root finds out what to do. */
  private static ErrorCode codeOfPhoto(Path photo) {
    GraftException e =
        assertThrows(
            GraftException.class, () -> PhotoReader.create().withMaxPixels(64).read(photo));
    return e.code();
  }

  private static ErrorCode codeOfModel(Path model) {
    return assertThrows(GraftException.class, () -> ModelFile.read(model)).code();
  }

  private Path file(byte[] bytes) throws Exception {
    return Files.write(folder.resolve("file"), bytes);
  }

  private static byte[] png(int side) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB), "png", out);
    return out.toByteArray();
  }

  @Test
  void saysWhatIsWrongWithAPhoto() throws Exception {
    assertEquals(ErrorCode.FILE_NOT_FOUND, codeOfPhoto(folder.resolve("none.jpg")));
    assertEquals(ErrorCode.FILE_UNREADABLE, codeOfPhoto(folder));
    assertEquals(ErrorCode.UNREADABLE_PHOTO, codeOfPhoto(file(new byte[0])));
    assertEquals(ErrorCode.UNREADABLE_PHOTO, codeOfPhoto(file(Arrays.copyOf(png(8), 40))));
    assertEquals(ErrorCode.PHOTO_TOO_LARGE, codeOfPhoto(file(png(9))));
  }

  @ParameterizedTest
  @CsvSource({
    "%PDF-1.4, NOT_A_PHOTO",
    "once upon a time, NOT_A_PHOTO",
    "....ftypisom, NOT_A_PHOTO",
    "....ftypheic, UNSUPPORTED_PHOTO"
  })
  void tellsAPhotoThatItDoesNotReadFromWhatIsNone(String text, ErrorCode code) throws Exception {
    byte[] start = text.replace('.', '\0').getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(code, codeOfPhoto(file(text.startsWith(".") ? Arrays.copyOf(start, 64) : start)));
  }

  @Test
  void saysWhatIsWrongWithAModel() throws Exception {
    assertEquals(ErrorCode.FILE_NOT_FOUND, codeOfModel(folder.resolve("none.onnx")));
    assertEquals(ErrorCode.FILE_UNREADABLE, codeOfModel(folder));
    assertEquals(ErrorCode.NOT_A_MODEL, codeOfModel(file(png(8))));
    byte[] model;
    try (InputStream in = getClass().getResourceAsStream("/dev/graft/model-v1.onnx")) {
      model = in.readAllBytes();
    }
    assertEquals(ErrorCode.MODEL_DAMAGED, codeOfModel(file(Arrays.copyOf(model, 100))));
    Path written = folder.resolve("written.onnx");
    ModelBytes.write(written, model, false);
    byte[] changed = Files.readAllBytes(written);
    changed[changed.length / 2] ^= 1;
    assertEquals(ErrorCode.MODEL_DAMAGED, codeOfModel(file(changed)));
  }
}

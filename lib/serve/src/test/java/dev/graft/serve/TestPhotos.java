package dev.graft.serve;

import dev.graft.photo.Pixels;
import dev.graft.testing.Photos;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The fixture models (red, green, blue at 16 x 16) and photos of one colour for them. */
final class TestPhotos {

  private TestPhotos() {}

  /** Says which of the colours a photo is. */
  static Path model(Path folder) throws IOException {
    return copy("model-v1.onnx", folder);
  }

  /** Says which of the colours a photo has; the thresholds are 0.5, 0.25 and 0.75. */
  static Path multiLabelModel(Path folder) throws IOException {
    return copy("model-v2.onnx", folder);
  }

  private static Path copy(String name, Path folder) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = TestPhotos.class.getResourceAsStream("/dev/graft/" + name)) {
      Files.copy(in, file);
    }
    return file;
  }

  static Pixels pixels(int red, int green, int blue) {
    byte[] rgb = new byte[16 * 16 * 3];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = (byte) red;
      rgb[i + 1] = (byte) green;
      rgb[i + 2] = (byte) blue;
    }
    return new Pixels(16, 16, rgb);
  }

  static Path write(Path file, int width, int height, int red, int green, int blue)
      throws IOException {
    return Photos.ofOneColor(file, width, height, red << 16 | green << 8 | blue);
  }
}

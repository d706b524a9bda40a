package dev.graft.backbone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.safetensors.Safetensors;
import dev.graft.testing.Project;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A photo of 224x224 RGB bytes and some numbers that a network makes of it in float64. */
public final class Golden {

  /**
   * Values up to 224 from sums of up to 4608 products, in float32 and in another order: 2e-6 of the
   * largest. A wrong padding or channel order is off by more than 1.
   */
  public static final float VGG16_TOLERANCE = 5e-4f;

  /** The same through some 50 layers, where ReLU6 keeps values in 0..6: 1e-5 of the largest. */
  public static final float EFFICIENTNET_LITE0_TOLERANCE = 6e-5f;

  private final byte[] photo;

  /** By the index into the flattened output. */
  private final Map<Integer, Float> expected;

  private Golden(byte[] photo, Map<Integer, Float> expected) {
    this.photo = photo;
    this.expected = expected;
  }

  public byte[] photo() {
    return photo.clone();
  }

  /** The committed values that src/test/python/golden_features.py made of its synthetic photo. */
  public static Golden committed(String name) throws IOException {
    byte[] photo = new byte[224 * 224 * 3];
    for (int i = 0; i < photo.length; i++) {
      int y = i / (224 * 3);
      int x = i / 3 % 224;
      int c = i % 3;
      photo[i] = (byte) ((c + 1) * x + (3 - c) * y + x * y / 32);
    }
    Map<Integer, Float> expected = new TreeMap<>();
    try (InputStream in = Golden.class.getResourceAsStream(name + "-golden.tsv")) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .forEach(
              line -> {
                int tab = line.indexOf('\t');
                expected.put(
                    Integer.valueOf(line.substring(0, tab)), Float.valueOf(line.substring(tab)));
              });
    }
    return new Golden(photo, expected);
  }

  /** The pretrained weights beside the project; skips a test where they are missing. */
  public static Path sharedFolder() {
    return Project.shared("pretrained");
  }

  /** All values of an output in a file beside the project. */
  public static Golden shared(String name, String output) throws IOException {
    Safetensors file = Safetensors.read(sharedFolder().resolve(name + "-golden.safetensors"));
    float[] values = file.floats(output);
    Map<Integer, Float> expected = new TreeMap<>();
    for (int i = 0; i < values.length; i++) {
      expected.put(i, values[i]);
    }
    return new Golden(file.bytes("image"), expected);
  }

  public void matches(float[] found, float tolerance) {
    assertTrue(expected.size() > 100, "too few values to compare");
    expected.forEach((index, value) -> assertEquals(value, found[index], tolerance));
  }
}

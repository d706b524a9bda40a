package dev.graft.tools.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.graft.backbone.Backbones;
import dev.graft.onnx.Initializer;
import dev.graft.onnx.OnnxGraph;
import dev.graft.testing.Project;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainedBuilderTest {

  @Test
  void makesTheCommittedFilesAgain(@TempDir Path output) throws IOException {
    Path weights = Project.shared("pretrained");
    assertMakesTheCommittedFiles(
        weights, weights.resolveSibling("data/imagenet/imagenet_classes.txt"), output);
  }

  /** In which the weights have the names and the shapes of the files that they come from. */
  @Test
  void makesTheCommittedFilesOfTheirOwnWeights(@TempDir Path folder) throws IOException {
    write(folder.resolve("vgg16-features.safetensors"), graph("vgg16"));
    write(folder.resolve("efficientnet-lite0.safetensors"), graph("efficientnet-lite0"));
    Path classes = folder.resolve("classes.txt");
    Files.write(classes, Backbones.efficientNetLite0().classes());
    assertMakesTheCommittedFiles(folder, classes, folder.resolve("out"));
  }

  private static OnnxGraph graph(String backbone) throws IOException {
    return OnnxGraph.parse(committed(backbone + ".onnx"), backbone);
  }

  private static byte[] committed(String name) throws IOException {
    try (InputStream committed =
        PretrainedBuilder.class.getResourceAsStream("/META-INF/graft/" + name)) {
      return committed.readAllBytes();
    }
  }

  private static void assertMakesTheCommittedFiles(Path weights, Path classes, Path output)
      throws IOException {
    PretrainedBuilder.build(weights, classes, output);
    List<Path> files;
    try (Stream<Path> list = Files.walk(output)) {
      files = list.filter(Files::isRegularFile).sorted().toList();
    }
    assertEquals(5, files.size(), files.toString());
    for (Path file : files) {
      String name = file.getFileName().toString();
      assertArrayEquals(committed(name), Files.readAllBytes(file), name);
    }
  }

  /** All weights but the bounds of ReLU6. */
  private static void write(Path file, OnnxGraph graph) throws IOException {
    JsonObject header = new JsonObject();
    List<float[]> weights = new ArrayList<>();
    long at = 0;
    for (Map.Entry<String, Initializer> entry : graph.initializers().entrySet()) {
      Initializer weight = entry.getValue();
      if (weight.shape().length > 0) {
        float[] numbers = weight.floats();
        JsonObject tensor = new JsonObject();
        tensor.addProperty("dtype", "F32");
        tensor.add("shape", new Gson().toJsonTree(weight.shape()));
        tensor.add(
            "data_offsets", new Gson().toJsonTree(new long[] {at, at + 4L * numbers.length}));
        header.add(entry.getKey(), tensor);
        weights.add(numbers);
        at += 4L * numbers.length;
      }
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate((int) (8 + json.length + at));
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json);
    for (float[] numbers : weights) {
      bytes.asFloatBuffer().put(numbers);
      bytes.position(bytes.position() + 4 * numbers.length);
    }
    Files.write(file, bytes.array());
  }
}

package dev.graft.train;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.graft.backbone.Backbone;
import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledPhoto;
import dev.graft.file.Sha256;
import dev.graft.onnx.OnnxGraph;
import dev.graft.photo.PhotoReader;
import dev.graft.quantize.Precision;
import dev.graft.recipe.Head;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/file-formats.md describes the files of a training as they are, read here by its words. */
class FileFormatsTest {

  private static final Path PAGE =
      Path.of(System.getProperty("graft.root"), "docs", "file-formats.md");

  @TempDir private Path folder;
  private String page;
  private LabeledFolder data;
  private Backbone backbone;
  private Path checkpoint;

  @BeforeEach
  void train() throws IOException {
    page = Files.readString(PAGE);
    data = SamplePhotos.copy(folder.resolve("photos"), 0, 3);
    backbone = Backbones.efficientNetLite0();
    checkpoint = folder.resolve("model.onnx.checkpoint");
    Path cache = folder.resolve("features");
    Trainer.on(data)
        .backbone(backbone)
        .head(Head.linear())
        .epochs(2)
        .precision(Precision.INT8)
        .cache(cache)
        .checkpoint(checkpoint)
        .train();
  }

  @Test
  void anEntryOfTheCacheHasTheHeaderAndTheKeyThatThePageNames() throws IOException {
    List<LabeledPhoto> photos = data.photos();
    Map<String, Path> entries = new LinkedHashMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve("features"))) {
      files.filter(Files::isRegularFile).forEach(f -> entries.put(f.getFileName().toString(), f));
    }
    assertEquals(photos.size() + 1, entries.size());
    for (Map.Entry<String, Path> entry : entries.entrySet()) {
      String key = entry.getKey().replaceFirst("\\..*", "");
      assertEquals(key.substring(0, 2), entry.getValue().getParent().getFileName().toString());
      assertHeader(key, Files.readAllBytes(entry.getValue()));
    }

    String preprocessing = backbone.preprocessing().toString();
    String normalization = backbone.normalization().toString();
    String decoding = PhotoReader.create().decoding();
    String version = "onnxruntime " + ai.onnxruntime.OrtEnvironment.getEnvironment().getVersion();
    String ofBackbone =
        entries.keySet().stream().filter(name -> name.endsWith(".backbone")).findFirst().get();
    Map<String, String> metadata = metadata(entries.get(ofBackbone));
    SortedSet<String> named =
        matches("`(int8\\.\\w+)`", section("Keys")).stream()
            .map(key -> key.group(1))
            .collect(toCollection(TreeSet::new));
    metadata.keySet().removeIf(key -> !key.startsWith("int8."));
    assertEquals(named, new TreeSet<>(metadata.keySet()));

    List<String> parts = new ArrayList<>();
    parts.add("int8 quantisation 2");
    parts.addAll(List.of(backbone.fingerprint(), normalization, preprocessing, decoding));
    parts.addAll(List.of(metadata.get("int8.reduce_range"), version));
    photos.stream().map(LabeledPhoto::sha256).sorted().forEach(parts::add);
    assertEquals(key(parts) + ".backbone", ofBackbone);
    assertTrue(page.contains("`int8 quantisation 2`") && page.contains("which reads `2FRG`"));

    String quantized = Sha256.of(graph(entries.get(ofBackbone)).withoutMetadata("int8.").toBytes());
    for (LabeledPhoto photo : photos) {
      List<String> ofPhoto =
          List.of(
              quantized,
              "features, pooled",
              normalization,
              photo.sha256(),
              preprocessing,
              decoding,
              "as it is",
              "float32",
              version);
      assertTrue(entries.containsKey(key(ofPhoto) + ".features"), () -> ofPhoto.toString());
    }
  }

  private static void assertHeader(String key, byte[] file) {
    assertEquals("2FRG", new String(file, 0, 4, US_ASCII));
    ByteBuffer numbers = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(file.length - 16, numbers.getInt(4));
    CRC32C checksum = new CRC32C();
    checksum.update(key.getBytes(US_ASCII));
    checksum.update(file, 16, file.length - 16);
    assertEquals(checksum.getValue(), numbers.getLong(8));
  }

  private static String key(List<String> parts) {
    return Sha256.of(String.join("\n", parts).getBytes(UTF_8));
  }

  private static OnnxGraph graph(Path entry) throws IOException {
    byte[] file = Files.readAllBytes(entry);
    return OnnxGraph.parse(Arrays.copyOfRange(file, 16, file.length), entry.toString());
  }

  private static Map<String, String> metadata(Path entry) throws IOException {
    return new LinkedHashMap<>(graph(entry).metadata());
  }

  @Test
  void aCheckpointHasTheTensorsAndKeysThatThePageNames() throws IOException {
    byte[] file = Files.readAllBytes(checkpoint);
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    JsonObject header = json(new String(file, 8, length, UTF_8));
    JsonObject metadata = header.remove("__metadata__").getAsJsonObject();
    SortedSet<String> kinds = new TreeSet<>();
    header
        .asMap()
        .forEach(
            (name, tensor) -> {
              kinds.add(name.substring(0, name.indexOf('/') + 1) + "NAME");
              assertEquals("F32", tensor.getAsJsonObject().get("dtype").getAsString());
              assertEquals(1, tensor.getAsJsonObject().getAsJsonArray("shape").size());
            });
    SortedSet<String> named = firstColumn(section("Tensors"));
    assertTrue(named.remove("best/NAME"), named.toString()); // with early stopping alone
    assertEquals(named, kinds);

    String described = section("Metadata");
    List<String> tables = List.of(described.split("\n`progress`:\n", 2));
    assertEquals(firstColumn(tables.get(0)), metadata.keySet());
    assertTrue(described.contains("`" + metadata.get("graft.checkpoint").getAsString() + "` |"));
    JsonObject progress = json(metadata.get("progress").getAsString());
    SortedSet<String> fields = firstColumn(tables.get(1));
    assertTrue(fields.remove("bestLoss"), fields.toString()); // no photo validates here
    assertEquals(fields, new TreeSet<>(progress.keySet()));
    JsonArray epochs = progress.getAsJsonArray("epochs");
    assertEquals(2, epochs.size());
    assertEquals(Set.of("epoch", "train"), epochs.get(0).getAsJsonObject().keySet());

    SortedSet<String> settings = new TreeSet<>();
    String list = described.replaceFirst("(?s).*one text each for\n\n(.*?)\n\n.*", "$1");
    matches("`([^`]+)`", list).forEach(setting -> settings.add(setting.group(1)));
    assertEquals(settings, new TreeSet<>(json(metadata.get("settings").getAsString()).keySet()));

    String expected = metadata.remove("crc32c").getAsString();
    assertEquals(expected, checksum(header, metadata, file, 8 + length));
  }

  /** Of the file as it would be without the checksum. */
  private static String checksum(JsonObject tensors, JsonObject metadata, byte[] file, int data)
      throws IOException {
    JsonObject header = new JsonObject();
    header.add("__metadata__", metadata);
    tensors.asMap().forEach(header::add);
    byte[] json = header.toString().getBytes(UTF_8);
    ByteArrayOutputStream without = new ByteArrayOutputStream();
    without.write(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
    without.write(json);
    without.write(file, data, file.length - data);
    CRC32C checksum = new CRC32C();
    checksum.update(without.toByteArray());
    return "%08x".formatted(checksum.getValue());
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  /** What stands below a heading, up to the next one. */
  private String section(String heading) {
    return matches("(?ms)^#+ " + heading + "\\n(.*?)(?=^#|\\z)", page).get(0).group(1);
  }

  /** The names in the first cells of tables. */
  private static SortedSet<String> firstColumn(String text) {
    SortedSet<String> names = new TreeSet<>();
    for (MatchResult row : matches("(?m)^\\| (`[^|]*) \\|", text)) {
      matches("`([^`]+)`", row.group(1)).forEach(name -> names.add(name.group(1)));
    }
    return names;
  }

  private static List<MatchResult> matches(String regex, String text) {
    return Pattern.compile(regex).matcher(text).results().toList();
  }
}

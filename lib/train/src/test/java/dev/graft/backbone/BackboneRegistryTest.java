package dev.graft.backbone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.GsonBuilder;
import dev.graft.file.Sha256;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OnnxGraph;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Artifacts with backbones that are not Graft's. */
class BackboneRegistryTest {

  @TempDir private Path temp;

  private final List<URLClassLoader> opened = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (URLClassLoader loader : opened) {
      loader.close();
    }
  }

  private static byte[] graph() {
    return OnnxGraph.builder("tiny")
        .input("input", ElementType.FLOAT, "N", 3, 8, 8)
        .initializer("weight", new long[] {2, 3, 1, 1}, 1f, 0f, 0f, 0f, 1f, 0f)
        .node("Conv", List.of("input", "weight"), "maps", Attribute.ints("strides", 2, 2))
        .node("Relu", List.of("maps"), "features")
        .output("features", ElementType.FLOAT, "N", 2, 4, 4)
        .build()
        .toBytes();
  }

  private static String card(String name) {
    byte[] graph = graph();
    return new GsonBuilder()
        .disableHtmlEscaping()
        .create()
        .toJson(
            new BackboneCard(
                name,
                "A tiny one",
                null,
                "MIT",
                null,
                "made by a test",
                Sha256.of(graph),
                graph.length,
                8,
                "mean=127.5,std=127.5",
                "features",
                List.of(2, 4, 4),
                List.of(new CutPoint("maps", List.of(2, 4, 4))),
                6,
                List.of(),
                null,
                "names.txt"));
  }

  private static Map<String, byte[]> family(String... names) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(
        "backbones", ("# ours\n\n" + String.join(".json\n", names) + ".json\n").getBytes(UTF_8));
    for (String name : names) {
      files.put(name + ".json", card(name).getBytes(UTF_8));
      files.put(name + ".onnx", graph());
    }
    files.put("names.txt", "cat\ndog\n".getBytes(UTF_8));
    return files;
  }

  private URL jar(String name, Map<String, byte[]> files) throws IOException {
    Path jar = temp.resolve(name);
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      for (Map.Entry<String, byte[]> entry : files.entrySet()) {
        zip.putNextEntry(new ZipEntry("META-INF/graft/" + entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return jar.toUri().toURL();
  }

  private ClassLoader loader(URL... jars) {
    URLClassLoader loader = new URLClassLoader(jars, ClassLoader.getPlatformClassLoader());
    opened.add(loader);
    return loader;
  }

  @Test
  void aFamilyOfSomebodyElseIsFoundInAJarAndInAFolder() throws IOException {
    Path folder = Files.createDirectories(temp.resolve("classes/META-INF/graft"));
    for (Map.Entry<String, byte[]> file : family("third").entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
    ClassLoader both =
        loader(jar("ours.jar", family("first", "second")), temp.resolve("classes").toUri().toURL());
    assertEquals(
        List.of("first", "second", "third"),
        BackboneRegistry.of(both).cards().stream().map(BackboneCard::name).toList());
    for (String name : List.of("first", "second", "third")) {
      Backbone backbone = Backbones.named(name, both);
      assertEquals("[features FLOAT [N, 2, 4, 4]]", backbone.graph().outputs().toString());
      assertEquals(List.of(127.5f, 127.5f, 127.5f), backbone.normalization().mean());
      assertEquals(List.of("cat", "dog"), backbone.classes());
      assertTrue(backbone.isPretrained());
    }
  }

  @Test
  void whatIsOfOneNameInTwoJarsIsReadFromItsOwn() throws IOException {
    Map<String, byte[]> other = family("second");
    other.put("names.txt", "rose\ntulip\n".getBytes(UTF_8));
    ClassLoader both = loader(jar("a.jar", family("first")), jar("b.jar", other));
    assertEquals(List.of("cat", "dog"), Backbones.named("first", both).classes());
    assertEquals(List.of("rose", "tulip"), Backbones.named("second", both).classes());
  }

  @Test
  void theSameNameInTwoArtifactsIsAnErrorThatNamesBoth() throws IOException {
    ClassLoader both = loader(jar("a.jar", family("first")), jar("b.jar", family("first")));
    String message =
        assertThrows(IllegalStateException.class, () -> Backbones.named("first", both))
            .getMessage();
    assertTrue(
        message.matches(
            "two backbones are called \"first\": jar:file:.*a\\.jar!/META-INF/graft/first\\.json"
                + " and jar:file:.*b\\.jar!/META-INF/graft/first\\.json; leave one of them out"),
        message);
  }

  @Test
  void withoutItsArtifactTheMessageSaysWhatToAdd() {
    assertEquals(
        "the backbone vgg16 is not on the class path; add the artifact dev.graft:graft-vgg16,"
            + " which holds it",
        assertThrows(IllegalStateException.class, () -> Backbones.named("vgg16", loader()))
            .getMessage());
    assertEquals(
        "the backbone efficientnet-lite0 is not on the class path; add the artifact"
            + " dev.graft:graft-efficientnet-lite, which holds it",
        assertThrows(
                IllegalStateException.class, () -> Backbones.named("efficientnet-lite0", loader()))
            .getMessage());
    assertEquals(List.of(), BackboneRegistry.of(loader()).cards());
    assertEquals(
        "no backbone is called \"vgg19\"; none is on the class path: add an artifact that holds"
            + " some, such as dev.graft:graft-vgg16",
        assertThrows(IllegalArgumentException.class, () -> Backbones.named("vgg19", loader()))
            .getMessage());
  }

  @Test
  void theGraphMustBeTheOneOfTheCard() throws IOException {
    Map<String, byte[]> damaged = family("first");
    damaged.put("first.onnx", new byte[] {1, 2, 3});
    Backbone backbone = Backbones.named("first", loader(jar("a.jar", damaged)));
    String message = assertThrows(IOException.class, backbone::graph).getMessage();
    assertTrue(
        message.contains("a.jar!/META-INF/graft/first.onnx is damaged: expected ")
            && message.endsWith("; get the artifact again"),
        message);
  }

  @Test
  void aCardThatIsNoneIsNamedWithItsFault() throws IOException {
    assertFault("which cannot be read beside it", files -> files.remove("first.json"));
    assertFault("which is not the card of a backbone", files -> put(files, "\"a text\""));
    assertFault(
        "which is not the card of a backbone: it has no title",
        files -> put(files, "{'name':'first'}"));
    assertFault(
        "expected the file NAME.json of a card with that name",
        files -> put(files, card("another")));
    assertFault(
        "which is not the card of a backbone: no preprocessing is called \"odd\"",
        files -> put(files, card("first").replace("mean=127.5,std=127.5", "odd")));
  }

  private interface Change {
    void of(Map<String, byte[]> files);
  }

  private static void put(Map<String, byte[]> files, String card) {
    files.put("first.json", card.getBytes(UTF_8));
  }

  private int faults;

  private void assertFault(String expected, Change change) throws IOException {
    Map<String, byte[]> files = family("first");
    change.of(files);
    ClassLoader loader = loader(jar("fault" + faults++ + ".jar", files));
    String message =
        assertThrows(IllegalStateException.class, () -> BackboneRegistry.of(loader)).getMessage();
    assertTrue(
        message.contains("/META-INF/graft/backbones names \"first.json\"")
            && message.contains(expected),
        message);
  }
}

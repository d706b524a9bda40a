package dev.graft.backbone;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.graft.file.Sha256;
import dev.graft.onnx.OnnxGraph;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The backbones that a class loader finds. An artifact that brings some says so in a resource
 * {@value #INDEX}: the name of a card's file a line. Beside it lie the cards, {@code NAME.json},
 * the graphs, {@code NAME.onnx}, and the names of classes that cards speak of.
 */
final class BackboneRegistry {

  /** In no package, so that class path and module path find it alike. */
  static final String INDEX = "META-INF/graft/backbones";

  private static final String CARD = ".json";

  /** By name, in the order of the class path. */
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private BackboneRegistry() {}

  /**
   * Reads all cards.
   *
   * @throws IllegalStateException if an index or a card is damaged, or a name is there twice; the
   *     message says where
   */
  static BackboneRegistry of(ClassLoader loader) {
    BackboneRegistry registry = new BackboneRegistry();
    try {
      for (URL index : Collections.list(loader.getResources(INDEX))) {
        new String(bytes(index), StandardCharsets.UTF_8)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .forEach(line -> registry.add(index, line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return registry;
  }

  private void add(URL index, String line) {
    Entry entry = Entry.read(index, line);
    Entry other = entries.putIfAbsent(entry.card().name(), entry);
    if (other != null) {
      throw new IllegalStateException(
          "two backbones are called \"%s\": %s and %s; leave one of them out"
              .formatted(entry.card().name(), other.file(CARD), entry.file(CARD)));
    }
  }

  List<BackboneCard> cards() {
    return entries.values().stream().map(Entry::card).toList();
  }

  /** Null if there is none of that name. */
  Backbone find(String name) {
    Entry entry = entries.get(name);
    return entry == null
        ? null
        : new Backbone(entry.card(), Normalization.named(entry.card().normalization()), entry);
  }

  private static byte[] bytes(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    // A cached jar would stay open, which a program that replaces it could not close.
    connection.setUseCaches(false);
    try (InputStream in = connection.getInputStream()) {
      return in.readAllBytes();
    }
  }

  /**
   * A backbone that was found.
   *
   * @param index the resource that names it: what belongs to it is read from the same artifact
   */
  record Entry(URL index, BackboneCard card) implements Backbone.Source {

    static Entry read(URL index, String line) {
      try {
        BackboneCard card =
            parse(index, line, new String(bytes(new URL(index, line)), StandardCharsets.UTF_8));
        if (card == null || !line.equals(card.name() + CARD)) {
          throw new IllegalStateException(
              "%s names \"%s\"; expected the file NAME%s of a card with that name"
                  .formatted(index, line, CARD));
        }
        Normalization.named(card.normalization());
        return new Entry(index, card);
      } catch (IOException e) {
        throw new IllegalStateException(
            "%s names \"%s\", which cannot be read beside it (%s)"
                .formatted(index, line, e.getMessage()),
            e);
      } catch (JsonParseException | IllegalArgumentException e) {
        throw notACard(index, line, e.getMessage(), e);
      }
    }

    private static BackboneCard parse(URL index, String line, String json) {
      try {
        return new Gson().fromJson(json, BackboneCard.class);
      } catch (RuntimeException e) {
        if (e.getCause() instanceof NullPointerException missing) {
          throw notACard(index, line, "it has no " + missing.getMessage(), e);
        }
        throw e;
      }
    }

    private static IllegalStateException notACard(
        URL index, String line, String why, Throwable cause) {
      return new IllegalStateException(
          "%s names \"%s\", which is not the card of a backbone: %s".formatted(index, line, why),
          cause);
    }

    URL file(String ending) {
      return beside(card.name() + ending);
    }

    private URL beside(String name) {
      try {
        return new URL(index, name);
      } catch (IOException e) {
        throw new UncheckedIOException(e); // the card was read so
      }
    }

    @Override
    public OnnxGraph features() throws IOException {
      return full().cut(card.featuresTensor(), card.featuresTensor());
    }

    @Override
    public OnnxGraph full() throws IOException {
      return OnnxGraph.parse(graph(), card.name());
    }

    private byte[] graph() throws IOException {
      URL file = file(".onnx");
      byte[] graph = bytes(file);
      String found = Sha256.of(graph);
      if (!found.equals(card.sha256())) {
        throw new IOException(
            "%s is damaged: expected %d bytes of sha256 %s, found %d of %s; get the artifact again"
                .formatted(file, card.bytes(), card.sha256(), graph.length, found));
      }
      return graph;
    }

    @Override
    public List<String> classes() throws IOException {
      return new String(bytes(beside(card.classes())), StandardCharsets.UTF_8).lines().toList();
    }
  }
}

package dev.graft.tools.release;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** A POM as it is written, without what it inherits. */
final class Pom {

  private final Path file;
  private final Document document;

  private Pom(Path file, Document document) {
    this.file = file;
    this.document = document;
  }

  static Pom read(Path file) throws IOException {
    try {
      return new Pom(
          file, DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()));
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException(file + " is no POM: " + e.getMessage(), e);
    }
  }

  /**
   * The POMs of all modules that are published: the checkout's own, and those below that do not say
   * {@code maven.deploy.skip}.
   */
  static List<Pom> published(Path checkout) throws IOException {
    List<Pom> poms = new ArrayList<>();
    collect(read(checkout.resolve("pom.xml")), poms);
    return poms;
  }

  private static void collect(Pom pom, List<Pom> poms) throws IOException {
    if (!pom.text("properties/maven.deploy.skip").equals("true")) {
      poms.add(pom);
    }
    for (String module : pom.texts("modules/module")) {
      collect(read(pom.file.resolveSibling(module).resolve("pom.xml")), poms);
    }
  }

  /**
   * The text of the first element there.
   *
   * @param path below {@code project}, such as {@code scm/url}
   * @return empty if there is none
   */
  String text(String path) {
    List<String> texts = texts(path);
    return texts.isEmpty() ? "" : texts.get(0);
  }

  List<String> texts(String path) {
    try {
      NodeList nodes =
          (NodeList)
              XPathFactory.newInstance()
                  .newXPath()
                  .evaluate("/project/" + path, document, XPathConstants.NODESET);
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < nodes.getLength(); i++) {
        texts.add(nodes.item(i).getTextContent().strip());
      }
      return texts;
    } catch (XPathExpressionException e) {
      throw new IllegalArgumentException(path, e);
    }
  }

  String artifact() {
    return text("artifactId");
  }

  boolean isJar() {
    return !text("packaging").equals("pom");
  }
}

package dev.graft.curves;

import java.awt.Color;
import java.awt.Font;
import java.awt.Shape;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.geom.PathIterator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGraphics2D;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Turns what is drawn into SVG. XChart fills the outlines of its texts, which no reader of a screen
 * could read and no search find; the outline of a text that this canvas {@link #know knows} becomes
 * that text.
 */
final class SvgCanvas extends SVGGraphics2D {

  private static final String SVG = "http://www.w3.org/2000/svg";
  private static final double UPRIGHT = -Math.PI / 2;

  private record Text(String content, Font font, double rotation) {}

  private final String title;
  private final int width;
  private final int height;
  private final Map<String, Text> textByOutline = new HashMap<>();

  SvgCanvas(String title, int width, int height) {
    super(document());
    this.title = title;
    this.width = width;
    this.height = height;
    setColor(Color.WHITE);
    fillRect(0, 0, width, height);
  }

  private static Document document() {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .getDOMImplementation()
          .createDocument(SVG, "svg", null);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Announces a text that will be drawn, and returns it. */
  String know(String text, Font font) {
    return know(new Text(text, font, 0));
  }

  /** The same for a text that runs upwards. */
  String knowUpright(String text, Font font) {
    return know(new Text(text, font, UPRIGHT));
  }

  private String know(Text text) {
    if (!text.content().isEmpty()) {
      AffineTransform rotation = AffineTransform.getRotateInstance(text.rotation());
      TextLayout layout = new TextLayout(text.content(), text.font(), getFontRenderContext());
      textByOutline.put(points(layout.getOutline(rotation)), text);
    }
    return text.content();
  }

  private static String points(Shape outline) {
    StringBuilder points = new StringBuilder();
    float[] point = new float[6];
    for (PathIterator i = outline.getPathIterator(null); !i.isDone(); i.next()) {
      points.append(i.currentSegment(point)).append(Arrays.toString(point));
    }
    return points.toString();
  }

  @Override
  public void fill(Shape shape) {
    Text text = textByOutline.get(points(shape));
    if (text == null) {
      super.fill(shape);
      return;
    }
    AffineTransform before = getTransform();
    rotate(text.rotation());
    setFont(text.font());
    drawString(text.content(), 0, 0);
    setTransform(before);
  }

  /** The document. The canvas takes no more then. */
  byte[] toBytes() throws IOException {
    Element root = getRoot();
    root.setAttribute("width", Integer.toString(width));
    root.setAttribute("height", Integer.toString(height));
    root.setAttribute("viewBox", "0 0 " + width + " " + height);
    root.setAttribute("role", "img");
    Element name = root.getOwnerDocument().createElementNS(SVG, "title");
    name.setTextContent(title);
    root.insertBefore(name, root.getFirstChild());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      Transformer writer = TransformerFactory.newInstance().newTransformer();
      writer.setOutputProperty(OutputKeys.ENCODING, "UTF-8");
      writer.setOutputProperty(OutputKeys.INDENT, "yes");
      writer.transform(new DOMSource(root), new StreamResult(bytes));
    } catch (TransformerException e) {
      throw new IOException(e);
    }
    return bytes.toByteArray();
  }
}

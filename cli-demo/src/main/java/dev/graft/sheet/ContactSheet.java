package dev.graft.sheet;

import dev.graft.photo.Pixels;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.imgscalr.Scalr;

/**
 * Photos side by side on white, in rows that make the sheet about square. For people to look at: a
 * photo that does not fit its cell is scaled, as no photo for a model ever is.
 */
public final class ContactSheet {

  private static final int GAP = 4;

  private final int cell;
  private final int columns;
  private final BufferedImage sheet;
  private int count;

  /**
   * An empty one.
   *
   * @param photos how many there will be
   * @param cell the width and height that each has, in pixels
   */
  public ContactSheet(int photos, int cell) {
    this.cell = cell;
    this.columns = columns(photos);
    this.sheet =
        new BufferedImage(
            pixels(columns, cell), pixels(rows(photos), cell), BufferedImage.TYPE_INT_RGB);
    draw(graphics -> graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight()));
  }

  private static int columns(int photos) {
    return (int) Math.ceil(Math.sqrt(photos));
  }

  private static int rows(int photos) {
    return (photos + columns(photos) - 1) / columns(photos);
  }

  private static int pixels(int photos, int cell) {
    return photos * cell + (photos + 1) * GAP;
  }

  /**
   * A photo as large as a square holds it, in its own proportions; smaller ones are enlarged.
   *
   * @param side of the square, in pixels
   */
  public static BufferedImage thumbnail(BufferedImage photo, int side) {
    return Math.max(photo.getWidth(), photo.getHeight()) == side
        ? photo
        : Scalr.resize(photo, Scalr.Method.ULTRA_QUALITY, side);
  }

  /** Puts a photo into the next cell. Pixels of the cell's size stay what they are. */
  public void add(Pixels photo) {
    BufferedImage image =
        new BufferedImage(photo.width(), photo.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = photo.rgb();
    int[] colors = new int[photo.width() * photo.height()];
    for (int i = 0, p = 0; i < colors.length; i++, p += 3) {
      colors[i] = (rgb[p] & 0xff) << 16 | (rgb[p + 1] & 0xff) << 8 | (rgb[p + 2] & 0xff);
    }
    image.setRGB(0, 0, photo.width(), photo.height(), colors, 0, photo.width());
    add(image);
  }

  /** Puts a photo of any size into the middle of the next cell. */
  public void add(BufferedImage photo) {
    BufferedImage small = thumbnail(photo, cell);
    int left = pixels(count % columns, cell) + (cell - small.getWidth()) / 2;
    int top = pixels(count / columns, cell) + (cell - small.getHeight()) / 2;
    draw(graphics -> graphics.drawImage(small, left, top, null));
    count++;
  }

  private void draw(Consumer<Graphics2D> what) {
    Graphics2D graphics = sheet.createGraphics();
    try {
      graphics.setColor(Color.WHITE);
      what.accept(graphics);
    } finally {
      graphics.dispose();
    }
  }

  public void writePng(OutputStream out) throws IOException {
    try (ImageOutputStream png = new MemoryCacheImageOutputStream(out)) {
      if (!ImageIO.write(sheet, "png", png)) {
        throw new IOException("this Java writes no PNG files");
      }
    }
  }
}

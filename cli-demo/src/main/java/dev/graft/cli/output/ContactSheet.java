package dev.graft.cli.output;

import dev.graft.photo.Pixels;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Photos of one size side by side on white, in rows that make the sheet about square. */
public final class ContactSheet {

  private static final int GAP = 4;

  private final int size;
  private final int columns;
  private final BufferedImage sheet;
  private int count;

  /**
   * @param photos how many there will be
   * @param size the width and height of each
   */
  public ContactSheet(int photos, int size) {
    this.size = size;
    this.columns = (int) Math.ceil(Math.sqrt(photos));
    int rows = (photos + columns - 1) / columns;
    this.sheet =
        new BufferedImage(pixels(columns, size), pixels(rows, size), BufferedImage.TYPE_INT_RGB);
    int[] white = new int[sheet.getWidth()];
    Arrays.fill(white, 0xffffff);
    for (int y = 0; y < sheet.getHeight(); y++) {
      sheet.setRGB(0, y, white.length, 1, white, 0, white.length);
    }
  }

  private static int pixels(int photos, int size) {
    return photos * size + (photos + 1) * GAP;
  }

  public void add(Pixels photo) {
    int left = pixels(count % columns, size);
    int top = pixels(count / columns, size);
    byte[] rgb = photo.rgb();
    int[] colours = new int[size * size];
    for (int i = 0, p = 0; i < colours.length; i++, p += 3) {
      colours[i] = (rgb[p] & 0xff) << 16 | (rgb[p + 1] & 0xff) << 8 | (rgb[p + 2] & 0xff);
    }
    sheet.setRGB(left, top, size, size, colours, 0, size);
    count++;
  }

  public void writePng(OutputStream out) throws IOException {
    try (ImageOutputStream png = new MemoryCacheImageOutputStream(out)) {
      if (!ImageIO.write(sheet, "png", png)) {
        throw new IOException("this Java writes no PNG files");
      }
    }
  }
}

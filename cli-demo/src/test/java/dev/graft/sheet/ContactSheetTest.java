package dev.graft.sheet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.photo.Pixels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ContactSheetTest {

  private static final int WHITE = 0xffffff;
  private static final int ORANGE = 0xff8000;

  private static BufferedImage plain(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, ORANGE);
      }
    }
    return image;
  }

  private static BufferedImage written(ContactSheet sheet) throws IOException {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    sheet.writePng(png);
    return ImageIO.read(new ByteArrayInputStream(png.toByteArray()));
  }

  private static int rgb(BufferedImage image, int x, int y) {
    return image.getRGB(x, y) & WHITE;
  }

  @Test
  void thumbnailsKeepTheProportionsOfAPhoto() {
    BufferedImage smaller = ContactSheet.thumbnail(plain(400, 300), 80);
    assertEquals(80, smaller.getWidth());
    assertEquals(60, smaller.getHeight());
    BufferedImage larger = ContactSheet.thumbnail(plain(10, 20), 80);
    assertEquals(40, larger.getWidth());
    assertEquals(80, larger.getHeight());
    assertEquals(ORANGE, rgb(larger, 20, 40));
  }

  @Test
  void aPhotoThatFitsIsNotScaled() {
    BufferedImage photo = plain(80, 33);
    assertSame(photo, ContactSheet.thumbnail(photo, 80));
  }

  @Test
  void standsInTheMiddleOfItsCell() throws IOException {
    ContactSheet sheet = new ContactSheet(3, 80);
    sheet.add(plain(400, 300));
    sheet.add(plain(300, 400));
    BufferedImage image = written(sheet);
    assertEquals(2 * 80 + 3 * 4, image.getWidth());
    assertEquals(2 * 80 + 3 * 4, image.getHeight());
    assertEquals(WHITE, rgb(image, 4, 4 + 9)); // 80 x 60, from row 10 on
    assertEquals(ORANGE, rgb(image, 4, 4 + 10));
    assertEquals(ORANGE, rgb(image, 4 + 79, 4 + 69));
    assertEquals(WHITE, rgb(image, 4 + 79, 4 + 70));
    assertEquals(WHITE, rgb(image, 88 + 9, 4)); // 60 x 80, from column 10 on
    assertEquals(ORANGE, rgb(image, 88 + 10, 4));
    assertEquals(WHITE, rgb(image, 4 + 40, 88 + 40), "the third is missing");
  }

  @Test
  void smallPixelsAreEnlarged() throws IOException {
    byte[] rgb = new byte[3 * 2 * 2];
    for (int i = 0; i < 4; i++) {
      rgb[3 * i] = (byte) 0xff;
      rgb[3 * i + 1] = (byte) 0x80;
    }
    ContactSheet sheet = new ContactSheet(1, 100);
    sheet.add(new Pixels(2, 2, rgb));
    BufferedImage image = written(sheet);
    assertEquals(108, image.getWidth());
    assertTrue(rgb(image, 5, 5) == ORANGE && rgb(image, 103, 103) == ORANGE);
  }
}

package dev.graft.augment;

import dev.graft.photo.ColorMode;
import dev.graft.photo.Pixels;

/**
 * Changes of a photo's colours. Brightness, contrast and saturation are those of Pillow's {@code
 * ImageEnhance} ({@code Image.blend} in single precision, cut off, not rounded), which both Keras
 * and torchvision call.
 */
final class ColorAdjustment {

  private ColorAdjustment() {}

  /**
   * @param factor 0 (black) and up; 1 changes nothing
   */
  static Pixels brightness(Pixels photo, double factor) {
    return blend(photo, 0, factor);
  }

  /**
   * @param factor 0 (the photo's mean grey) and up; 1 changes nothing
   */
  static Pixels contrast(Pixels photo, double factor) {
    byte[] rgb = photo.rgb();
    int pixels = rgb.length / 3;
    long sum = 0;
    for (int p = 0; p < rgb.length; p += 3) {
      sum += ColorMode.luma(rgb[p] & 0xff, rgb[p + 1] & 0xff, rgb[p + 2] & 0xff);
    }
    return blend(photo, (int) ((double) sum / pixels + 0.5), factor);
  }

  /**
   * @param factor 0 (grey) and up; 1 changes nothing
   */
  static Pixels saturation(Pixels photo, double factor) {
    byte[] rgb = photo.rgb();
    byte[] result = new byte[rgb.length];
    float share = (float) factor;
    for (int p = 0; p < rgb.length; p += 3) {
      int gray = ColorMode.luma(rgb[p] & 0xff, rgb[p + 1] & 0xff, rgb[p + 2] & 0xff);
      result[p] = blend(gray, rgb[p] & 0xff, share);
      result[p + 1] = blend(gray, rgb[p + 1] & 0xff, share);
      result[p + 2] = blend(gray, rgb[p + 2] & 0xff, share);
    }
    return new Pixels(photo.width(), photo.height(), result);
  }

  /**
   * Turns the hue by HSV, as torchvision does with tensors ({@code adjust_hue} in {@code
   * _functional_tensor.py}), but rounded to the nearest level. Pillow's own HSV has but 256 hues
   * and changes a photo even where nothing is turned.
   *
   * @param turn of the whole circle: 0 changes nothing, 0.5 gives the complementary colours
   */
  static Pixels hue(Pixels photo, double turn) {
    byte[] rgb = photo.rgb();
    byte[] result = new byte[rgb.length];
    float sixths = (float) (6 * (turn - Math.floor(turn)));
    for (int p = 0; p < rgb.length; p += 3) {
      int red = rgb[p] & 0xff;
      int green = rgb[p + 1] & 0xff;
      int blue = rgb[p + 2] & 0xff;
      int max = Math.max(red, Math.max(green, blue));
      int min = Math.min(red, Math.min(green, blue));
      int chroma = max - min;
      if (chroma == 0) {
        result[p] = result[p + 1] = result[p + 2] = (byte) max;
        continue;
      }
      float hue;
      if (red == max) {
        hue = (float) (green - blue) / chroma;
      } else if (green == max) {
        hue = 2 + (float) (blue - red) / chroma;
      } else {
        hue = 4 + (float) (red - green) / chroma;
      }
      hue += 6 + sixths; // now from 5 up to 17
      int sector = (int) hue;
      float share = chroma * (hue - sector);
      int rising = (int) (min + share + 0.5f);
      int falling = (int) (max - share + 0.5f);
      switch (sector % 6) {
        case 0 -> set(result, p, max, rising, min);
        case 1 -> set(result, p, falling, max, min);
        case 2 -> set(result, p, min, max, rising);
        case 3 -> set(result, p, min, falling, max);
        case 4 -> set(result, p, rising, min, max);
        default -> set(result, p, max, min, falling);
      }
    }
    return new Pixels(photo.width(), photo.height(), result);
  }

  /**
   * Adds to all channels and cuts off at the photo's own smallest and largest value, as Keras'
   * {@code apply_channel_shift} does; rounded to the nearest level.
   *
   * @param levels negative to darken
   */
  static Pixels channelShift(Pixels photo, double levels) {
    byte[] rgb = photo.rgb();
    int min = 255;
    int max = 0;
    for (byte value : rgb) {
      min = Math.min(min, value & 0xff);
      max = Math.max(max, value & 0xff);
    }
    byte[] table = new byte[256];
    for (int i = 0; i < 256; i++) {
      table[i] = (byte) Math.floor(Math.max(min, Math.min(max, i + levels)) + 0.5);
    }
    return lookUp(photo, table);
  }

  private static Pixels blend(Pixels photo, int degenerate, double factor) {
    byte[] table = new byte[256];
    for (int i = 0; i < 256; i++) {
      table[i] = blend(degenerate, i, (float) factor);
    }
    return lookUp(photo, table);
  }

  private static byte blend(int degenerate, int value, float factor) {
    int blended = (int) (degenerate + factor * (value - degenerate));
    return (byte) Math.max(0, Math.min(255, blended));
  }

  private static Pixels lookUp(Pixels photo, byte[] table) {
    byte[] rgb = photo.rgb();
    byte[] result = new byte[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      result[i] = table[rgb[i] & 0xff];
    }
    return new Pixels(photo.width(), photo.height(), result);
  }

  private static void set(byte[] rgb, int at, int red, int green, int blue) {
    rgb[at] = (byte) red;
    rgb[at + 1] = (byte) green;
    rgb[at + 2] = (byte) blue;
  }
}

package dev.graft.curves;

import java.awt.GraphicsEnvironment;

/** Whether this Java can draw text: without any font installed it cannot. */
public final class Fonts {

  private Fonts() {}

  public static boolean areThere() {
    try {
      return GraphicsEnvironment.getLocalGraphicsEnvironment().getAllFonts().length > 0;
    } catch (RuntimeException | Error e) {
      return false;
    }
  }
}

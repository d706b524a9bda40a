package dev.graft.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Graft's own version, which model files name. */
public final class GraftVersion {

  private GraftVersion() {}

  /** As Maven has it, such as {@code 1.2.0}. */
  public static String current() {
    try (InputStream in = GraftVersion.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

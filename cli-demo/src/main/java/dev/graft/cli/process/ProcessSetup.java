package dev.graft.cli.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.graft.cli.output.Output;
import java.io.PrintStream;
import java.util.Locale;

/** What the process is to be like, whatever is run in it. */
public final class ProcessSetup {

  private ProcessSetup() {}

  /** Sets properties that the user has not, the locale, and standard error. */
  public static void apply(Output err) {
    System.setProperty("java.awt.headless", "true");
    setIfAbsent("org.slf4j.simpleLogger.defaultLogLevel", "error");
    // Everything that DJL needs is on the class path: it must not look for it on the network.
    setIfAbsent("ai.djl.offline", "true");
    Locale.setDefault(Locale.ROOT);
    System.setErr(new PrintStream(err.stream(), true, UTF_8));
  }

  static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}

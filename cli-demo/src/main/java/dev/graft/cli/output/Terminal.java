package dev.graft.cli.output;

import java.io.Console;

/** Whether a person is watching. */
public final class Terminal {

  /** Descriptors that are terminals, such as 12: the launcher script knows, Java does not. */
  private static final String DESCRIPTORS = System.getProperty("graft.terminals");

  private Terminal() {}

  public static boolean isStandardOutput() {
    return DESCRIPTORS == null ? hasConsole() : DESCRIPTORS.contains("1");
  }

  static boolean isStandardError() {
    return DESCRIPTORS == null ? hasConsole() : DESCRIPTORS.contains("2");
  }

  /** Whether it may be sent escape sequences; on Windows these must be switched on first. */
  static boolean understandsEscapes() {
    return !System.getProperty("os.name").startsWith("Windows")
        && !"dumb".equals(System.getenv("TERM"));
  }

  /** The width of the terminal when the process began, or a usual one where it is not known. */
  static int columns() {
    return Math.max(40, Integer.getInteger("graft.columns", 80));
  }

  /** Whether standard input and output are both a terminal. */
  @SuppressWarnings("SystemConsoleNull") // what JDK 22 changed is asked for below
  private static boolean hasConsole() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true; // before JDK 22 there is a console only where there is a terminal
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}

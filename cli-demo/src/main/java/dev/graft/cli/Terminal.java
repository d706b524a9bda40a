package dev.graft.cli;

import java.io.Console;

/** Whether a person is watching. */
final class Terminal {

  private Terminal() {}

  /** Whether standard input and output are both a terminal. */
  @SuppressWarnings("SystemConsoleNull") // what JDK 22 changed is asked for below
  static boolean isInteractive() {
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

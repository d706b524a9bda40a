package dev.graft.cli.process;

import dev.graft.cli.output.Output;
import dev.graft.shutdown.Shutdown;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Ends the process on SIGINT (which is Ctrl-C), SIGTERM and SIGHUP. Java itself would run its
 * shutdown hooks beside the work that is still under way. Here work ends first, and what it still
 * has to say is an echo of that and is not printed; then Java shuts down.
 *
 * <p>A signal that was ignored when the process began, as by {@code nohup}, stays ignored.
 */
public final class Interruption {

  private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

  /** As in shells. */
  private static final int CODE_OF_SIGNALS = 128;

  /** Of a call of a native library that cannot be cut short. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** To print a line, which a reader that does not read holds up. */
  private static final Duration PATIENCE_TO_TELL = Duration.ofMillis(500);

  private static volatile String nextStep;

  private final Output out;
  private final Output err;

  private Interruption(Output out, Output err) {
    this.out = out;
    this.err = err;
  }

  /** From now on. */
  public static Interruption of(Output out, Output err) {
    Interruption interruption = new Interruption(out, err);
    for (String name : SIGNALS) {
      handle(name, interruption::stop);
    }
    return interruption;
  }

  private static void handle(String name, SignalHandler handler) {
    try {
      Signal.handle(new Signal(name), handler);
    } catch (IllegalArgumentException e) {
      // No such signal on Windows, or Java was told to leave it to the system (-Xrs).
    }
  }

  /** Has the line that tells of a stop say what to do then, from now on. */
  public static void setNextStep(String step) {
    nextStep = step;
  }

  /** Ends the process, unless it is ending already: its exit code is then the signal's. */
  public synchronized void exit(int code) {
    System.exit(code);
  }

  private synchronized void stop(Signal signal) {
    // Who asks again has waited long enough.
    SIGNALS.forEach(name -> handle(name, SignalHandler.SIG_DFL));
    out.mute();
    err.mute();
    Shutdown.begin(Duration.ZERO);
    tell(nextStep == null ? "graft: stopped" : "graft: stopped; " + nextStep);
    int code = CODE_OF_SIGNALS + signal.getNumber();
    if (Shutdown.begin(PATIENCE)) {
      System.exit(code);
    }
    // To exit would pull native libraries from under their calls.
    kill(signal);
    Runtime.getRuntime().halt(code);
  }

  private void tell(String line) {
    Thread telling = new Thread(() -> err.printLast(line), "interruption");
    telling.setDaemon(true);
    telling.start();
    try {
      telling.join(PATIENCE_TO_TELL.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the signal do what it does by default, which is to end the process at once. */
  private static void kill(Signal signal) {
    try {
      String pid = Long.toString(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-" + signal.getName(), pid).start().waitFor();
    } catch (IOException e) {
      // There is no such program: to exit is what is left.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

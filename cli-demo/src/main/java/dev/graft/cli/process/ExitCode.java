package dev.graft.cli.process;

/** What scripts learn of a command's end; 0 is that all is done, and picocli knows 2. */
public final class ExitCode {

  public static final int FAILED = 1;
  public static final int SOME_INPUTS_FAILED = 3;

  /** What shells report of a program that SIGPIPE ended: 128 and its number. */
  public static final int READER_GONE = 141;

  private ExitCode() {}
}

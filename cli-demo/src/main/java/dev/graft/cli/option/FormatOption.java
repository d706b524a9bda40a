package dev.graft.cli.option;

import picocli.CommandLine.Option;

/** {@code --format} of the commands that report either to people or to programs. */
public final class FormatOption {

  private enum Format {
    TABLE,
    JSON
  }

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json (default: ${DEFAULT-VALUE}).")
  private Format format;

  public boolean isJson() {
    return format == Format.JSON;
  }
}

package dev.graft.cli;

import picocli.CommandLine.Option;

/** {@code --format} of the commands that report either to people or to programs. */
final class FormatOption {

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

  boolean isJson() {
    return format == Format.JSON;
  }
}

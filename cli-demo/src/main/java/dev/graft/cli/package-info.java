/** The {@code graft} command line, one class a subcommand. Start at {@link dev.graft.cli.Main}. */
package dev.graft.cli;

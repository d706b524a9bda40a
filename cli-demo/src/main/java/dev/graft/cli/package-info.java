/**
 * The {@code graft} command line: sets the process up, and hands over to a command. Start at {@link
 * dev.graft.cli.Main}.
 */
package dev.graft.cli;

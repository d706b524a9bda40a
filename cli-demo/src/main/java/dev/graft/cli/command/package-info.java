/**
 * One class a subcommand: it reads options, calls the libraries and prints. Start at {@link
 * dev.graft.cli.command.Commands}.
 */
package dev.graft.cli.command;

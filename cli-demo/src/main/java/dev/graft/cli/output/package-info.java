/**
 * What commands show and write: results on standard output, progress and messages on standard
 * error, files whole or not at all. Start at {@link dev.graft.cli.output.Output}.
 */
package dev.graft.cli.output;

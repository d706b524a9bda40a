/**
 * The process that a command runs in: how it ends, what it is told from outside, and where
 * libraries keep their files. Start at {@link dev.graft.cli.process.Failure}.
 */
package dev.graft.cli.process;

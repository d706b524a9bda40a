/**
 * The end of the process. Start at {@link dev.graft.shutdown.Shutdown}: what native libraries do
 * comes to its end before they are taken away, and unfinished files are deleted. Internal.
 */
package dev.graft.shutdown;

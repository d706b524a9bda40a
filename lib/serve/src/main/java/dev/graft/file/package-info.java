/**
 * Files and folders: written whole or not at all, listed in one order, known by their checksums.
 * Start at {@link dev.graft.file.AtomicFile}. Internal.
 */
package dev.graft.file;

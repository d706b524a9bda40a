/**
 * Assembles what users install; run by the build, and no part of what it assembles. Start at {@link
 * dev.graft.cli.distribution.Distribution}.
 */
package dev.graft.cli.distribution;

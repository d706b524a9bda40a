/**
 * Pictures of photos for people to look at. Start at {@link dev.graft.sheet.ContactSheet}. It knows
 * nothing of commands, so that reports can use it too.
 */
package dev.graft.sheet;

/**
 * What goes wrong, and how it shows. Begin at {@link dev.graft.error.GraftException}: the one root
 * of what users can mend.
 *
 * <p>Work that is stopped shows in one way: a {@link java.util.concurrent.CancellationException},
 * be it that the thread was interrupted, whose interrupt stays set, or that the process is ending.
 * It is an unchecked exception since work is stopped in iterators and callbacks too, where Java
 * lets no checked one through. What works on many photos heeds an interrupt, and what works on one
 * does not.
 */
package dev.graft.error;

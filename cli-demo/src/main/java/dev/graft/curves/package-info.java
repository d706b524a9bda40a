/**
 * Draws how a training went. Start at {@link dev.graft.curves.Curves}.
 *
 * <p>XChart lays the charts out and draws them; what it draws becomes SVG through Batik.
 */
package dev.graft.curves;

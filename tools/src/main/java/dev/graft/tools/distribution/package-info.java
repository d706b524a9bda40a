/**
 * The folder that Graft runs from, its archives and its image with a Java; begin with Distribution.
 */
package dev.graft.tools.distribution;

/** What is published, and whether it is what Maven Central asks for; begin with ReleaseCheck. */
package dev.graft.tools.release;

/**
 * What the tests of several modules need: processes ({@link dev.graft.testing.JavaProcess} starts
 * one), photos and folders. It knows nothing of Graft, so that every module's tests can use it.
 */
package dev.graft.testing;

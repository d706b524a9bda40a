/**
 * Random changes to training photos, so that a network sees each of them in many ways. Start at
 * {@link dev.graft.augment.Augmentation}: which steps there are, and what they make of a photo for
 * a seed.
 */
package dev.graft.augment;

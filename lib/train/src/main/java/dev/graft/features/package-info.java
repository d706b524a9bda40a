/**
 * What the frozen layers of a backbone make of photos, once, and kept. Start at {@link
 * dev.graft.features.FeaturePass}; {@link dev.graft.features.FeatureCache} keeps it. Internal.
 */
package dev.graft.features;

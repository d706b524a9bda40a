/**
 * Where models run. Start at {@link dev.graft.device.Device}; {@link
 * dev.graft.device.InferenceException} says that it cannot be there.
 */
package dev.graft.device;

/**
 * Files of named tensors in the safetensors format. Start at {@link
 * dev.graft.safetensors.Safetensors}. Internal.
 */
package dev.graft.safetensors;

/**
 * Files of named tensors in the safetensors format. Start at {@link
 * dev.graft.safetensors.Safetensors}.
 */
package dev.graft.safetensors;

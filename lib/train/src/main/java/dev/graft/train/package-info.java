/**
 * Learns a head on a frozen backbone and exports both as one ONNX file. Start at {@link
 * dev.graft.train.Trainer}.
 *
 * <p>photo, pixels, features (ONNX Runtime, cached), logits (DJL), exported graph.
 */
package dev.graft.train;

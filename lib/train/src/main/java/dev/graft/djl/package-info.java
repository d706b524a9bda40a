/**
 * ONNX graphs that learn: nodes as operations of DJL, and the devices they run on. Start at {@link
 * dev.graft.djl.OnnxBlock}. Internal.
 */
package dev.graft.djl;

/**
 * ONNX models as values: reading, building, cutting, joining, writing. Start at {@link
 * dev.graft.onnx.OnnxGraph}.
 *
 * <p>Nothing here runs a model but {@link dev.graft.onnx.OnnxRun}, to learn what a file does not
 * say, and no protobuf class leaves the package. Internal.
 */
package dev.graft.onnx;

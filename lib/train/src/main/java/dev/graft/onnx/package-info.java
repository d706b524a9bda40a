/**
 * ONNX models as values: reading, building, cutting, joining, writing. Start at {@link
 * dev.graft.onnx.OnnxGraph}.
 *
 * <p>Nothing here runs a model, and no protobuf class leaves the package.
 */
package dev.graft.onnx;

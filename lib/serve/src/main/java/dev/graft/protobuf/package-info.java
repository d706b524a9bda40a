/**
 * ONNX files read field by field, without protobuf's classes. Start at {@link
 * dev.graft.protobuf.GraphGuard}, which looks for what must not reach ONNX Runtime. Internal.
 */
package dev.graft.protobuf;

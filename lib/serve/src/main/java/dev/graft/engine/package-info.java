/**
 * Runs graphs on ONNX Runtime, as many at once as are fastest. Start at {@link
 * dev.graft.engine.InferenceSession}, then {@link dev.graft.engine.PhotoPipeline}. Internal: {@link
 * dev.graft.serve.Classifier} is the way in.
 */
package dev.graft.engine;

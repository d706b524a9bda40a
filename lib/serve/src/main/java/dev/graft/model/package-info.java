/**
 * What a model file says about itself. Start at {@link dev.graft.model.ModelFile}: the classes, how
 * photos are prepared and where the model comes from, kept as JSON in the ONNX file's metadata
 * under the keys {@code graft.*}.
 */
package dev.graft.model;
